"""OCPP 1.6J payloads as a charger writes and reads them; nothing else here knows their shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ocpp_core.domain.events import ConnectorStatus, StopReason
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import CompositeSchedule
from ocpp_core.sim.meter import Sample
from ocpp_core.sim.stamp import Stamp, utc
from ocpp_core.sim.wire import Payload

UNKNOWN_TRANSACTION = -1
"""Stands for the id of a transaction whose start was never answered (erratum 3.18)."""


def boot(*, vendor: str, model: str, serial_number: str, firmware: str) -> Payload:
    """BootNotification."""
    return {
        "chargePointVendor": vendor,
        "chargePointModel": model,
        "chargePointSerialNumber": serial_number[:25],
        "firmwareVersion": firmware,
    }


def status(
    connector_id: ConnectorId, state: ConnectorStatus, at: datetime, stamp: Stamp = utc
) -> Payload:
    """StatusNotification without an error."""
    return {
        "connectorId": connector_id,
        "errorCode": "NoError",
        "status": state.value,
        "timestamp": stamp(at),
    }


def start_transaction(
    connector_id: ConnectorId,
    id_token: IdToken,
    meter_start_wh: int,
    at: datetime,
    stamp: Stamp = utc,
    reservation_id: int | None = None,
) -> Payload:
    """StartTransaction."""
    payload: Payload = {
        "connectorId": connector_id,
        "idTag": id_token,
        "meterStart": meter_start_wh,
        "timestamp": stamp(at),
    }
    if reservation_id is not None:
        payload["reservationId"] = reservation_id
    return payload


def stop_transaction(
    transaction_id: TransactionId | None,
    id_token: IdToken | None,
    meter_stop_wh: int,
    at: datetime,
    reason: StopReason,
    stamp: Stamp = utc,
) -> Payload:
    """StopTransaction; the token only when it was presented again."""
    payload: Payload = {
        "transactionId": UNKNOWN_TRANSACTION if transaction_id is None else transaction_id,
        "meterStop": meter_stop_wh,
        "timestamp": stamp(at),
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
    stamp: Stamp = utc,
) -> Payload:
    """MeterValues with one reading of several measurands."""
    payload: Payload = {
        "connectorId": connector_id,
        "meterValue": [{"timestamp": stamp(at), "sampledValue": list(samples)}],
    }
    if in_transaction:
        payload["transactionId"] = UNKNOWN_TRANSACTION if transaction_id is None else transaction_id
    return payload


def samples(readings: Sequence[Sample]) -> list[Payload]:
    """Write what the meter shows."""
    return [_sample(sample) for sample in readings]


def _sample(sample: Sample) -> Payload:
    written: Payload = {
        "context": sample.context,
        "measurand": sample.measurand,
        "location": sample.location,
        "value": f"{sample.value:.{sample.decimals}f}",
        "unit": sample.unit,
    }
    if sample.phase is not None:
        written["phase"] = sample.phase
    return written


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
        "scheduleStart": utc(schedule.start),
        "chargingSchedule": {
            "duration": schedule.duration_s,
            "startSchedule": utc(schedule.start),
            "chargingRateUnit": schedule.rate_unit.value,
            "chargingSchedulePeriod": periods,
        },
    }
