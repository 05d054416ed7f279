"""What is wrong with a profile by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ocpp_core.domain.composite import V16, V21, V201, WHOLE, StackingRules, faults
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ProfileKind,
    ProfilePurpose,
    RecurrencyKind,
    SchedulePeriod,
)
from tests.ocpp_core.domain.composite.builders import ONE, profile

MAX = ProfilePurpose.CHARGE_POINT_MAX


def test_a_plain_profile_has_none() -> None:
    for rules in (V16, V201, V21):
        assert [] == list(faults(profile(16), rules, ONE))
        assert [] == list(faults(profile(16, purpose=MAX), rules, WHOLE))


@pytest.mark.parametrize(
    ("rules", "place", "changes", "words"),
    [
        (V16, ONE, {"purpose": ProfilePurpose.PRIORITY_CHARGING}, "has no PriorityCharging"),
        (V16, ONE, {"purpose": MAX}, "for connector 0"),
        (V16, WHOLE, {"purpose": ProfilePurpose.TX}, "for one connector"),
        (V16, ONE, {"transaction_id": TransactionId(1)}, "only a TxProfile"),
        (V16, WHOLE, {"purpose": MAX, "kind": ProfileKind.RELATIVE}, "is not Relative"),
        (V16, WHOLE, {"purpose": MAX, "start": None}, "has a start"),
        (V201, ONE, {"start": None}, "has a start (K01.FR.40)"),
        (V201, ONE, {"kind": ProfileKind.RELATIVE}, "has no start (K01.FR.41)"),
        (V201, ONE, {"purpose": ProfilePurpose.EXTERNAL_CONSTRAINTS}, "never by a server"),
        (V16, ONE, {"stack_level": -1}, "is not negative"),
        (V16, ONE, {"kind": ProfileKind.RECURRING}, "Daily or Weekly"),
        (V16, ONE, {"recurrency": RecurrencyKind.DAILY}, "Daily or Weekly"),
        (V16, ONE, {"periods": ()}, "at least one period"),
        (V16, ONE, {"periods": (SchedulePeriod(start_s=1, limit=6),)}, "starts at 0"),
        (V16, ONE, {"periods": (SchedulePeriod(start_s=0, limit=6),) * 2}, "in order"),
        (V21, ONE, {"purpose": ProfilePurpose.PRIORITY_CHARGING, "duration_s": 9}, "no duration"),
        (
            V21,
            ONE,
            {
                "kind": ProfileKind.DYNAMIC,
                "periods": (
                    SchedulePeriod(start_s=0, limit=6),
                    SchedulePeriod(start_s=1, limit=8),
                ),
            },
            "one period",
        ),
        (V21, WHOLE, {"purpose": MAX, "randomized_delay_s": 9}, "delayed at random"),
        (
            V201,
            ONE,
            {"periods": (SchedulePeriod(start_s=0, limit=6, phase_to_use=2),)},
            "one phase only (K01.FR.19)",
        ),
    ],
)
def test_each_rule_that_is_broken_is_named(
    rules: StackingRules, place: ConnectorId, changes: dict[str, Any], words: str
) -> None:
    found = list(faults(replace(profile(16), **changes), rules, place))

    assert 1 == len(found)
    assert words in found[0]


def test_a_profile_without_a_start_is_allowed_in_1_6() -> None:
    assert [] == list(faults(replace(profile(16), start=None), V16, ONE))
