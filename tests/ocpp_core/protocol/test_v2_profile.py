"""Charging profiles as they are sent in OCPP 2.0.1 and 2.1 (K01, K05, K28)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import (
    RemoteStart,
    SetProfile,
    Unsupported,
    UpdateDynamicSchedule,
)
from ocpp_core.domain.ids import (
    UNRESOLVED,
    ConnectorId,
    IdToken,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.profile import (
    ChargingProfile,
    LimitAtSoc,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from ocpp_core.protocol.translator import EncodedCall
from ocpp_core.protocol.v21.schemas import SCHEMAS as SCHEMAS_21
from ocpp_core.protocol.v201.profile import Profile, from_wire_profile
from ocpp_core.protocol.v201.schemas import SCHEMAS
from ocpp_core.protocol.versions import translator_for
from tests.ocpp_core.protocol.names import Names

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
ONE, WHOLE = ConnectorId(1), ConnectorId(0)
VERSIONS = ("ocpp2.0.1", "ocpp2.1")
DECIMALS = {"ocpp2.0.1": 1, "ocpp2.1": 6}
JUDGES = {
    "ocpp2.0.1": jsonschema_rs.Draft6Validator(SCHEMAS.request("SetChargingProfile")),
    "ocpp2.1": jsonschema_rs.Draft6Validator(SCHEMAS_21.request("SetChargingProfile")),
}
NAMES = Names({7: "ab-7"})
TX = ChargingProfile(
    profile_id=12,
    purpose=ProfilePurpose.TX,
    kind=ProfileKind.ABSOLUTE,
    stack_level=1,
    periods=(SchedulePeriod(start_s=0, limit=16.0),),
    start=NOW,
    duration_s=900,
    transaction_id=TransactionId(7),
)
DEFAULT = replace(TX, purpose=ProfilePurpose.TX_DEFAULT, transaction_id=None, duration_s=None)
MAXIMUM = replace(DEFAULT, purpose=ProfilePurpose.CHARGE_POINT_MAX)
DYNAMIC = replace(DEFAULT, kind=ProfileKind.DYNAMIC, dyn_update_interval_s=30)
PRIORITY = replace(DEFAULT, purpose=ProfilePurpose.PRIORITY_CHARGING)


def period(**changes: Any) -> SchedulePeriod:
    return replace(SchedulePeriod(start_s=0, limit=16.0), **changes)


def with_period(profile: ChargingProfile, **changes: Any) -> ChargingProfile:
    return replace(profile, periods=(period(**changes),))


def setting(
    version: str, profile: ChargingProfile, connector_id: ConnectorId = ONE
) -> EncodedCall | Unsupported:
    return translator_for(version).encode_command(
        SetProfile(connector_id=connector_id, profile=profile), NAMES
    )


def wire(version: str, profile: ChargingProfile, connector_id: ConnectorId = ONE) -> dict[str, Any]:
    call = setting(version, profile, connector_id)
    assert isinstance(call, EncodedCall), call
    payload: dict[str, Any] = json.loads(call.payload)
    assert [] == list(JUDGES[version].iter_errors(payload))
    return payload


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tx_profile_carries_the_charger_s_name_of_the_transaction(version: str) -> None:
    assert {
        "evseId": 1,
        "chargingProfile": {
            "id": 12,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "transactionId": "ab-7",
            "chargingSchedule": [
                {
                    "id": 1,
                    "startSchedule": "2026-03-01T10:05:00.000Z",
                    "duration": 900,
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
                }
            ],
        },
    } == wire(version, TX)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("profile", "connector_id", "words"),
    [
        (replace(TX, transaction_id=TransactionId(8)), ONE, "calls transaction 8 is not known"),
        (replace(TX, transaction_id=None), ONE, "names its transaction (K01.FR.03)"),
        (TX, WHOLE, "is for one connector"),
        (replace(DEFAULT, transaction_id=TransactionId(7)), ONE, "only a TxProfile names"),
        (replace(DEFAULT, purpose=ProfilePurpose.EXTERNAL_CONSTRAINTS), ONE, "K01.FR.22"),
        (replace(DEFAULT, periods=()), ONE, "at least one period"),
        (with_period(DEFAULT, start_s=1), ONE, "starts at 0 (K01.FR.31)"),
        (
            replace(DEFAULT, periods=(period(), period(start_s=60), period(start_s=60))),
            ONE,
            "in order of their start (K01.FR.35)",
        ),
        (MAXIMUM, ONE, "is for connector 0"),
        (
            replace(MAXIMUM, kind=ProfileKind.RELATIVE, start=None),
            WHOLE,
            "is not Relative (K01.FR.38)",
        ),
        (replace(DEFAULT, start=None), ONE, "has a start (K01.FR.40)"),
        (replace(DEFAULT, kind=ProfileKind.RELATIVE), ONE, "has no start (K01.FR.41)"),
        (replace(DEFAULT, kind=ProfileKind.RECURRING), ONE, "is Daily or Weekly"),
        (replace(DEFAULT, recurrency=RecurrencyKind.DAILY), ONE, "is Daily or Weekly"),
        (replace(DEFAULT, stack_level=-1), ONE, "is not negative"),
        (with_period(DEFAULT, phase_to_use=2), ONE, "one phase only (K01.FR.19)"),
        (with_period(DEFAULT, phase_count=3, phase_to_use=2), ONE, "one phase only (K01.FR.19)"),
    ],
)
def test_a_profile_that_breaks_a_rule_of_k01_is_not_sent(
    version: str, profile: ChargingProfile, connector_id: ConnectorId, words: str
) -> None:
    refused = setting(version, profile, connector_id)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (DYNAMIC, "has no Dynamic profile"),
        (PRIORITY, "has no PriorityCharging profile"),
        (replace(DEFAULT, purpose=ProfilePurpose.LOCAL_GENERATION), "has no LocalGeneration"),
        (replace(DEFAULT, use_local_time=True), "has no local time"),
        (replace(DEFAULT, randomized_delay_s=30), "has no randomized delay"),
        (replace(DEFAULT, limit_at_soc=LimitAtSoc(soc_percent=80, limit=6.0)), "state of charge"),
        (replace(DEFAULT, max_offline_duration_s=60), "while offline"),
        (with_period(DEFAULT, limit_l2=6.0), "limit for a single phase"),
        (with_period(DEFAULT, evse_sleep=True), "preconditioning or sleep"),
        (
            with_period(
                DEFAULT, operation_mode=OperationMode.CENTRAL_SETPOINT, limit=None, setpoint=5.0
            ),
            "period without a limit",
        ),
    ],
)
def test_what_only_2_1_can_say_is_refused_in_2_0_1_and_not_left_out(
    profile: ChargingProfile, words: str
) -> None:
    refused = setting("ocpp2.0.1", profile)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason
    assert isinstance(setting("ocpp2.1", profile), EncodedCall)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (replace(PRIORITY, duration_s=60), "has no duration (K01.FR.70)"),
        (
            with_period(PRIORITY, operation_mode=OperationMode.EXTERNAL_LIMITS),
            "only charges (K01.FR.71)",
        ),
        (replace(PRIORITY, randomized_delay_s=5), "delayed at random (K01.FR.95)"),
        (replace(DYNAMIC, periods=(period(), period(start_s=60))), "one period (K28)"),
        (replace(DEFAULT, dyn_update_interval_s=5), "only a Dynamic profile is updated"),
        (replace(DEFAULT, dyn_update_time=NOW), "is updated (K01.FR.122)"),
        (replace(DEFAULT, invalid_after_offline=True), "says after how long"),
        (with_period(DEFAULT, limit=None), "only charges has a limit"),
        (with_period(DEFAULT, setpoint=4.0), "no setpoint and no discharge limit"),
        (with_period(DEFAULT, discharge_limit_l2=-4.0), "no setpoint and no discharge limit"),
        (with_period(DEFAULT, operation_mode=OperationMode.IDLE), "Idle period has no values"),
        (with_period(DEFAULT, operation_mode=OperationMode.CENTRAL_SETPOINT), "has a setpoint"),
        (with_period(DEFAULT, operation_mode=OperationMode.LOCAL_FREQUENCY), "needs a curve"),
        (
            with_period(
                DEFAULT,
                operation_mode=OperationMode.CENTRAL_SETPOINT,
                setpoint=4.0,
                discharge_limit=4.0,
            ),
            "dischargeLimit",
        ),
        (with_period(DEFAULT, phase_count=4), "numberPhases"),
    ],
)
def test_a_profile_that_breaks_a_rule_of_2_1_is_not_sent(
    profile: ChargingProfile, words: str
) -> None:
    refused = setting("ocpp2.1", profile)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason


def test_2_1_writes_all_that_a_profile_says() -> None:
    profile = replace(
        DYNAMIC,
        max_offline_duration_s=600,
        invalid_after_offline=True,
        dyn_update_time=NOW,
        use_local_time=True,
        randomized_delay_s=20,
        limit_at_soc=LimitAtSoc(soc_percent=80, limit=6.1234567),
        periods=(
            SchedulePeriod(
                start_s=0,
                limit=16.1234567,
                limit_l2=10.0,
                phase_count=1,
                phase_to_use=2,
                operation_mode=OperationMode.CENTRAL_SETPOINT,
                setpoint=-5.9999999,
                discharge_limit=-7.7777777,
                preconditioning=True,
                evse_sleep=True,
            ),
        ),
    )
    written = wire("ocpp2.1", profile)["chargingProfile"]
    [schedule] = written["chargingSchedule"]

    assert (
        600,
        True,
        30,
        "2026-03-01T10:05:00.000Z",
        True,
        20,
        {"soc": 80, "limit": 6.123456},
    ) == (
        written["maxOfflineDuration"],
        written["invalidAfterOfflineDuration"],
        written["dynUpdateInterval"],
        written["dynUpdateTime"],
        schedule["useLocalTime"],
        schedule["randomizedDelay"],
        schedule["limitAtSoC"],
    )
    assert [
        {
            "startPeriod": 0,
            "limit": 16.123456,
            "limit_L2": 10.0,
            "numberPhases": 1,
            "phaseToUse": 2,
            "operationMode": "CentralSetpoint",
            "setpoint": -5.999999,
            "dischargeLimit": -7.777777,
            "preconditioningRequest": True,
            "evseSleep": True,
        }
    ] == schedule["chargingSchedulePeriod"]


# Row 41 ------------------------------------------------------------------------------------------


def limit_written(version: str, limit: float) -> float:
    payload = wire(version, with_period(DEFAULT, limit=limit))
    [schedule] = payload["chargingProfile"]["chargingSchedule"]
    value: float = schedule["chargingSchedulePeriod"][0]["limit"]
    return value


@pytest.mark.parametrize("version", VERSIONS)
@given(tenths=st.integers(0, 4000))
def test_a_limit_in_tenths_is_written_as_it_is(version: str, tenths: int) -> None:
    """OCPP.md row 41: 8.1 A is 8.1 on the wire and not 8.100000000000001."""
    assert tenths / 10 == limit_written(version, tenths / 10)


@pytest.mark.parametrize("version", VERSIONS)
@given(limit=st.floats(0.0, 400.0))
def test_a_limit_is_rounded_down_and_never_up(version: str, limit: float) -> None:
    """OCPP.md row 41: at most 1 decimal in 2.0.1 and 6 in 2.1."""
    written = limit_written(version, limit)

    assert limit - 10 ** -DECIMALS[version] < written <= limit
    assert written == round(written, DECIMALS[version])


@given(setpoint=st.floats(-400.0, 400.0))
def test_a_setpoint_is_rounded_towards_rest(setpoint: float) -> None:
    call = translator_for("ocpp2.1").encode_command(
        UpdateDynamicSchedule(profile_id=1, setpoint=setpoint), NAMES
    )
    assert isinstance(call, EncodedCall)
    written = json.loads(call.payload)["scheduleUpdate"]["setpoint"]

    assert abs(written) <= abs(setpoint)
    assert abs(setpoint - written) < 1e-6


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("limit", [-0.1, float("nan"), float("inf"), 1e300])
def test_what_is_no_limit_is_the_sender_s_fault(version: str, limit: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        setting(version, with_period(DEFAULT, limit=limit))


# Round trip --------------------------------------------------------------------------------------

TENTHS = st.integers(0, 4000).map(lambda tenths: tenths / 10)
SIGNED = st.integers(-4000, 4000).map(lambda tenths: tenths / 10)
INSTANTS = st.integers(0, 2_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@st.composite
def periods_of_201(draw: st.DrawFn, start_s: int) -> SchedulePeriod:
    phase_count = draw(st.none() | st.integers(1, 3))
    return SchedulePeriod(
        start_s=start_s,
        limit=draw(TENTHS),
        phase_count=phase_count,
        phase_to_use=draw(st.none() | st.integers(1, 3)) if phase_count == 1 else None,
    )


@st.composite
def profiles_of_201(draw: st.DrawFn) -> ChargingProfile:
    """Every legal profile of OCPP 2.0.1."""
    purpose = draw(
        st.sampled_from(
            [ProfilePurpose.CHARGE_POINT_MAX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX]
        )
    )
    kinds = [ProfileKind.ABSOLUTE, ProfileKind.RECURRING]
    if purpose is not ProfilePurpose.CHARGE_POINT_MAX:
        kinds.append(ProfileKind.RELATIVE)
    kind = draw(st.sampled_from(kinds))
    starts = draw(st.lists(st.integers(1, 86_400), max_size=4, unique=True))
    return ChargingProfile(
        profile_id=draw(st.integers(0, 999)),
        purpose=purpose,
        kind=kind,
        stack_level=draw(st.integers(0, 8)),
        rate_unit=draw(st.sampled_from(RateUnit)),
        periods=tuple(draw(periods_of_201(start_s)) for start_s in [0, *sorted(starts)]),
        start=None if kind is ProfileKind.RELATIVE else draw(INSTANTS),
        duration_s=draw(st.none() | st.integers(1, 604_800)),
        transaction_id=TransactionId(7) if purpose is ProfilePurpose.TX else None,
        valid_from=draw(st.none() | INSTANTS),
        valid_to=draw(st.none() | INSTANTS),
        recurrency=(
            draw(st.sampled_from(RecurrencyKind)) if kind is ProfileKind.RECURRING else None
        ),
        min_rate=draw(st.none() | TENTHS),
    )


@st.composite
def profiles_of_21(draw: st.DrawFn) -> ChargingProfile:
    """Legal profiles of OCPP 2.1 that use what it adds."""
    profile = draw(profiles_of_201())
    negative = st.none() | TENTHS.map(lambda tenths: -tenths)
    offline_s = draw(st.none() | st.integers(0, 86_400))
    first = replace(
        profile.periods[0],
        operation_mode=OperationMode.CENTRAL_SETPOINT,
        setpoint=draw(SIGNED),
        setpoint_l2=draw(st.none() | SIGNED),
        limit_l3=draw(st.none() | TENTHS),
        discharge_limit=draw(negative),
        discharge_limit_l3=draw(negative),
        preconditioning=draw(st.booleans()),
        evse_sleep=draw(st.booleans()),
    )
    changes: dict[str, Any] = {"periods": (first, *profile.periods[1:])}
    if draw(st.booleans()):
        changes = {
            "periods": (first,),
            "kind": ProfileKind.DYNAMIC,
            "recurrency": None,
            "dyn_update_interval_s": draw(st.none() | st.integers(1, 3600)),
            "dyn_update_time": draw(st.none() | INSTANTS),
        }
    return replace(
        profile,
        **changes,
        max_offline_duration_s=offline_s,
        invalid_after_offline=offline_s is not None and draw(st.booleans()),
        use_local_time=draw(st.booleans()),
        randomized_delay_s=(
            0 if profile.purpose is ProfilePurpose.CHARGE_POINT_MAX else draw(st.integers(0, 900))
        ),
        limit_at_soc=draw(
            st.none() | st.builds(LimitAtSoc, soc_percent=st.integers(0, 100), limit=TENTHS)
        ),
    )


def read_back(payload: dict[str, Any]) -> ChargingProfile | None:
    findings: list[str] = []
    profile = from_wire_profile(msgspec.convert(payload["chargingProfile"], Profile), findings)
    assert [] == findings
    return profile


def as_reported(profile: ChargingProfile) -> ChargingProfile:
    """Return a profile as a charger reports it: with its own name of the transaction."""
    if profile.transaction_id is None:
        return profile
    return replace(
        profile, transaction_id=UNRESOLVED, station_transaction_id=StationTransactionId("ab-7")
    )


def place(profile: ChargingProfile) -> ConnectorId:
    return WHOLE if profile.purpose is ProfilePurpose.CHARGE_POINT_MAX else ONE


@pytest.mark.parametrize("version", VERSIONS)
@given(profile=profiles_of_201())
def test_any_profile_of_2_0_1_is_valid_on_the_wire_and_reads_back_as_it_was(
    version: str, profile: ChargingProfile
) -> None:
    assert as_reported(profile) == read_back(wire(version, profile, place(profile)))


@given(profile=profiles_of_21())
def test_any_profile_of_2_1_is_valid_on_the_wire_and_reads_back_as_it_was(
    profile: ChargingProfile,
) -> None:
    assert as_reported(profile) == read_back(wire("ocpp2.1", profile, place(profile)))


# With a remote start -----------------------------------------------------------------------------


def starting(version: str, profile: ChargingProfile) -> EncodedCall | Unsupported:
    return translator_for(version).encode_command(
        RemoteStart(id_token=IdToken("A"), connector_id=ONE, profile=profile, request_id=3), NAMES
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_remote_start_carries_a_tx_profile_without_a_transaction(version: str) -> None:
    call = starting(version, replace(TX, transaction_id=None))

    assert isinstance(call, EncodedCall), call
    profile = json.loads(call.payload)["chargingProfile"]
    assert ("TxProfile", None) == (profile["chargingProfilePurpose"], profile.get("transactionId"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (TX, "names no transaction"),
        (DEFAULT, "takes a TxProfile only"),
        (replace(TX, transaction_id=None, start=None), "K01.FR.40"),
    ],
)
def test_a_remote_start_with_another_profile_is_not_sent(
    version: str, profile: ChargingProfile, words: str
) -> None:
    refused = starting(version, profile)

    assert isinstance(refused, Unsupported), refused
    assert words in refused.reason
