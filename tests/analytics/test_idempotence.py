"""A message delivered once or five times leaves the same tables."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.messages import StoredMessage
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site

TABLES = (
    "SELECT * EXCLUDE (seq) FROM ocpp_message ORDER BY charge_point_id, message_id",
    "SELECT * FROM meter_sample ORDER BY ALL",
    "SELECT * FROM status ORDER BY ALL",
    "SELECT * FROM session ORDER BY session_id",
    "SELECT * FROM session_interval ORDER BY session_id, slot_start",
    "SELECT * FROM cost_line ORDER BY session_id, line",
)


def traffic() -> list[StoredMessage]:
    """Two chargers, two sessions on one of them, a status between."""
    one, two = Charger("CP-1"), Charger("CP-2")
    return [
        one.status(NOON, ConnectorStatus.PREPARING),
        *one.whole_session(NOON, 7, hours=0.5),
        one.status(NOON + timedelta(minutes=31), ConnectorStatus.AVAILABLE),
        *two.whole_session(NOON, 8, hours=0.4),
        *one.whole_session(NOON + timedelta(hours=1), 9, hours=0.5),
    ]


def tables_after(batches: list[list[StoredMessage]]) -> list[list[tuple[object, ...]]]:
    async def run(path: Path) -> list[list[tuple[object, ...]]]:
        store = Store.open(
            path,
            site=make_site(),
            driver_tariff=TARIFF,
            site_tariff=SITE_TARIFF,
            clock=ManualClock(NOON),
            policy=CommitPolicy(window_s=0),
        )
        for batch in batches:
            await asyncio.gather(*(store.append(message) for message in batch))
        found = [store._database.connection.execute(select).fetchall() for select in TABLES]
        await store.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder) / "depot.duckdb"))


ONCE = tables_after([traffic()])


@settings(max_examples=8)
@given(st.lists(st.integers(1, 5), min_size=len(traffic()), max_size=len(traffic())), st.data())
def test_a_message_delivered_1_to_5_times_leaves_the_same_tables(
    times: list[int], data: st.DataObject
) -> None:
    delivered = [
        message for message, count in zip(traffic(), times, strict=True) for _ in range(count)
    ]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(delivered) - 1), max_size=4)))
    batches = [
        delivered[start:end] for start, end in zip([0, *cuts], [*cuts, len(delivered)], strict=True)
    ]

    assert ONCE == tables_after(batches)


def test_a_message_repeated_later_leaves_the_same_tables() -> None:
    assert ONCE == tables_after([traffic(), traffic()[::-1], traffic()])


def test_readings_sent_again_under_another_id_are_not_stored_twice() -> None:
    """OCPP.md rows 3 and 16: the charger repeats its readings at every reconnect."""
    again = [
        Charger("CP-1", number=1000).metered(
            NOON + timedelta(minutes=5), 1600, transaction_id=7, power_w=7200
        )
    ]

    samples = tables_after([traffic(), again])[1]

    assert ONCE[1] == samples
