"""A store of a small site that every test may open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.site import Site
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "depot.duckdb"


type OpenStore = Callable[..., Store]


@pytest.fixture
def open_store(path: Path, clock: ManualClock) -> Iterator[OpenStore]:
    opened: list[Store] = []

    def open_it(site: Site | None = None, **options: object) -> Store:
        settings: dict[str, Any] = {
            "site": site or make_site(),
            "driver_tariff": TARIFF,
            "site_tariff": SITE_TARIFF,
            "clock": clock,
            **options,
        }
        store = Store.open(settings.pop("at", path), **settings)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store._writer.stop()
        store._writer.join()
        store._database.connection.close()
