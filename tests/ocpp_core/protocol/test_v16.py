"""OCPP 1.6 against the domain: tables of what chargers write and what it means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import Command, SetProfile
from ocpp_core.domain.events import (
    Booted,
    ConnectorStatus,
    DomainEvent,
    Heartbeat,
    Metered,
    SessionStarted,
    SessionStopped,
    StatusChanged,
    StopReason,
)
from ocpp_core.domain.ids import ConnectorId, MessageId, TransactionId
from ocpp_core.domain.metering import Measurand, MeterSample, Unit
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.units import Phase
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.envelope import Call
from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.translator import Decoded, EncodedCall
from ocpp_core.protocol.v16.actions import ACTIONS, COMMANDS
from ocpp_core.protocol.v16.schemas import request_schema
from ocpp_core.protocol.versions import SUBPROTOCOLS, choose, translator_for
from tests.ocpp_core.protocol.names import NO_NAMES

V16 = translator_for("ocpp1.6")
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
STOP = {"transactionId": 5, "meterStop": 900, "timestamp": "2026-03-01T10:00:00Z"}
START = {"connectorId": 1, "idTag": "A", "meterStart": 100, "timestamp": "2026-03-01T10:00:00Z"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def decode(action: str, payload: object) -> Decoded | Refusal:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return V16.decode(Call(MessageId("m1"), action, msgspec.Raw(raw)), NOW)


def taken(action: str, payload: object) -> tuple[DomainEvent, tuple[str, ...]]:
    decoded = decode(action, payload)
    assert isinstance(decoded, Decoded), decoded
    return decoded.event, decoded.findings


def sampled(**fields: object) -> tuple[MeterSample | None, tuple[str, ...]]:
    value = {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [fields]}
    event, findings = taken("MeterValues", {"connectorId": 1, "meterValue": [value]})
    assert isinstance(event, Metered)
    return (event.samples[0] if event.samples else None), findings


# Samples -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "measurand", "value", "unit", "phase"),
    [
        ({"value": "5"}, Measurand.ENERGY_IMPORT_REGISTER, 5.0, Unit.WH, None),
        ({"value": "5.1", "unit": "kWh"}, Measurand.ENERGY_IMPORT_REGISTER, 5100.0, Unit.WH, None),
        (
            {"value": "1.001", "unit": "kWh"},
            Measurand.ENERGY_IMPORT_REGISTER,
            1001.0,
            Unit.WH,
            None,
        ),
        (
            {"value": "3.4", "measurand": "Power.Active.Import", "unit": "kW"},
            Measurand.POWER_IMPORT,
            3400.0,
            Unit.W,
            None,
        ),
        (
            {"value": "7360", "measurand": "Power.Active.Import", "phase": "L2"},
            Measurand.POWER_IMPORT,
            7360.0,
            Unit.W,
            Phase.L2,
        ),
        (
            {"value": "230", "measurand": "Voltage", "phase": "L3-N", "unit": "V"},
            Measurand.VOLTAGE,
            230.0,
            Unit.V,
            Phase.L3,
        ),
        (
            {"value": "50.1", "measurand": "Temperature", "unit": "Celcius"},
            Measurand.TEMPERATURE,
            50.1,
            Unit.CELSIUS,
            None,
        ),
        (
            {"value": "300.15", "measurand": "Temperature", "unit": "K"},
            Measurand.TEMPERATURE,
            27.0,
            Unit.CELSIUS,
            None,
        ),
        (
            {"value": "212", "measurand": "Temperature", "unit": "Fahrenheit"},
            Measurand.TEMPERATURE,
            100.0,
            Unit.CELSIUS,
            None,
        ),
        ({"value": "0.98", "measurand": "Power.Factor"}, Measurand.OTHER, 0.98, Unit.UNKNOWN, None),
        (
            {"value": "400", "measurand": "Voltage", "phase": "L1-L2", "unit": "V"},
            Measurand.OTHER,
            400.0,
            Unit.V,
            None,
        ),
    ],
)
def test_a_sample_as_specified_is_normalised_without_a_finding(
    fields: dict[str, object],
    measurand: Measurand,
    value: float,
    unit: Unit,
    phase: Phase | None,
) -> None:
    sample, findings = sampled(**fields)

    assert sample is not None
    assert (measurand, value, unit, phase) == (
        sample.measurand,
        sample.value,
        sample.unit,
        sample.phase,
    )
    assert () == findings
    assert "" == sample.doubt
    assert TEN == sample.taken_at


def test_a_converted_value_keeps_what_the_charger_wrote() -> None:
    sample, _ = sampled(value="5.1", unit="kWh")

    assert sample is not None
    assert "5.1 kWh" == sample.raw_value


@pytest.mark.parametrize(
    ("fields", "measurand", "value", "unit", "phase", "finding"),
    [
        (
            {"value": "16", "measurand": "Current.Import.L1", "unit": "A"},
            Measurand.CURRENT_IMPORT, 16.0, Unit.A, Phase.L1, "read as Current.Import of phase L1",
        ),
        (
            {"value": "230", "measurand": "Voltage.L1-N"},
            Measurand.VOLTAGE, 230.0, Unit.V, Phase.L1, "read as Voltage of phase",
        ),
        (
            {"value": "230", "measurand": "voltage"},
            Measurand.VOLTAGE, 230.0, Unit.V, None, "read as Voltage",
        ),
        (
            {"value": "16", "measurand": "Current.Import", "phase": "2"},
            Measurand.CURRENT_IMPORT, 16.0, Unit.A, Phase.L2, "read as L2",
        ),
        (
            {"value": "16", "measurand": "Current.Import", "phase": "l3n"},
            Measurand.CURRENT_IMPORT, 16.0, Unit.A, Phase.L3, "read as L3",
        ),
        (
            {"value": "0.2", "measurand": "Current.Import", "phase": "N"},
            Measurand.OTHER, 0.2, Unit.UNKNOWN, None, "neutral",
        ),
        (
            {"value": "49.99", "measurand": "Frequency", "unit": "Hz"},
            Measurand.FREQUENCY, 49.99, Unit.HERTZ, None, "'Hz'",
        ),
        (
            {"value": "54", "measurand": "SoC", "unit": "%"},
            Measurand.SOC, 54.0, Unit.PERCENT, None, "'%'",
        ),
        (
            {"value": "16500", "measurand": "Current.Import", "phase": "L1", "unit": "mA"},
            Measurand.CURRENT_IMPORT, 16.5, Unit.A, Phase.L1, "'mA'",
        ),
        (
            {"value": "3,4", "measurand": "Power.Active.Import", "unit": "kW"},
            Measurand.POWER_IMPORT, 3400.0, Unit.W, None, "decimal comma",
        ),
        (
            {"value": 604.213, "unit": "Wh"},
            Measurand.ENERGY_IMPORT_REGISTER, 604.213, Unit.WH, None, "read as a string",
        ),
        (
            {"value": "1", "context": "Whenever"},
            Measurand.ENERGY_IMPORT_REGISTER, 1.0, Unit.WH, None, "context 'Whenever'",
        ),
        (
            {"value": "1", "location": "Roof"},
            Measurand.ENERGY_IMPORT_REGISTER, 1.0, Unit.WH, None, "location 'Roof'",
        ),
        (
            {"Value": "1", "colour": "red"},
            Measurand.ENERGY_IMPORT_REGISTER, 1.0, Unit.WH, None, "ignored",
        ),
    ],
)  # fmt: skip
def test_an_odd_sample_is_taken_with_a_finding(
    fields: dict[str, object],
    measurand: Measurand,
    value: float,
    unit: Unit,
    phase: Phase | None,
    finding: str,
) -> None:
    """OCPP.md row 23 and row 57: phases, measurands and units by other names."""
    sample, findings = sampled(**fields)

    assert sample is not None
    assert (measurand, value, phase) == (sample.measurand, sample.value, sample.phase)
    assert unit is sample.unit
    assert any(finding in text for text in findings), findings
    assert "" == sample.doubt


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"value": "54", "measurand": "SoC", "unit": "V"}, "does not belong to SoC"),
        ({"value": "9", "measurand": "Power.Active.Export", "unit": "Wh"}, "does not belong"),
        ({"value": "9", "unit": "Gallons"}, "does not belong"),
        ({"value": "9", "measurand": "Happiness"}, "'Happiness' is not known"),
        ({"value": "9", "measurand": "Current.Import", "phase": "L9"}, "'L9' is not known"),
        ({"value": "-9"}, "below zero"),
    ],
)
def test_a_sample_whose_meaning_is_unclear_carries_the_doubt(
    fields: dict[str, object], doubt: str
) -> None:
    sample, findings = sampled(**fields)

    assert sample is not None
    assert doubt in sample.doubt
    assert any(doubt in text for text in findings)
    assert str(fields["value"]) in sample.raw_value


@pytest.mark.parametrize("value", ["", "n/a", "nan", "inf", "1_0", "1e999", "--"])
def test_a_value_that_is_no_number_is_left_out_and_told(value: str) -> None:
    sample, findings = sampled(value=value)

    assert sample is None
    assert any("left out" in text for text in findings)


def test_one_odd_sample_costs_none_of_the_others() -> None:
    values = [{"value": "x"}, {"value": "1", "measurand": "?"}, {"value": "2"}]
    event, _ = taken(
        "MeterValues",
        {
            "connectorId": 1,
            "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": values}],
        },
    )

    assert isinstance(event, Metered)
    assert [1.0, 2.0] == [sample.value for sample in event.samples]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,2", "3"], [1.2, 3.0]),
        (["1,2", ""], [1.2]),
        (["1],[2", "3"], [3.0]),
        ([" 4 ", "+5", ".5"], [4.0, 5.0, 0.5]),
    ],
)
def test_values_read_together_are_those_read_one_by_one(
    texts: list[str], expected: list[float]
) -> None:
    values = [{"value": text, "measurand": "Voltage"} for text in texts]
    event, _ = taken(
        "MeterValues",
        {
            "connectorId": 1,
            "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": values}],
        },
    )

    assert isinstance(event, Metered)
    assert expected == [sample.value for sample in event.samples]


@pytest.mark.parametrize(
    ("meter_value", "count", "finding"),
    [
        ({"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [{"value": "1"}]}, 1, "an object"),
        ([{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": {"value": "1"}}], 1, "an object"),
        ([{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": []}], 0, "no samples"),
    ],
)
def test_lists_may_be_objects_or_empty(meter_value: object, count: int, finding: str) -> None:
    event, findings = taken("MeterValues", {"connectorId": 1, "meterValue": meter_value})

    assert isinstance(event, Metered)
    assert count == len(event.samples)
    assert finding in findings[0]


@pytest.mark.parametrize("transaction_id", [0, -1])
def test_transaction_zero_or_below_means_none(transaction_id: int) -> None:
    event, findings = taken(
        "MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": []}
    )

    assert isinstance(event, Metered)
    assert event.transaction_id is None
    assert findings


def test_a_register_beyond_32_bits_is_read() -> None:
    sample, _ = sampled(value="4296944685")

    assert sample is not None
    assert 4296944685.0 == sample.value


# Times -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read", "finding"),
    [
        ("2026-03-01T10:00:00Z", TEN, None),
        ("2026-03-01T11:00:00+01:00", TEN, None),
        ("2026-03-01T10:00:00.5Z", TEN + timedelta(milliseconds=500), None),
        ("2026-03-01T10:00:00.1234567Z", TEN + timedelta(microseconds=123457), None),
        ("2026-03-01T10:00:00", TEN, "no zone"),
        ("2026-03-01 10:00:00Z", TEN, None),
        ("2026-03-01 10:00", TEN, "RFC 3339"),
        ("2026/3/1 10:00:00 Z", TEN, "RFC 3339"),
        ("2026-03-01T11:00:00+0100", TEN, None),
        ("1970-01-01T00:00:12Z", NOW, "no set clock"),
        ("0001-01-01T00:00:00Z", NOW, "no set clock"),
        ("0001-01-01T00:00:00+05:00", NOW, "out of range"),
        ("9999-12-31T23:59:59-05:00", NOW, "out of range"),
        ("2126-03-01T10:00:00Z", NOW, "no set clock"),
        ("2026-13-01T10:00:00Z", NOW, "is no time"),
        ("yesterday", NOW, "is no time"),
        ("", NOW, "is no time"),
        (1772359200, NOW, "is no time"),
    ],
)
def test_times_are_read_charitably(written: object, read: datetime, finding: str | None) -> None:
    event, findings = taken("StartTransaction", START | {"timestamp": written})

    assert isinstance(event, SessionStarted)
    assert read == event.at
    assert UTC is event.at.tzinfo
    assert (finding is None) == (not findings)
    assert finding is None or any(finding in text for text in findings)


# Messages ----------------------------------------------------------------------------------------


def test_too_long_texts_of_a_boot_are_kept_whole() -> None:
    event, findings = taken(
        "BootNotification", {"chargePointVendor": "HICI", "chargePointModel": "M" * 23}
    )

    assert isinstance(event, Booted)
    assert "M" * 23 == event.model
    assert "23 characters" in findings[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"errorCode": "Error"}, {"error_code": "OtherError", "vendor_error_code": "Error"}),
        ({"errorCode": "noerror", "colour": 1}, {"error_code": "NoError"}),
        ({"info": "null"}, {"info": ""}),
        ({"status": "suspendedev"}, {"status": ConnectorStatus.SUSPENDED_EV}),
        ({"timestamp": ""}, {"at": None}),
        ({"errorCode": "NOERROR"}, {"error_code": "NoError"}),
        ({"vendorErrorCode": 17}, {"vendor_error_code": "17"}),
    ],
)
def test_an_odd_status_is_taken(changes: dict[str, object], expected: dict[str, Any]) -> None:
    event, findings = taken("StatusNotification", STATUS | changes)
    plain = StatusChanged(connector_id=ConnectorId(1), status=ConnectorStatus.AVAILABLE)

    assert replace(plain, **expected) == event
    assert findings


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": "Bored"}, {"reason": StopReason.OTHER}),
        ({"reason": "evdisconnected"}, {"reason": StopReason.EV_DISCONNECTED}),
        ({"reason": "EV Disconnected"}, {"reason": StopReason.EV_DISCONNECTED}),
        ({"reason": None}, {"reason": StopReason.LOCAL}),
        ({"meterStop": 900.0}, {}),
        ({"meterStop": "900"}, {}),
        ({"meterStop": 899.6}, {}),
        ({"transactionId": "5"}, {}),
        ({"transactionData": None}, {}),
        ({"transactionData": {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": []}}, {}),
        ({"connectorId": 1, "disconnectReason": "x"}, {}),
    ],
)
def test_an_odd_stop_is_taken(changes: dict[str, object], expected: dict[str, Any]) -> None:
    event, findings = taken("StopTransaction", STOP | changes)
    plain = SessionStopped(transaction_id=TransactionId(5), at=TEN, meter_stop_wh=900)

    assert replace(plain, **expected) == event
    assert findings


def test_an_empty_stop_token_means_none() -> None:
    event, _ = taken("StopTransaction", STOP | {"idTag": ""})

    assert isinstance(event, SessionStopped)
    assert event.id_token is None


@pytest.mark.parametrize("reservation", [0, -1])
def test_reservation_zero_means_none(reservation: int) -> None:
    event, findings = taken("StartTransaction", START | {"reservationId": reservation})

    assert isinstance(event, SessionStarted)
    assert event.reservation_id is None
    assert () == findings


def test_an_action_in_another_case_is_understood() -> None:
    event, findings = taken("heartbeat", {})

    assert Heartbeat() == event
    assert findings


@pytest.mark.parametrize(
    ("action", "payload", "fault"),
    [
        ("Nothing", {}, Fault.NOT_IMPLEMENTED),
        ("SendLocalList", {}, Fault.NOT_SUPPORTED),
        ("StartTransaction", {}, Fault.OCCURRENCE),
        ("StartTransaction", START | {"idTag": None}, Fault.TYPE),
        ("StartTransaction", START | {"connectorId": "one"}, Fault.TYPE),
        ("StartTransaction", START | {"connectorId": True}, Fault.TYPE),
        ("StartTransaction", START | {"connectorId": 1.5}, Fault.TYPE),
        ("StartTransaction", START | {"connectorId": -1}, Fault.PROPERTY),
        ("StartTransaction", START | {"meterStart": 2**63}, Fault.PROPERTY),
        ("MeterValues", {"connectorId": 1, "meterValue": "none"}, Fault.TYPE),
        ("StatusNotification", STATUS | {"status": "Dancing"}, Fault.PROPERTY),
        ("Heartbeat", [], Fault.FORMATION),
        ("Heartbeat", None, Fault.FORMATION),
        ("Heartbeat", b'{"a":1e999}', Fault.PROPERTY),
        ("Heartbeat", b'{"a":"\xff"}', Fault.FORMATION),
    ],
)
def test_what_is_more_than_cosmetic_is_refused_by_its_name(
    action: str, payload: object, fault: Fault
) -> None:
    refusal = decode(action, payload)

    assert isinstance(refusal, Refusal)
    assert fault is refusal.fault
    assert refusal.description


def test_codes_are_spelled_as_in_1_6() -> None:
    assert {
        Fault.FORMATION: "FormationViolation",
        Fault.PROPERTY: "PropertyConstraintViolation",
        Fault.OCCURRENCE: "OccurenceConstraintViolation",
        Fault.TYPE: "TypeConstraintViolation",
        Fault.NOT_IMPLEMENTED: "NotImplemented",
        Fault.NOT_SUPPORTED: "NotSupported",
        Fault.PROTOCOL: "ProtocolError",
        Fault.SECURITY: "SecurityError",
        Fault.INTERNAL: "InternalError",
        Fault.FRAME: "FormationViolation",
        Fault.MESSAGE_TYPE: "PropertyConstraintViolation",
        Fault.GENERIC: "GenericError",
    } == {fault: V16.error_code(fault) for fault in Fault}


def test_a_bad_sample_costs_that_sample_only() -> None:
    value = {
        "timestamp": "2026-03-01T10:00:00Z",
        "sampledValue": [{"unit": "Wh"}, {"value": "7"}, {"value": []}],
    }
    event, findings = taken("StopTransaction", STOP | {"transactionData": [value, "none"]})

    assert isinstance(event, SessionStopped)
    assert [7.0] == [sample.value for sample in event.samples]
    assert 3 == sum(finding.startswith("left out: ") for finding in findings)


def test_what_a_start_can_do_without_does_not_cost_it() -> None:
    event, findings = taken("StartTransaction", START | {"reservationId": "none"})

    assert isinstance(event, SessionStarted)
    assert event.reservation_id is None
    assert ('left out: reservationId: "none" is not of type "integer"',) == findings


# Tables ------------------------------------------------------------------------------------------


def test_the_first_version_of_the_charger_that_we_speak_is_chosen() -> None:
    assert choose(["ocpp9", "ocpp1.6", "ocpp2.0.1"]) in SUBPROTOCOLS
    assert choose([]) is None


@pytest.mark.parametrize("action", ACTIONS)
def test_our_structures_have_the_fields_of_the_schema(action: str) -> None:
    schema = request_schema(action)
    fields = msgspec.structs.fields(ACTIONS[action].request)

    assert set(schema.get("properties", {})) == {field.encode_name for field in fields}
    assert set(schema.get("required", ())) == {f.encode_name for f in fields if f.required}


def test_only_commands_of_the_domain_are_sent() -> None:
    assert set(COMMANDS) <= set(Command.__value__.__args__)


# Properties --------------------------------------------------------------------------------------


def limit_text(limit: float, unit: RateUnit = RateUnit.A) -> str:
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        rate_unit=unit,
        periods=(SchedulePeriod(start_s=0, limit=limit),),
        start=NOW,
    )
    encoded = V16.encode_command(SetProfile(connector_id=ConnectorId(1), profile=profile), NO_NAMES)
    assert isinstance(encoded, EncodedCall)
    return encoded.payload.decode().partition('"limit":')[2].partition("}")[0]


def test_a_profile_is_written_as_the_schema_says() -> None:
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=16.5, phase_count=3),),
        start=NOW,
        duration_s=900,
        valid_from=NOW,
        valid_to=NOW + timedelta(hours=1),
        transaction_id=TransactionId(4),
    )
    encoded = V16.encode_command(SetProfile(connector_id=ConnectorId(1), profile=profile), NO_NAMES)

    assert isinstance(encoded, EncodedCall)
    schema = request_schema("SetChargingProfile")
    jsonschema_rs.Draft4Validator(schema).validate(json.loads(encoded.payload))


def test_every_tenth_from_0_to_400_is_written_exactly() -> None:
    for tenths in range(4001):
        assert f"{tenths // 10}.{tenths % 10}" == limit_text(tenths / 10)


@given(st.floats(0, 100_000, allow_nan=False))
def test_a_limit_is_never_rounded_up_and_by_less_than_a_tenth(limit: float) -> None:
    text = limit_text(limit, RateUnit.W)

    assert 1 == len(text.partition(".")[2])
    assert limit - 0.1 <= float(text) <= limit + 1e-6


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(data=st.data(), action=st.sampled_from(sorted(ACTIONS)))
def test_no_payload_raises(data: st.DataObject, action: str) -> None:
    """Payloads with the right names and any content are taken or refused, by name."""
    names = sorted(request_schema(action).get("properties", {}))
    payload = {
        name: data.draw(json_values) for name in names if data.draw(st.booleans())
    } | data.draw(st.dictionaries(st.text(max_size=9), json_values, max_size=2))
    raw = json.dumps(payload, allow_nan=True)

    assert isinstance(decode(action, raw.encode("utf-8", "replace")), Decoded | Refusal)


good = {
    "StartTransaction": START,
    "StopTransaction": STOP,
    "StatusNotification": STATUS,
    "MeterValues": {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [{"value": "1", "unit": "Wh"}]}
        ],
    },
}


@given(
    action=st.sampled_from(sorted(good)),
    extra=st.dictionaries(st.text(max_size=9), json_values, max_size=3),
)
def test_extra_fields_change_nothing(action: str, extra: dict[str, object]) -> None:
    unknown = {f"x-{name}": value for name, value in extra.items()}
    plain, _ = taken(action, good[action])
    event, findings = taken(action, unknown | dict(good[action]))

    assert plain == event
    assert len(findings) <= len(unknown)


@given(
    instant=st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
)
def test_an_instant_survives_the_wire_to_the_millisecond(instant: datetime) -> None:
    text = wiretime.write(instant)
    event, findings = taken("StartTransaction", START | {"timestamp": text})

    assert isinstance(event, SessionStarted)
    assert instant.replace(microsecond=instant.microsecond // 1000 * 1000) == event.at
    assert () == findings
