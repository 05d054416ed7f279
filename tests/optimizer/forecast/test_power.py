"""Building load and PV in the hours ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.forecast import PowerHistory, learned, power_forecast

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def history(days: int, today: float = 1.0, noise: float = 0.0) -> PowerHistory:
    """Return `days` alike by the hour until now; today was `today` times that so far."""
    chance = np.random.default_rng(1)
    starts = [NOW - n * HOUR for n in range(1, 24 * days)]
    midnight = NOW.astimezone(ZONE).replace(hour=0)
    values = [
        1000
        * (1 + at.astimezone(ZONE).hour)
        * (today if at >= midnight else 1.0)
        * (1 + noise * float(chance.uniform(-1, 1)))
        for at in starts
    ]
    return PowerHistory.of(starts, values, zone=ZONE, by_weekday=False, slot_s=3600)


def test_without_history_nothing_is_forecast() -> None:
    empty = PowerHistory.of([], [], zone=ZONE, by_weekday=True, slot_s=3600)

    assert power_forecast(learned(empty, at=NOW), [NOW], at=NOW) == (None,)


def test_a_day_like_the_others_goes_on_like_them() -> None:
    (found,) = power_forecast(history(20), [NOW + 4 * HOUR], at=NOW)

    assert found is not None
    assert found.quantile(0.5) == pytest.approx(17_000)


def test_a_day_that_was_higher_so_far_stays_higher_for_a_while() -> None:
    soon, late = power_forecast(history(20, today=1.5), [NOW + HOUR, NOW + 9 * HOUR], at=NOW)

    assert soon is not None
    assert late is not None
    assert soon.quantile(0.5) > 1.15 * 14_000
    assert late.quantile(0.5) < 1.1 * 22_000


@given(st.integers(1, 12), st.floats(0.3, 3))
@settings(max_examples=15, deadline=None)
def test_a_higher_quantile_is_never_a_lower_power(days: int, today: float) -> None:
    past = learned(history(days, today, noise=0.3), at=NOW)

    for found in power_forecast(past, [NOW + n * HOUR for n in range(0, 24, 5)], at=NOW):
        if found is not None:
            values = [found.quantile(share) for share in (0.1, 0.3, 0.5, 0.9)]

            assert values == sorted(values)
            assert values[0] >= 0


def test_what_was_measured_later_changes_no_forecast() -> None:
    past = history(10, noise=0.2)
    longer = history(10, noise=0.2)
    then = NOW - 30 * HOUR
    cut = np.array(longer.value_w)
    cut[-1, :] = 1e9
    cut[-2, 8:] = 1e9
    changed = PowerHistory(
        zone=ZONE, by_weekday=False, slot_s=3600, first=longer.first, value_w=cut
    )
    instants = [then + n * HOUR for n in range(20)]

    for ask in (past, changed):
        found = power_forecast(learned(ask, at=then), instants, at=then)
        known = power_forecast(learned(past, at=then), instants, at=then)

        assert [f and f.quantile(0.4) for f in known] == [f and f.quantile(0.4) for f in found]
