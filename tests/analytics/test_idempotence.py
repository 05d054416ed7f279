"""A message delivered once or five times leaves the same tables and the same live state."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import ConnectorStatus, StartReply
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.messages import StoredMessage
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.analytics.desk import Desk
from tests.analytics.scripts import Said, scripts

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


EVERYTHING = (
    *TABLES,
    *(
        f"SELECT * FROM {table} ORDER BY ALL"
        for table in (
            "transaction_event",
            "security_event",
            "transfer",
            "charging_limit",
            "charging_need",
            "setting",
        )
    ),
)


def after(script: list[Said], times: list[int], restarts: set[int]) -> tuple[object, ...]:
    """Play a script, each message so many times, and return tables and live state at its end."""

    async def play(path: Path) -> tuple[object, ...]:
        desk = Desk(path, waits=False)
        numbers: dict[str, TransactionId] = {}
        delivered = 0
        for index, (said, count) in enumerate(zip(script, times, strict=True)):
            for _ in range(count):
                if delivered in restarts:
                    await desk.restart()
                delivered += 1
                decision = await desk.hear(
                    said.event(lambda name: numbers.get(name, TransactionId(-1))),
                    said.received_at,
                    charge_point_id=said.charge_point_id,
                    message_id=f"m-{index:04}",
                )
                if said.starts is not None:
                    assert isinstance(decision.reply, StartReply)
                    numbers[said.starts] = decision.reply.transaction_id
        await desk.settled()
        tables = [desk.rows(select) for select in EVERYTHING]
        state = [
            (c.connector.ref, c.status, c.reported, c.status_at, c.session, c.ended)
            for point in desk.live.charge_points.values()
            for c in point.connectors.values()
        ]
        known = dict(desk.live.transactions)
        await desk.store.close()
        return tables, state, known

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(play(Path(folder) / "depot.duckdb"))


@pytest.mark.parametrize("version", ["1.6", "2.x"])
@settings(max_examples=5)
@given(data=st.data())
def test_what_chargers_say_1_to_5_times_with_restarts_between_ends_alike(
    version: str, data: st.DataObject
) -> None:
    script = data.draw(scripts(version))
    times = data.draw(st.lists(st.integers(1, 5), min_size=len(script), max_size=len(script)))
    restarts = data.draw(st.sets(st.integers(0, sum(times)), max_size=3))

    once = after(script, [1] * len(script), set())

    assert once == after(script, times, restarts)
