"""Sessions that are likely over are told until they end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ampherd.runtime.ghosts import GhostWatch
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import ConnectorStatus
from tests.analytics.builders import NOON
from tests.analytics.desk import Desk, ended, started, status

MIN = timedelta(minutes=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "site.duckdb")
    await desk.hear(started(NOON), NOON)
    yield desk
    await desk.store.close()


async def test_a_session_that_is_likely_over_is_an_alarm_until_it_ends(desk: Desk) -> None:
    """OCPP.md row 9: the watchdog of open sessions."""
    watch = GhostWatch(desk.store.reader, desk.live, ManualClock(NOON + 3 * MIN))
    await watch.look()
    assert [] == list(watch.alarms())
    await desk.hear(status(NOON + 2 * MIN, ConnectorStatus.AVAILABLE), NOON + 2 * MIN)
    await watch.look()

    (words,) = watch.alarms()
    assert words == (
        f"CP-1/1: transaction 1, open since {NOON.astimezone(desk.site.timezone):%Y-%m-%d %H:%M}, "
        "is likely over: its connector has been reported free since."
    )
    await desk.hear(ended(NOON + 4 * MIN, 1), NOON + 5 * MIN)
    assert [] == list(watch.alarms())
    await watch.look()
    assert [] == list(watch.alarms())


async def test_a_session_that_is_heard_of_again_is_none(desk: Desk) -> None:
    clock = ManualClock(NOON + timedelta(hours=13))
    watch = GhostWatch(desk.store.reader, desk.live, clock)
    await watch.look()
    (words,) = watch.alarms()
    assert words.endswith("nothing was heard of it for 13.0 h.")
    await desk.hear(started(NOON), clock.now())
    await watch.look()

    assert [] == list(watch.alarms())
