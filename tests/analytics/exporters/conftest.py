"""A store of two days of sessions, metered and imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from analytics.exporters import Operator
from analytics.importers import RecordedSession, import_sessions
from analytics.importers.reading import Reading
from analytics.reader import Reader
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore, open_store, path

__all__ = ["OpenStore", "open_store", "path"]

OPERATOR = Operator(
    country_code="DE",
    party_id="AMP",
    location_id="depot",
    name="Depot",
    address="Lindenallee 7",
    city="Essen",
    country="DEU",
    latitude="51.456570",
    longitude="7.012280",
    postal_code="45127",
)

FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON + timedelta(days=3))


@pytest.fixture
async def reader(open_store: OpenStore) -> AsyncIterator[Reader]:
    store = open_store()
    for message in Charger("CP-1").whole_session(NOON, 7):
        await store.append(message)
    rows = tuple(
        RecordedSession(
            line=number,
            station="CP-2",
            id_token=token,
            arrival=NOON + timedelta(hours=5 * number),
            departure=NOON + timedelta(hours=5 * number + 4),
            energy_wh=energy_wh,
            stop_reason="Local",
        )
        for number, (token, energy_wh) in enumerate(
            [(FORMULA, 11_040.0), ("-7", 3_333.0), ("+49 170", 0.0), ("@home", 7_777.7)]
        )
    )
    await import_sessions(
        store, Reading(importer="test", file_name="test.csv", rows=rows, rejected=())
    )
    with store.reader() as found:
        yield found
