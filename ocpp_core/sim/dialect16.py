"""OCPP 1.6J as a charger speaks it; `wire16` has the payloads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ocpp_core.domain.events import ConnectorStatus, StopReason, Transfer, TransferStatusChanged
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.sim import wire16
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.dialect import BootReason, Nameplate, Said, Trigger, Version
from ocpp_core.sim.meter import Sample
from ocpp_core.sim.stamp import Stamp
from ocpp_core.sim.wire import Payload

_REASONS = {
    StopReason.IMMEDIATE_RESET: StopReason.HARD_RESET,
    StopReason.STOPPED_BY_EV: StopReason.LOCAL,
    StopReason.TIMEOUT: StopReason.OTHER,
}
"""Words of OCPP 2 in those of 1.6."""

_TRANSFERS = {
    Transfer.DIAGNOSTICS: "DiagnosticsStatusNotification",
    Transfer.FIRMWARE: "FirmwareStatusNotification",
    Transfer.LOG: "LogStatusNotification",
}


class Dialect16:
    """OCPP 1.6J; `stamp` writes its instants."""

    version: Final = Version.V16
    malformed: Final = "FormationViolation"
    names_transactions: Final = False

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp

    def boot(self, plate: Nameplate, reason: BootReason) -> Said:
        """BootNotification."""
        del reason
        payload = wire16.boot(
            vendor=plate.vendor,
            model=plate.model,
            serial_number=plate.serial_number,
            firmware=plate.firmware,
        )
        return Said("BootNotification", lambda: payload)

    def shown(self, state: ConnectorStatus) -> ConnectorStatus:
        """Return the state itself: 1.6 has a word for every one."""
        return state

    def status(
        self, connector_id: ConnectorId, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """StatusNotification, for connector 0 as well."""
        payload = wire16.status(connector_id, state, at, self._stamp)
        return Said("StatusNotification", lambda: payload)

    def authorize(self, id_token: IdToken) -> Said:
        """Authorize."""
        return Said("Authorize", lambda: {"idTag": id_token})

    def token_status(self, answer: Payload) -> str:
        """Read idTagInfo."""
        info = answer.get("idTagInfo")
        return str(info.get("status", "")) if isinstance(info, dict) else ""

    def start(
        self, transaction: Transaction, samples: Sequence[Sample], state: ConnectorStatus
    ) -> Said:
        """StartTransaction."""
        del samples, state
        payload = wire16.start_transaction(
            transaction.connector_id,
            transaction.id_token,
            transaction.meter_start_wh,
            transaction.started_at,
            self._stamp,
            transaction.reservation_id,
        )
        return Said("StartTransaction", lambda: payload)

    def started(self, transaction: Transaction, answer: Payload) -> TransactionId | None:
        """Read the id that the server gave."""
        del transaction
        given = answer.get("transactionId")
        return TransactionId(given) if isinstance(given, int) else None

    def update(
        self, transaction: Transaction, trigger: Trigger, state: ConnectorStatus, at: datetime
    ) -> Said | None:
        """Return nothing: 1.6 tells of a transaction by status and meter alone."""
        del transaction, trigger, state, at
        return None

    def meter(
        self,
        connector_id: ConnectorId,
        samples: Sequence[Sample],
        at: datetime,
        transaction: Transaction | None,
        state: ConnectorStatus,
    ) -> Said:
        """MeterValues; the id of the transaction is looked up when it is sent."""
        del state
        values = wire16.samples(samples)
        return Said(
            "MeterValues",
            lambda: wire16.meter_values(
                connector_id,
                values,
                at,
                transaction_id=None if transaction is None else transaction.transaction_id,
                in_transaction=transaction is not None,
                stamp=self._stamp,
            ),
        )

    def transfer(self, change: TransferStatusChanged, *, signed: bool) -> Said:
        """The notification of its kind; only those of the security whitepaper carry a number."""
        action = _TRANSFERS[change.transfer]
        payload: Payload = {"status": change.status}
        if change.transfer is Transfer.FIRMWARE and signed:
            action = f"Signed{action}"
        if change.request_id is not None and (signed or change.transfer is Transfer.LOG):
            payload["requestId"] = change.request_id
        return Said(action, lambda: payload)

    def certificate_request(self, csr_pem: str) -> Said:
        """SignCertificate."""
        return Said("SignCertificate", lambda: {"csr": csr_pem})

    def bad_certificate(self, at: datetime) -> Said:
        """SecurityEventNotification."""
        payload = {"type": "InvalidChargePointCertificate", "timestamp": self._stamp(at)}
        return Said("SecurityEventNotification", lambda: payload)

    def reservation_expired(self, reservation_id: int) -> Said | None:
        """Return nothing: 1.6 tells only that the connector is available again."""
        del reservation_id
        return None

    def stop(
        self, transaction: Transaction, samples: Sequence[Sample], at: datetime, reason: StopReason
    ) -> Said:
        """StopTransaction; no token, since nobody presented one again."""
        del samples
        return Said(
            "StopTransaction",
            lambda: wire16.stop_transaction(
                transaction.transaction_id,
                None,
                transaction.meter_stop_wh,
                at,
                _REASONS.get(reason, reason),
                self._stamp,
            ),
        )
