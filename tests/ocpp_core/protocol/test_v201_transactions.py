"""TransactionEvent and MeterValues of OCPP 2.0.1 and 2.1: what they mean, what is forgiven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpp_core.domain.events import (
    ChargingState,
    DomainEvent,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StopReason,
)
from ocpp_core.domain.ids import UNRESOLVED
from ocpp_core.domain.metering import Measurand, MeterSample, Unit
from ocpp_core.domain.units import Phase
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.faults import Fault
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201
from tests.ocpp_core.protocol.v2 import BOTH, NOW, TEN, refused, taken

type Payload = dict[str, Any]
both = pytest.mark.parametrize("version", BOTH, ids=lambda version: str(version.subprotocol))


def event(kind: str = "Updated", **changes: object) -> Payload:
    payload: Payload = {
        "eventType": kind,
        "timestamp": "2026-03-01T10:00:00Z",
        "triggerReason": "ChargingStateChanged",
        "seqNo": 4,
        "transactionInfo": {"transactionId": "t1"},
    }
    return payload | changes


def info(**changes: object) -> Payload:
    return {"transactionInfo": {"transactionId": "t1"} | changes}


def sample(value: object = 5.0, **words: object) -> Payload:
    return {"value": value, **words}


def values(*samples: object, at: str = "2026-03-01T10:00:00Z") -> Payload:
    return {"timestamp": at, "sampledValue": list(samples)}


def update(payload: Payload, version: Dialect = V201) -> tuple[SessionUpdated, tuple[str, ...]]:
    read, findings = taken(version, "TransactionEvent", payload)
    assert isinstance(read, SessionUpdated)
    return read, findings


# Meaning -----------------------------------------------------------------------------------------


@both
def test_a_start_is_read(version: Dialect) -> None:
    payload = event(
        "Started",
        **info(chargingState="EVConnected", remoteStartId=9),
        seqNo=0,
        offline=True,
        numberOfPhasesUsed=3,
        cableMaxCurrent=32,
        reservationId=7,
        evse={"id": 2, "connectorId": 1},
        idToken={"idToken": "CARD", "type": "ISO14443"},
        meterValue=[values(sample(1234.4, context="Transaction.Begin"))],
    )
    read, findings = taken(version, "TransactionEvent", payload)

    assert isinstance(read, SessionStarted)
    assert read.notice is not None
    assert () == findings
    assert (2, "CARD", "ISO14443", TEN, 1234, 7, UNRESOLVED) == (
        read.connector_id,
        read.id_token,
        read.token_type,
        read.at,
        read.meter_start_wh,
        read.reservation_id,
        read.transaction_id,
    )
    assert ("t1", 0, "ChargingStateChanged", True, ChargingState.EV_CONNECTED, 9, 3, 32.0) == (
        read.notice.station_id,
        read.notice.sequence,
        read.notice.trigger,
        read.notice.offline,
        read.notice.state,
        read.notice.remote_start_id,
        read.notice.phase_count,
        read.notice.cable_max_current_a,
    )
    assert 1 == len(read.readings)


@both
def test_a_start_before_anybody_and_anything_is_there(version: Dialect) -> None:
    read, findings = taken(version, "TransactionEvent", event("Started"))

    assert isinstance(read, SessionStarted)
    assert (0, "", "", None, ()) == (
        read.connector_id,
        read.id_token,
        read.token_type,
        read.meter_start_wh,
        findings,
    )


@both
def test_an_end_is_read(version: Dialect) -> None:
    payload = event(
        "Ended",
        **info(stoppedReason="EVDisconnected", timeSpentCharging=60),
        evse={"id": 1},
        idToken={"idToken": "CARD", "type": "ISO14443"},
        meterValue=[
            values(sample(1000, context="Transaction.Begin"), at="2026-03-01T09:00:00Z"),
            values(
                sample(
                    1.5,
                    context="Transaction.End",
                    unitOfMeasure={"unit": "kWh"},
                )
            ),
        ],
    )
    read, findings = taken(version, "TransactionEvent", payload)

    assert isinstance(read, SessionStopped)
    assert () == findings
    assert (UNRESOLVED, 1, 1500, StopReason.EV_DISCONNECTED, "CARD", 2) == (
        read.transaction_id,
        read.connector_id,
        read.meter_stop_wh,
        read.reason,
        read.id_token,
        len(read.readings),
    )


def test_an_end_without_a_reason_is_local() -> None:
    read, _ = taken(V201, "TransactionEvent", event("Ended"))

    assert isinstance(read, SessionStopped)
    assert (StopReason.LOCAL, None, None) == (read.reason, read.meter_stop_wh, read.connector_id)


@pytest.mark.parametrize(
    "words",
    [
        {"context": "Sample.Periodic"},
        {"context": "Transaction.End", "phase": "L1"},
        {"context": "Transaction.End", "location": "Inlet"},
        {"context": "Transaction.End", "measurand": "Energy.Active.Export.Register"},
        {"context": "Transaction.End", "unitOfMeasure": {"unit": "V"}},
    ],
)
def test_only_the_undoubted_register_at_the_outlet_ends_a_transaction(words: Payload) -> None:
    payload = event("Ended", meterValue=[values(sample(900, **words))])
    read, _ = taken(V201, "TransactionEvent", payload)

    assert isinstance(read, SessionStopped)
    assert read.meter_stop_wh is None


@both
def test_an_event_without_connector_belongs_to_its_evse(version: Dialect) -> None:
    """Row v2-te-no-connector of the list of quirks."""
    payload = event(**info(chargingState="Charging"), evse={"id": 2})
    read, findings = update(payload, version)

    assert (2, ChargingState.CHARGING, ()) == (read.connector_id, read.notice.state, findings)


@both
def test_evse_and_token_may_be_repeated_at_the_end(version: Dialect) -> None:
    """Row v2-te-evse-repeated of the list of quirks."""
    payload = event(
        "Ended",
        **info(stoppedReason="Remote"),
        triggerReason="RemoteStop",
        evse={"id": 1, "connectorId": 1},
        idToken={"idToken": "A", "type": "ISO14443"},
    )
    read, findings = taken(version, "TransactionEvent", payload)

    assert isinstance(read, SessionStopped)
    assert (1, "A", StopReason.REMOTE, ()) == (
        read.connector_id,
        read.id_token,
        read.reason,
        findings,
    )


def test_no_token_is_needed_where_the_charger_says_so() -> None:
    """2.0.1 C02: a start by a button."""
    token = {"idToken": "", "type": "NoAuthorization"}
    updated, _ = update(event(idToken=token))
    stopped, _ = taken(V201, "TransactionEvent", event("Ended", idToken=token))

    assert isinstance(stopped, SessionStopped)
    assert ("", None) == (updated.id_token, stopped.id_token)


def test_what_2_1_adds_is_read_in_2_1_and_told_in_2_0_1() -> None:
    payload = event(
        **info(operationMode="CentralSetpoint", tariffId="T", transactionLimit={"maxCost": 9.5}),
        evseSleep=False,
        preconditioningStatus="Ready",
        costDetails={
            "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {}},
            "totalUsage": {"energy": 1.0, "chargingTime": 1, "idleTime": 0},
        },
    )
    newer, newer_findings = update(payload, V21)
    older, older_findings = update(payload, V201)

    assert ("CentralSetpoint", ()) == (newer.notice.operation_mode, newer_findings)
    assert "" == older.notice.operation_mode
    assert "field transactionInfo.operationMode does not exist: ignored" in older_findings
    assert "field costDetails does not exist: ignored" in older_findings


# Faults that cost no transaction -----------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"seqNo": "4"}, "field seqNo is a string: read as a number"),
        ({"seqNo": 4.0}, None),
        ({"offline": "false"}, "field offline is a string: read as true or false"),
        ({"eventType": "UPDATED"}, "field eventType: 'UPDATED' read as Updated"),
        ({"meterValue": []}, None),
        ({"meterValue": None}, "field meterValue is null: ignored"),
        ({"meterValue": [values()]}, "a meter value has no samples"),
        (
            {"meterValue": values(sample())},
            "field meterValue is an object: read as a list of one",
        ),
        ({"evse": {"id": 0, "connectorId": 0}}, "EVSE 0 is none: ignored"),
        ({"evse": 1}, 'left out: evse: 1 is not of type "object"'),
        ({"evse": {"connectorId": 1}}, 'left out: evse: "id" is a required property'),
        ({"idToken": {"idToken": "A"}}, None),
        ({"cableMaxCurrent": 31.6}, "field cableMaxCurrent: 31.6 rounded to a whole number"),
        ({"numberOfPhasesUsed": []}, 'left out: numberOfPhasesUsed: [] is not of type "integer"'),
        ({"reservationId": 0}, None),
        ({"vendorStuff": {"a": 1}}, "field vendorStuff does not exist: ignored"),
        ({"timestamp": ""}, "field timestamp: '' is no time: time of receipt taken"),
        (
            {"timestamp": "2026-03-01T10:00:00"},
            "time 2026-03-01T10:00:00 has no zone: read as UTC",
        ),
        (
            {"timestamp": "1970-01-01T00:00:07Z"},
            "time 1970-01-01T00:00:07+00:00 is no set clock: time of receipt taken",
        ),
        ({"triggerReason": "Whim"}, None),
        (
            info(chargingState="suspended_EV"),
            "charging state 'suspended_EV' is not known: taken as SuspendedEV",
        ),
        (info(chargingState="Bored"), "charging state 'Bored' is not known: ignored"),
        (
            info(transactionId=77),
            "field transactionInfo.transactionId is a number: read as a string",
        ),
    ],
)
def test_a_cosmetic_fault_costs_no_event(
    version: Dialect, changes: Payload, finding: str | None
) -> None:
    read, findings = update(event(**changes), version)

    assert ("77" if "read as a string" in (finding or "") else "t1") == read.notice.station_id
    assert 4 == read.notice.sequence
    assert finding is None or finding in findings


@pytest.mark.parametrize("gone", ["timestamp", "triggerReason"])
def test_what_can_be_done_without_may_be_missing(gone: str) -> None:
    payload = event()
    del payload[gone]
    read, findings = update(payload)

    assert read.at == (NOW if gone == "timestamp" else TEN)
    assert any(gone in finding for finding in findings)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"eventType": "Paused"}, Fault.PROPERTY),
        ({"seqNo": "four"}, Fault.TYPE),
        ({"transactionInfo": {}}, Fault.OCCURRENCE),
        ({"transactionInfo": {"transactionId": ""}}, Fault.PROPERTY),
        ({"transactionInfo": "t1"}, Fault.TYPE),
    ],
)
def test_an_event_that_names_no_transaction_or_kind_is_refused(
    changes: Payload, fault: Fault
) -> None:
    assert fault == refused(V201, "TransactionEvent", event(**changes)).fault


def test_a_bad_sample_costs_that_sample_only() -> None:
    good, bad = sample(7, context="Transaction.End"), sample("?")
    payload = event("Ended", meterValue=[values(bad, good, sample(None)), {"timestamp": "x"}])
    read, findings = taken(V201, "TransactionEvent", payload)

    assert isinstance(read, SessionStopped)
    assert (7, 1) == (read.meter_stop_wh, len(read.samples))
    assert 3 == sum(finding.startswith("left out: ") for finding in findings)


# Samples -----------------------------------------------------------------------------------------


def sampled(version: Dialect = V201, **fields: object) -> tuple[MeterSample, tuple[str, ...]]:
    payload = {"evseId": 1, "meterValue": [values(fields)]}
    read, findings = taken(version, "MeterValues", payload)
    assert isinstance(read, Metered)
    return read.samples[0], findings


@both
@pytest.mark.parametrize(
    ("fields", "measurand", "value", "unit", "phase"),
    [
        ({"value": 5}, Measurand.ENERGY_IMPORT_REGISTER, 5.0, Unit.WH, None),
        (
            {"value": 1.001, "unitOfMeasure": {"unit": "kWh"}},
            Measurand.ENERGY_IMPORT_REGISTER,
            1001.0,
            Unit.WH,
            None,
        ),
        (
            {"value": 1.001, "unitOfMeasure": {"multiplier": 3}},
            Measurand.ENERGY_IMPORT_REGISTER,
            1001.0,
            Unit.WH,
            None,
        ),
        (
            {"value": 12345, "unitOfMeasure": {"unit": "Wh", "multiplier": -1}},
            Measurand.ENERGY_IMPORT_REGISTER,
            1234.5,
            Unit.WH,
            None,
        ),
        (
            {
                "value": 0.0034,
                "measurand": "Power.Active.Import",
                "unitOfMeasure": {"unit": "kW", "multiplier": 3},
                "phase": "L2-N",
            },
            Measurand.POWER_IMPORT,
            3400.0,
            Unit.W,
            Phase.L2,
        ),
        (
            {"value": 49.99, "measurand": "Frequency", "unitOfMeasure": {"unit": "Hz"}},
            Measurand.FREQUENCY,
            49.99,
            Unit.HERTZ,
            None,
        ),
        ({"value": 80, "measurand": "SoC"}, Measurand.SOC, 80.0, Unit.PERCENT, None),
        (
            {"value": -3, "measurand": "Energy.Active.Net"},
            Measurand.OTHER,
            -3.0,
            Unit.UNKNOWN,
            None,
        ),
    ],
)
def test_a_sample_is_read(
    version: Dialect,
    fields: Payload,
    measurand: Measurand,
    value: float,
    unit: Unit,
    phase: Phase | None,
) -> None:
    read, findings = sampled(version, **fields)

    assert () == findings
    assert (measurand, value, unit, phase, "") == (
        read.measurand,
        read.value,
        read.unit,
        read.phase,
        read.doubt,
    )


@pytest.mark.parametrize(
    ("word", "measurand"),
    [
        ("Power.Import.Offered", Measurand.POWER_OFFERED),
        ("Current.Import.Offered", Measurand.CURRENT_OFFERED),
        ("Display.PresentSOC", Measurand.OTHER),
    ],
)
def test_measurands_of_2_1_are_known(word: str, measurand: Measurand) -> None:
    read, findings = sampled(V21, value=1, measurand=word)

    assert (measurand, ()) == (read.measurand, findings)


@pytest.mark.parametrize(
    ("fields", "value", "finding"),
    [
        ({"value": "12.5"}, 12.5, "is a string: read as a number"),
        ({"value": "12,5"}, 12.5, "value has a decimal comma"),
        ({"value": 1, "measurand": "RPM"}, 1.0, "measurand 'RPM' is not known"),
        ({"value": 1, "context": "sample.clock"}, 1.0, "context 'sample.clock' is not known"),
        (
            {"value": 1, "unitOfMeasure": {"multiplier": 99}},
            1.0,
            "multiplier 99 is out of range",
        ),
        (
            {"value": 1, "unitOfMeasure": {"unit": "Wh", "multiplier": "3"}},
            1000.0,
            "multiplier is a string: read as a number",
        ),
        ({"value": 1, "unit": "Wh"}, 1.0, "sampledValue.unit does not exist: ignored"),
    ],
)
def test_an_odd_sample_is_taken_and_told(fields: Payload, value: float, finding: str) -> None:
    read, findings = sampled(**fields)

    assert value == read.value
    assert any(finding in text for text in findings), findings


def test_a_corrected_value_keeps_what_was_written() -> None:
    read, _ = sampled(value=1.5, unitOfMeasure={"unit": "kWh", "multiplier": -1})

    assert (150.0, "1.5 x10^-1 kWh") == (read.value, read.raw_value)


def test_a_value_that_overflows_is_left_out() -> None:
    payload = {"evseId": 1, "meterValue": [values(sample(1e308, unitOfMeasure={"multiplier": 9}))]}
    read, findings = taken(V201, "MeterValues", payload)

    assert isinstance(read, Metered)
    assert ((), ("a value beyond all measure: left out",)) == (read.readings, findings)


def test_values_of_the_main_meter_have_evse_0() -> None:
    read, findings = taken(V201, "MeterValues", {"evseId": 0, "meterValue": [values(sample())]})

    assert isinstance(read, Metered)
    assert (0, None, ()) == (read.connector_id, read.transaction_id, findings)


def test_samples_carry_their_own_instants() -> None:
    payload = event(meterValue=[values(sample(1)), values(sample(2), at="2026-03-01T10:01:00Z")])
    read: DomainEvent
    read, _ = update(payload)

    assert [TEN, datetime(2026, 3, 1, 10, 1, tzinfo=UTC)] == [r.taken_at for r in read.readings]


# Numbers beyond all bounds: nothing that is taken may break the store ----------------------------


@both
def test_a_whole_number_beyond_32_bits_is_left_out_or_refused(version: Dialect) -> None:
    huge = 2**31
    read, findings = update(event(reservationId=huge, numberOfPhasesUsed=-(2**70)), version)

    assert (None, None) == (read.reservation_id, read.notice.phase_count)
    assert 2 == sum(finding.startswith("left out: ") for finding in findings)
    assert Fault.PROPERTY == refused(version, "TransactionEvent", event(seqNo=huge)).fault


def test_a_register_beyond_all_registers_is_none() -> None:
    payload = event("Ended", meterValue=[values(sample(1e300, context="Transaction.End"))])
    read, _ = taken(V201, "TransactionEvent", payload)

    assert isinstance(read, SessionStopped)
    assert (None, [1e300]) == (read.meter_stop_wh, [one.value for one in read.samples])
