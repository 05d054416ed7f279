"""One store for the tests of a module, and a charger of its own for each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.quirks.yard import Depot, Yard, serving


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    depot = Depot(tmp_path_factory.mktemp("quirks") / "depot.duckdb")
    yield depot
    depot.close()


@pytest.fixture
async def yard(depot: Depot) -> AsyncIterator[Yard]:
    async with serving(depot) as yard:
        yield yard
