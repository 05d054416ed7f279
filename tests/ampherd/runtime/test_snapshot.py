"""From the site now to what the planner is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ampherd.runtime.snapshot import slot_starts

DAY = datetime(2019, 9, 3, tzinfo=UTC)


@given(st.integers(0, 86_399), st.integers(1, 48 * 3600))
def test_slots_cover_the_horizon_without_gaps_and_lie_on_the_grid(
    second: int, horizon_s: int
) -> None:
    now = DAY + timedelta(seconds=second)

    starts, end = slot_starts(now, 900, now + timedelta(seconds=horizon_s))

    assert starts[0] == now
    assert end >= now + timedelta(seconds=horizon_s) or len(starts) == 1
    assert all(a < b for a, b in zip(starts, [*starts[1:], end], strict=True))
    assert all(start.timestamp() % 900 == 0 for start in (*starts[1:], end))
    first_s = ((*starts, end)[1] - now).total_seconds()
    assert 60 <= first_s < 960
