"""Sessions that get no stop are ended by rule; a stop that comes after all takes its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ocpp_core.domain.commands import Accepted, GetTransactionStatus, TransactionStatus
from ocpp_core.domain.events import Booted, ConnectorStatus, Heartbeat, Metered
from ocpp_core.domain.ids import ConnectorId, TransactionId
from tests.analytics.builders import NOON
from tests.analytics.desk import (
    Desk,
    ended,
    metered,
    read,
    start16,
    started,
    status,
    stop16,
    updated,
)

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
FREE = ConnectorStatus.AVAILABLE
BOOT = Booted(vendor="V", model="M")


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    desk = Desk(path)
    yield desk
    await desk.store.close()


def ends(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows(
        "SELECT transaction_id, CAST(epoch(ended_at - TIMESTAMPTZ '2026-03-02 12:00:00+00') / 60 "
        "AS INTEGER), energy_wh, trust, remarks FROM session ORDER BY transaction_id"
    )


async def charging(desk: Desk, at: datetime = NOON) -> None:
    """A session that charges for ten minutes."""
    await desk.hear(start16(at, meter_wh=1000), at)
    reading = Metered(
        connector_id=ConnectorId(1),
        transaction_id=TransactionId(1),
        readings=read(at + 10 * MIN, 2000),
    )
    await desk.hear(reading, at + 10 * MIN)


async def test_the_next_session_on_the_connector_ends_the_one_before(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(start16(NOON + 60 * MIN, meter_wh=2000), NOON + 60 * MIN)

    words = "no stop came: ended since the next one started on its connector"
    assert [(1, 60, 1000.0, "repaired", words), (2, None, 0.0, "metered", "")] == ends(desk)


async def test_it_ended_when_its_connector_was_free_if_that_was_told(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(status(NOON + 20 * MIN, FREE), NOON + 20 * MIN)
    await desk.hear(start16(NOON + 60 * MIN, meter_wh=2000), NOON + 60 * MIN)

    assert 20 == ends(desk)[0][1]


async def test_a_charger_that_restarts_with_a_free_connector_has_no_session_there(
    desk: Desk,
) -> None:
    await charging(desk)
    await desk.hear(BOOT, NOON + 30 * MIN)
    assert [None] == [row[1] for row in ends(desk)]  # it may go on after a reset in mid-session
    await desk.restart()
    await desk.hear(status(NOON + 31 * MIN, FREE), NOON + 31 * MIN)

    words = "no stop came: ended since its charger restarted with a free connector"
    assert [(1, 31, 1000.0, "repaired", words)] == ends(desk)


async def test_a_session_goes_on_after_a_reset_in_its_middle(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(BOOT, NOON + 30 * MIN)
    await desk.hear(status(NOON + 31 * MIN, ConnectorStatus.CHARGING), NOON + 31 * MIN)
    await desk.hear(stop16(NOON + 60 * MIN, 1, 5000), NOON + 60 * MIN)

    assert [(1, 60, 4000.0, "metered", "")] == ends(desk)


async def test_a_connector_that_is_free_for_hours_has_no_session(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(status(NOON + 20 * MIN, FREE), NOON + 20 * MIN)
    await desk.hear(Heartbeat(), NOON + 6 * HOUR)
    assert [None] == [row[1] for row in ends(desk)]
    await desk.restart()
    await desk.hear(Heartbeat(), NOON + 7 * HOUR)

    words = "no stop came: ended since its connector was free for 6 h"
    assert [(1, 20, 1000.0, "repaired", words)] == ends(desk)


async def test_readings_after_the_connector_was_called_free_keep_the_session(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(status(NOON + 5 * MIN, FREE), NOON + 11 * MIN)
    await desk.hear(Heartbeat(), NOON + 7 * HOUR)

    assert [None] == [row[1] for row in ends(desk)]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_stop_that_comes_late_takes_the_place_of_the_rule(
    desk: Desk, restarted: bool
) -> None:
    await charging(desk)
    await desk.hear(start16(NOON + 60 * MIN, meter_wh=2500), NOON + 60 * MIN)
    if restarted:
        await desk.restart()
    await desk.hear(stop16(NOON + 40 * MIN, 1, 2500), NOON + 61 * MIN)

    assert (1, 40, 1500.0, "metered", "") == ends(desk)[0]
    assert [(2,)] == desk.rows("SELECT transaction_id FROM session WHERE ended_at IS NULL")


async def test_news_of_the_session_open_it_again(desk: Desk) -> None:
    await charging(desk)
    await desk.hear(status(NOON + 20 * MIN, FREE), NOON + 20 * MIN)
    await desk.hear(Heartbeat(), NOON + 7 * HOUR)
    assert desk.rows("SELECT * FROM charging_period")
    later = Metered(
        connector_id=ConnectorId(1),
        transaction_id=TransactionId(1),
        readings=read(NOON + 7 * HOUR, 9000),
    )
    await desk.hear(later, NOON + 7 * HOUR)

    assert [(1, None, "")] == [(row[0], row[1], row[4]) for row in ends(desk)]
    assert [] == desk.rows("SELECT * FROM charging_period")


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_event_of_a_session_opens_it_again(desk: Desk, restarted: bool) -> None:
    await desk.hear(started(NOON), NOON)
    await desk.hear(status(NOON + MIN, FREE), NOON + MIN)
    await desk.hear(Heartbeat(), NOON + 7 * HOUR)
    assert [1] == [row[1] for row in ends(desk)]
    if restarted:
        await desk.restart()
    await desk.hear(updated(NOON + 8 * HOUR, 1, register_wh=2000), NOON + 8 * HOUR)
    assert [None] == [row[1] for row in ends(desk)]
    assert [1] == [session.transaction_id for session in desk.live.open_sessions()]
    await desk.hear(ended(NOON + 9 * HOUR, 2, meter_wh=3000), NOON + 9 * HOUR)

    assert [(1, 540, 2000.0, "metered", "")] == ends(desk)


async def test_a_later_session_that_has_ended_leaves_none_before_it(desk: Desk) -> None:
    """It was told at once, from a queue, and which connector only by its end."""
    await desk.hear(started(NOON, name="lost"), NOON)
    await desk.hear(started(NOON + HOUR, name="whole", connector=0), NOON + 2 * HOUR)
    await desk.hear(ended(NOON + 2 * HOUR, 1, "whole", connector=1), NOON + 2 * HOUR)

    assert () == desk.live.open_sessions()
    assert [] == desk.rows("SELECT * FROM session WHERE ended_at IS NULL")


async def test_nothing_is_ended_while_its_charger_holds_messages_of_it(desk: Desk) -> None:
    """OCPP.md row 5."""
    await desk.hear(started(NOON), NOON)
    await desk.tell(
        GetTransactionStatus(transaction_id=TransactionId(1)),
        Accepted(transaction=TransactionStatus(ongoing=False, messages_in_queue=True)),
        NOON + MIN,
    )
    await desk.hear(status(NOON + 2 * MIN, FREE), NOON + 2 * MIN)
    await desk.restart()
    await desk.hear(Heartbeat(), NOON + 9 * HOUR)
    await desk.hear(started(NOON + 10 * HOUR, name="next"), NOON + 10 * HOUR)

    assert [None, None] == [row[1] for row in ends(desk)]


async def test_readings_of_nobody_do_not_hide_a_free_connector(desk: Desk) -> None:
    await desk.hear(metered(NOON - MIN, 900), NOON)
    await desk.hear(start16(NOON, meter_wh=1000), NOON)
    await desk.hear(status(NOON + MIN, FREE), NOON + MIN)
    await desk.hear(Heartbeat(), NOON + 7 * HOUR)

    assert [1] == [row[1] for row in ends(desk)]
