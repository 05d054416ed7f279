"""The offset of a charger's clock, estimated from stamps."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.clock_offset import ClockOffset

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(
    st.floats(-86_400, 86_400),
    st.lists(st.floats(0, 2), min_size=3, max_size=60),
    st.integers(0, 3),
)
def test_the_estimate_is_off_by_no_more_than_messages_take(
    ahead_s: float, delays_s: list[float], queued: int
) -> None:
    offset = ClockOffset()
    for minute, delay_s in enumerate(delays_s):
        received_at = NOON + timedelta(minutes=minute)
        for age_h in range(queued):  # a queue is delivered along with what is live
            offset.take(received_at + timedelta(seconds=ahead_s, hours=-1 - age_h), received_at)
        offset.take(received_at + timedelta(seconds=ahead_s - delay_s), received_at)

    found = offset.ahead_s
    assert found is not None
    assert ahead_s - 2.001 <= found <= ahead_s + 0.001


def test_minutes_in_which_only_old_messages_come_do_not_spoil_it() -> None:
    offset = ClockOffset()
    for minute in range(9):
        received_at = NOON + timedelta(minutes=minute)
        age = timedelta(hours=5) if minute in {3, 4, 5} else timedelta()
        offset.take(received_at - age, received_at)

    assert 0.0 == offset.ahead_s


def test_messages_of_one_minute_are_no_estimate() -> None:
    offset = ClockOffset()
    for _ in range(50):
        offset.take(NOON, NOON)

    assert offset.ahead_s is None
