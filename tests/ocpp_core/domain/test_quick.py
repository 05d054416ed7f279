"""Values made by a function are those that their class makes."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime

import pytest

from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.quick import quick_dataclass, quick_maker

make = quick_maker(StoredMessage)


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Something with a default that no two values may share."""

    items: list[int] = field(default_factory=list)


def test_the_function_makes_what_the_class_makes() -> None:
    made, expected = (
        of(
            at=datetime(2026, 3, 1, 10, tzinfo=UTC),
            charge_point_id=ChargePointId("CP1"),
            direction=Direction.FROM_CHARGER,
            message_id=MessageId("m1"),
            action="Heartbeat",
            ocpp_version="ocpp1.6",
            frame="",
            answer=None,
            outcome=Outcome.ANSWERED,
            findings=("odd",),
        )
        for of in (make, StoredMessage)
    )

    assert expected == made
    assert type(made) is StoredMessage


def test_a_field_that_is_required_may_not_be_left_out() -> None:
    with pytest.raises(TypeError, match="message_id"):
        make(  # type: ignore[call-arg]
            at=datetime(2026, 3, 1, 10, tzinfo=UTC),
            charge_point_id=ChargePointId("CP1"),
            direction=Direction.FROM_CHARGER,
            action="Heartbeat",
            ocpp_version="ocpp1.6",
            frame="",
            answer=None,
            outcome=Outcome.ANSWERED,
        )


def test_values_that_would_share_a_default_are_not_made_this_way() -> None:
    with pytest.raises(TypeError, match="items"):
        quick_maker(Listed)
