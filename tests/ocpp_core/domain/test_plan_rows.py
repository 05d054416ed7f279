"""Orders by columns are the orders that they stand for."""

import array
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, SessionId
from ocpp_core.domain.plan import LimitReason, PlanSlot
from ocpp_core.domain.plan_rows import Column, PlanRows, column_of, slots_at, taken

START = datetime(2026, 3, 2, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFS = tuple(ConnectorRef(ChargePointId(f"CP-{n}"), ConnectorId(1)) for n in (1, 2))

SLOTS = tuple(
    PlanSlot(
        ref=ref,
        session_id=SessionId(f"s{n}"),
        start=START + t * HOUR,
        end=START + (t + 1) * HOUR,
        current_a=6.0 * n + t,
        power_w=1000.0 * t,
        reason=LimitReason.PRICE if t else LimitReason.CAR,
        words=f"waits {t}",
        binding_circuit=None,
    )
    for n, ref in enumerate(REFS)
    for t in range(3)
)


def places(*of: int) -> array.array[int]:
    return array.array("B", of)


def rows() -> PlanRows:
    hours = tuple(START + t * HOUR for t in range(4))
    each = places(0, 0, 0, 1, 1, 1)
    slot = places(0, 1, 2, 0, 1, 2)
    return PlanRows(
        {
            "ref": Column(REFS, each),
            "session_id": Column((SessionId("s0"), SessionId("s1")), each),
            "start": Column(hours[:3], slot),
            "end": Column(hours[1:], slot),
            "current_a": Column((), array.array("d", [0, 1, 2, 6, 7, 8])),
            "power_w": Column((), array.array("d", [0, 1000, 2000, 0, 1000, 2000])),
            "reason": Column((LimitReason.CAR, LimitReason.PRICE), places(0, 1, 1, 0, 1, 1)),
            "words": Column(("waits 0", "waits 1", "waits 2"), slot),
            "binding_circuit": Column((None,), places(0, 0, 0, 0, 0, 0)),
            "binding_phase": Column((None,), places(0, 0, 0, 0, 0, 0)),
            "value_per_a": Column((), array.array("d", [0] * 6)),
        }
    )


def test_rows_are_the_orders_they_stand_for() -> None:
    assert SLOTS == rows() == SLOTS
    assert rows() == rows()
    assert hash(SLOTS) == hash(rows())
    assert SLOTS[:1] != rows()
    assert repr(SLOTS) == repr(rows())


def test_one_order_and_some_are_read_without_the_others() -> None:
    assert (6, SLOTS[4], SLOTS[-1]) == (len(rows()), rows()[4], rows()[-1])
    assert SLOTS[2:5] == rows()[2:5]
    assert (SLOTS[5], SLOTS[0]) == rows().take([5, 0]) == taken(SLOTS, [5, 0])


def test_orders_that_were_read_before_are_not_made_again() -> None:
    read = rows()

    assert all(one is other for one, other in zip(read, read, strict=True))
    assert read[0] is next(iter(read)) is read.take([0])[0]


@pytest.mark.parametrize("minutes", [0, 59, 60, 179, 180, -1])
def test_the_orders_at_an_instant_are_those_of_its_slot(minutes: int) -> None:
    instant = START + timedelta(minutes=minutes)

    assert slots_at(SLOTS, instant) == slots_at(rows(), instant)


def test_a_column_is_a_field_of_each_order() -> None:
    for name in ("ref", "words", "current_a"):
        assert list(column_of(SLOTS, name)) == list(column_of(rows(), name))


def test_rows_travel_as_columns() -> None:
    read = rows()
    fresh = len(pickle.dumps(read))
    list(read)

    assert fresh == len(pickle.dumps(read))
    assert SLOTS == pickle.loads(pickle.dumps(read))


def test_columns_that_do_not_fit_are_a_fault() -> None:
    column = Column((), array.array("d", [0.0]))

    with pytest.raises(ValueError, match="for each field"):
        PlanRows({"ref": column})
