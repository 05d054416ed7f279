"""OCPP 1.6J payloads as a charger writes and reads them; nothing else here knows their shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ocpp_core.domain.events import ConnectorStatus, StopReason
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.metering import Measurand
from ocpp_core.domain.profile import CompositeSchedule
from ocpp_core.sim.link import Payload
from ocpp_core.sim.outlet import Outlet

SUBPROTOCOL = "ocpp1.6"

UNKNOWN_TRANSACTION = -1
"""Stands for the id of a transaction whose start was never answered (erratum 3.18)."""

KNOWN_BUT_UNSUPPORTED = frozenset({
    "CancelReservation", "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage",
    "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog",
    "InstallCertificate", "ReserveNow", "SendLocalList", "SignedUpdateFirmware", "UpdateFirmware",
})  # fmt: skip
"""Actions of the specification that this charger answers with NotSupported."""


def timestamp(at: datetime) -> str:
    """Write an instant as UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Read an instant; one without a zone is UTC (OCPP 1.6 section 3.15)."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def register_wh(outlet: Outlet) -> int:
    """Return the lifetime register as it is shown: whole Wh, never ahead of the energy."""
    return int(outlet.register_wh + 1e-6)


def boot(*, vendor: str, model: str, serial_number: str, firmware: str) -> Payload:
    """BootNotification."""
    return {
        "chargePointVendor": vendor,
        "chargePointModel": model,
        "chargePointSerialNumber": serial_number[:25],
        "firmwareVersion": firmware,
    }


def status(connector_id: ConnectorId, state: ConnectorStatus, at: datetime) -> Payload:
    """StatusNotification without an error."""
    return {
        "connectorId": connector_id,
        "errorCode": "NoError",
        "status": state.value,
        "timestamp": timestamp(at),
    }


def start_transaction(
    connector_id: ConnectorId, id_token: IdToken, meter_start_wh: int, at: datetime
) -> Payload:
    """StartTransaction."""
    return {
        "connectorId": connector_id,
        "idTag": id_token,
        "meterStart": meter_start_wh,
        "timestamp": timestamp(at),
    }


def stop_transaction(
    transaction_id: TransactionId | None,
    id_token: IdToken | None,
    meter_stop_wh: int,
    at: datetime,
    reason: StopReason,
) -> Payload:
    """StopTransaction; the token only when it was presented again."""
    payload: Payload = {
        "transactionId": UNKNOWN_TRANSACTION if transaction_id is None else transaction_id,
        "meterStop": meter_stop_wh,
        "timestamp": timestamp(at),
        "reason": reason.value,
    }
    if id_token is not None:
        payload["idTag"] = id_token
    return payload


def meter_values(
    connector_id: ConnectorId,
    samples: Sequence[Payload],
    at: datetime,
    *,
    transaction_id: TransactionId | None,
    in_transaction: bool,
) -> Payload:
    """MeterValues with one reading of several measurands."""
    payload: Payload = {
        "connectorId": connector_id,
        "meterValue": [{"timestamp": timestamp(at), "sampledValue": list(samples)}],
    }
    if in_transaction:
        payload["transactionId"] = UNKNOWN_TRANSACTION if transaction_id is None else transaction_id
    return payload


def samples(outlet: Outlet, measurands: Sequence[str], context: str) -> list[Payload]:
    """Read the meter of an outlet; measurands it does not have are left out."""
    return [sample for measurand in measurands for sample in _sample(outlet, measurand, context)]


def _sample(outlet: Outlet, measurand: str, context: str) -> Iterator[Payload]:
    base = {"context": context, "measurand": measurand, "location": "Outlet"}
    match measurand:
        case Measurand.ENERGY_IMPORT_REGISTER:
            yield {**base, "value": str(register_wh(outlet)), "unit": "Wh"}
        case Measurand.POWER_IMPORT:
            yield {**base, "value": f"{outlet.power_w:.1f}", "unit": "W"}
        case Measurand.CURRENT_IMPORT:
            for number, phase in enumerate(outlet.connector.phases):
                current_a = outlet.current_a if number < outlet.loaded_phases else 0.0
                yield {**base, "value": f"{current_a:.2f}", "unit": "A", "phase": phase.value}
        case Measurand.CURRENT_OFFERED:
            yield {**base, "value": f"{outlet.offered_a:.2f}", "unit": "A"}
        case _:
            return


def composite(connector_id: ConnectorId, schedule: CompositeSchedule) -> Payload:
    """GetCompositeSchedule's answer."""
    periods: list[Payload] = []
    for period in schedule.periods:
        if period.limit is None:
            raise ValueError("OCPP 1.6 has no period without a limit")
        entry: Payload = {"startPeriod": period.start_s, "limit": round(period.limit, 1)}
        if period.phase_count is not None:
            entry["numberPhases"] = period.phase_count
        periods.append(entry)
    return {
        "status": "Accepted",
        "connectorId": connector_id,
        "scheduleStart": timestamp(schedule.start),
        "chargingSchedule": {
            "duration": schedule.duration_s,
            "startSchedule": timestamp(schedule.start),
            "chargingRateUnit": schedule.rate_unit.value,
            "chargingSchedulePeriod": periods,
        },
    }
