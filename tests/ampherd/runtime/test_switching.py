"""Starts are counted by orders, from look to look."""

from datetime import UTC, datetime, timedelta

from ampherd.runtime.switching import NEW, Switched, Switching
from ocpp_core.domain.ids import SessionId
from tests.ampherd.runtime.test_snapshot import running

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAME = SessionId("s")


class Site:
    """Stands for live state with one open session."""

    def __init__(self) -> None:
        self.here: tuple[object, ...] = (running(),)

    def open_sessions(self) -> tuple[object, ...]:
        return self.here


def test_a_start_is_counted_when_an_order_rises_from_nothing() -> None:
    site, watch, ref = Site(), Switching(), running().ref
    later = [NOON + timedelta(minutes=5 * n) for n in range(5)]

    seen = [
        watch.look(site, {ref: amps}, at)[NAME]  # type: ignore[arg-type]
        for amps, at in zip((0.0, 8.0, 16.0, 0.0, 6.0), later, strict=True)
    ]

    assert seen == [
        NEW,
        Switched(starts=1, running_since=later[1]),
        Switched(starts=1, running_since=later[1]),
        Switched(starts=1),
        Switched(starts=2, running_since=later[4]),
    ]


def test_a_session_that_ended_is_forgotten() -> None:
    site, watch, ref = Site(), Switching(), running().ref
    watch.look(site, {ref: 8.0}, NOON)  # type: ignore[arg-type]
    site.here = ()

    assert {} == watch.look(site, {ref: 8.0}, NOON)  # type: ignore[arg-type]
