"""Charging profiles of OCPP 1.6 on the wire."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import SetProfile, Unsupported
from ocpp_core.domain.composite import V16 as RULES
from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    LimitAtSoc,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from ocpp_core.protocol.translator import EncodedCall
from ocpp_core.protocol.v16.schemas import request_schema
from ocpp_core.protocol.versions import translator_for
from ocpp_core.sim.profiles import read_profile_16
from tests.ocpp_core.protocol.names import NO_NAMES

V16 = translator_for("ocpp1.6")
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
SET_PROFILE_SCHEMA = jsonschema_rs.Draft4Validator(request_schema("SetChargingProfile"))
TENTHS = st.integers(0, 4000).map(lambda tenths: tenths / 10)
TRANSACTIONS = st.none() | st.integers(1, 999).map(TransactionId)
INSTANTS = st.integers(0, 2_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@st.composite
def profiles_of_16(draw: st.DrawFn) -> ChargingProfile:
    purpose = draw(st.sampled_from(sorted(RULES.purposes)))
    kinds = [ProfileKind.ABSOLUTE, ProfileKind.RECURRING, ProfileKind.RELATIVE]
    is_max = purpose is ProfilePurpose.CHARGE_POINT_MAX
    kind = draw(st.sampled_from(kinds[:2] if is_max else kinds))
    recurring = kind is ProfileKind.RECURRING
    starts = draw(st.lists(st.integers(1, 86_400), max_size=5, unique=True))
    return ChargingProfile(
        profile_id=draw(st.integers(0, 999)),
        purpose=purpose,
        kind=kind,
        stack_level=draw(st.integers(0, 8)),
        rate_unit=draw(st.sampled_from(RateUnit)),
        periods=tuple(
            SchedulePeriod(
                start_s=start_s,
                limit=draw(TENTHS),
                phase_count=draw(st.none() | st.integers(1, 3)),
            )
            for start_s in [0, *sorted(starts)]
        ),
        start=draw(INSTANTS if recurring or is_max else st.none() | INSTANTS),
        duration_s=draw(st.none() | st.integers(1, 604_800)),
        transaction_id=draw(TRANSACTIONS) if purpose is ProfilePurpose.TX else None,
        valid_from=draw(st.none() | INSTANTS),
        valid_to=draw(st.none() | INSTANTS),
        recurrency=draw(st.sampled_from(RecurrencyKind)) if recurring else None,
        min_rate=draw(st.none() | TENTHS),
    )


@given(profiles_of_16())
def test_any_profile_of_1_6_is_valid_on_the_wire_and_reads_back_as_it_was(
    profile: ChargingProfile,
) -> None:
    """OCPP.md row 41: limits in tenths pass `multipleOf 0.1` and chargers read them equal."""
    encoded = V16.encode_command(SetProfile(connector_id=ConnectorId(1), profile=profile), NO_NAMES)

    assert isinstance(encoded, EncodedCall)
    payload = json.loads(encoded.payload)
    SET_PROFILE_SCHEMA.validate(payload)
    assert profile == read_profile_16(payload["csChargingProfiles"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"purpose": ProfilePurpose.PRIORITY_CHARGING}, "PriorityCharging profile"),
        ({"purpose": ProfilePurpose.LOCAL_GENERATION}, "LocalGeneration profile"),
        (
            {"purpose": ProfilePurpose.EXTERNAL_CONSTRAINTS},
            "ChargingStationExternalConstraints profile",
        ),
        ({"kind": ProfileKind.DYNAMIC}, "dynamic profile"),
        ({"use_local_time": True}, "local time"),
        ({"randomized_delay_s": 30}, "randomized delay"),
        ({"limit_at_soc": LimitAtSoc(soc_percent=80, limit=6)}, "limit at a state of charge"),
        ({"max_offline_duration_s": 0}, "end of validity while offline"),
        ({"periods": (SchedulePeriod(start_s=0),)}, "period without a limit"),
        (
            {"periods": (SchedulePeriod(start_s=0, limit=1, setpoint=-5),)},
            "setpoint or discharge limit",
        ),
        (
            {"periods": (SchedulePeriod(start_s=0, limit=1, phase_count=1, phase_to_use=2),)},
            "limit for a single phase",
        ),
        (
            {"periods": (SchedulePeriod(start_s=0, limit=1, evse_sleep=True),)},
            "preconditioning or sleep",
        ),
    ],
)
def test_what_1_6_cannot_say_is_refused_and_not_left_out(
    change: dict[str, Any], words: str
) -> None:
    plain = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=16),),
        start=NOW,
    )
    command = SetProfile(connector_id=ConnectorId(1), profile=replace(plain, **change))

    assert Unsupported(reason=f"OCPP 1.6 has no {words}") == V16.encode_command(command, NO_NAMES)


@pytest.mark.parametrize(
    ("kind", "recurrency"),
    [(ProfileKind.RECURRING, None), (ProfileKind.ABSOLUTE, RecurrencyKind.DAILY)],
)
def test_a_recurring_profile_and_no_other_says_how_often(
    kind: ProfileKind, recurrency: RecurrencyKind | None
) -> None:
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=kind,
        recurrency=recurrency,
        periods=(SchedulePeriod(start_s=0, limit=16),),
        start=NOW,
    )
    result = V16.encode_command(SetProfile(connector_id=ConnectorId(1), profile=profile), NO_NAMES)

    assert isinstance(result, Unsupported)
    assert "Daily or Weekly" in result.reason


@pytest.mark.parametrize("change", [{"kind": ProfileKind.RELATIVE, "start": None}, {"start": None}])
def test_a_maximum_is_never_written_without_a_start(change: dict[str, Any]) -> None:
    """OCPP.md row 38: chargers refuse a Relative profile for the maximum."""
    maximum = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.CHARGE_POINT_MAX,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=16),),
        start=NOW,
    )
    for profile, written in ((maximum, True), (replace(maximum, **change), False)):
        command = SetProfile(connector_id=ConnectorId(0), profile=profile)
        assert written == isinstance(V16.encode_command(command, NO_NAMES), EncodedCall)
