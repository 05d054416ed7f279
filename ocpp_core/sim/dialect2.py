"""OCPP 2.0.1 and 2.1 as a charger writes them; the two differ here in their names alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import ConnectorStatus, StopReason, Transfer, TransferStatusChanged
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.dialect import BootReason, Nameplate, Said, Trigger, Version
from ocpp_core.sim.meter import Sample
from ocpp_core.sim.stamp import Stamp
from ocpp_core.sim.wire import Payload

PLUG = 1
"""Each EVSE has one connector here."""

_TOLD = frozenset(
    {
        ConnectorStatus.AVAILABLE,
        ConnectorStatus.RESERVED,
        ConnectorStatus.UNAVAILABLE,
        ConnectorStatus.FAULTED,
    }
)
"""States that StatusNotification can tell; all others are Occupied."""

_CHARGING_STATES = {
    ConnectorStatus.CHARGING: "Charging",
    ConnectorStatus.SUSPENDED_EV: "SuspendedEV",
    ConnectorStatus.SUSPENDED_EVSE: "SuspendedEVSE",
    ConnectorStatus.AVAILABLE: "Idle",
}

_STOPS = {
    StopReason.EV_DISCONNECTED: ("EVDisconnected", "EVCommunicationLost"),
    StopReason.REMOTE: ("Remote", "RemoteStop"),
    StopReason.DE_AUTHORIZED: ("DeAuthorized", "Deauthorized"),
    StopReason.SOFT_RESET: ("Reboot", "ResetCommand"),
    StopReason.HARD_RESET: ("ImmediateReset", "ResetCommand"),
    StopReason.IMMEDIATE_RESET: ("ImmediateReset", "ResetCommand"),
    StopReason.REBOOT: ("Reboot", "AbnormalCondition"),
    StopReason.POWER_LOSS: ("PowerLoss", "AbnormalCondition"),
    StopReason.UNLOCK_COMMAND: ("Other", "UnlockCommand"),
    StopReason.STOPPED_BY_EV: ("StoppedByEV", "ChargingStateChanged"),
    StopReason.TIMEOUT: ("Timeout", "EVConnectTimeout"),
}
"""stoppedReason and triggerReason."""


class Dialect2:
    """OCPP 2.0.1 or 2.1; `stamp` writes its instants."""

    malformed: Final = "FormatViolation"
    names_transactions: Final = True

    def __init__(self, version: Version, stamp: Stamp) -> None:
        self.version = version
        self._stamp = stamp

    def boot(self, plate: Nameplate, reason: BootReason) -> Said:
        """BootNotification (B01)."""
        return _said(
            "BootNotification",
            {
                "reason": reason.value,
                "chargingStation": {
                    "vendorName": plate.vendor,
                    "model": plate.model,
                    "serialNumber": plate.serial_number[:25],
                    "firmwareVersion": plate.firmware,
                },
            },
        )

    def shown(self, state: ConnectorStatus) -> ConnectorStatus:
        """Return Occupied for every state in which a car is plugged."""
        return state if state in _TOLD else ConnectorStatus.OCCUPIED

    def status(
        self, connector_id: ConnectorId, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """StatusNotification (G01), which the charger as a whole has none of."""
        if connector_id == WHOLE:
            return None
        return _said(
            "StatusNotification",
            {
                "timestamp": self._stamp(at),
                "connectorStatus": self.shown(state).value,
                "evseId": connector_id,
                "connectorId": PLUG,
            },
        )

    def authorize(self, id_token: IdToken) -> Said:
        """Authorize (C01)."""
        return _said("Authorize", {"idToken": token(id_token)})

    def token_status(self, answer: Payload) -> str:
        """Read idTokenInfo."""
        info = answer.get("idTokenInfo")
        return str(info.get("status", "")) if isinstance(info, dict) else ""

    def start(
        self, transaction: Transaction, samples: Sequence[Sample], state: ConnectorStatus
    ) -> Said:
        """TransactionEvent Started (E02); no token was checked again after a remote start."""
        remote = transaction.remote_start_id is not None
        trigger = Trigger.REMOTE_START if remote else Trigger.AUTHORIZED
        event = self._event("Started", transaction, trigger.value, transaction.started_at, state)
        event["evse"] = {"id": transaction.connector_id, "connectorId": PLUG}
        event["idToken"] = token(transaction.id_token)
        if remote:
            event["transactionInfo"]["remoteStartId"] = transaction.remote_start_id
        if transaction.reservation_id is not None:
            event["reservationId"] = transaction.reservation_id
        event["meterValue"] = [self._reading(samples, transaction.started_at)]
        return _said("TransactionEvent", event)

    def started(self, transaction: Transaction, answer: Payload) -> TransactionId | None:
        """Return the number that the charger gave itself."""
        del answer
        return transaction.transaction_id

    def update(
        self, transaction: Transaction, trigger: Trigger, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """TransactionEvent Updated (E02) without a reading."""
        return _said(
            "TransactionEvent", self._event("Updated", transaction, trigger.value, at, state)
        )

    def meter(
        self,
        connector_id: ConnectorId,
        samples: Sequence[Sample],
        at: datetime,
        transaction: Transaction | None,
        state: ConnectorStatus,
    ) -> Said:
        """TransactionEvent Updated (J02) within a transaction, else MeterValues (J01)."""
        if transaction is None:
            return _said(
                "MeterValues",
                {"evseId": connector_id, "meterValue": [self._reading(samples, at)]},
            )
        asked = any(sample.context == "Trigger" for sample in samples)
        trigger = Trigger.TRIGGER if asked else Trigger.METER_PERIODIC
        event = self._event("Updated", transaction, trigger.value, at, state)
        event["meterValue"] = [self._reading(samples, at)]
        return _said("TransactionEvent", event)

    def stop(
        self, transaction: Transaction, samples: Sequence[Sample], at: datetime, reason: StopReason
    ) -> Said:
        """TransactionEvent Ended (E06)."""
        stopped, trigger = _STOPS.get(reason, (reason.value, "StopAuthorized"))
        gone = reason is StopReason.EV_DISCONNECTED
        state = ConnectorStatus.AVAILABLE if gone else ConnectorStatus.FINISHING
        event = self._event("Ended", transaction, trigger, at, state)
        event["transactionInfo"]["stoppedReason"] = stopped
        event["meterValue"] = [self._reading(samples, at)]
        return _said("TransactionEvent", event)

    def transfer(self, change: TransferStatusChanged, *, signed: bool) -> Said:
        """FirmwareStatusNotification or LogStatusNotification (L01, N01)."""
        del signed
        firmware = change.transfer is Transfer.FIRMWARE
        payload: Payload = {"status": change.status}
        if change.request_id is not None:
            payload["requestId"] = change.request_id
        kind = "FirmwareStatusNotification" if firmware else "LogStatusNotification"
        return _said(kind, payload)

    def certificate_request(self, csr_pem: str) -> Said:
        """SignCertificate (A02)."""
        return _said(
            "SignCertificate",
            {"csr": csr_pem, "certificateType": "ChargingStationCertificate"},
        )

    def bad_certificate(self, at: datetime) -> Said:
        """SecurityEventNotification."""
        payload = {"type": "InvalidChargingStationCertificate", "timestamp": self._stamp(at)}
        return Said("SecurityEventNotification", lambda: payload)

    def reservation_expired(self, reservation_id: int) -> Said | None:
        """ReservationStatusUpdate (H04)."""
        return _said(
            "ReservationStatusUpdate",
            {"reservationId": reservation_id, "reservationUpdateStatus": "Expired"},
        )

    def _event(
        self,
        kind: str,
        transaction: Transaction,
        trigger: str,
        at: datetime,
        state: ConnectorStatus,
    ) -> Payload:
        event: Payload = {
            "eventType": kind,
            "timestamp": self._stamp(at),
            "triggerReason": trigger,
            "seqNo": transaction.next_sequence(),
            "transactionInfo": {
                "transactionId": transaction.name,
                "chargingState": _CHARGING_STATES.get(state, "EVConnected"),
            },
        }
        if transaction.offline():
            event["offline"] = True
        return event

    def _reading(self, samples: Sequence[Sample], at: datetime) -> Payload:
        return {"timestamp": self._stamp(at), "sampledValue": [_sample(s) for s in samples]}


def token(id_token: IdToken) -> Payload:
    """Write a token as the RFID card that it stands for."""
    return {"idToken": id_token, "type": "ISO14443"}


def _said(action: str, payload: Payload) -> Said:
    return Said(action, lambda: payload)


def _sample(sample: Sample) -> Payload:
    written: Payload = {
        "value": round(sample.value, sample.decimals),
        "context": sample.context,
        "measurand": sample.measurand,
        "location": sample.location,
        "unitOfMeasure": {"unit": sample.unit},
    }
    if sample.phase is not None:
        written["phase"] = sample.phase
    return written
