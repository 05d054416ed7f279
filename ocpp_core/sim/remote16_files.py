"""Firmware and logs by order of a 1.6 server (sections 5.9 and 5.19; whitepaper L01 and N01)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.commands import GetDiagnostics, GetLog, LogKind, UpdateFirmware
from ocpp_core.domain.events import Transfer
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies16 import said
from ocpp_core.sim.stamp import instant
from ocpp_core.sim.transfers import TransferOrder
from ocpp_core.sim.wire import Payload, Reply


def update_firmware(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer UpdateFirmware, which cannot be refused."""
    order = UpdateFirmware(
        location=str(payload["location"]), retrieve_at=instant(payload["retrieveDate"])
    )
    return Reply({}, then=lambda: charger.upkeep.begin(order))


def update_signed_firmware(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer SignedUpdateFirmware."""
    firmware = payload["firmware"]
    order = UpdateFirmware(
        location=str(firmware["location"]),
        retrieve_at=instant(firmware["retrieveDateTime"]),
        install_at=_instant(firmware.get("installDateTime")),
        signing_certificate=str(firmware["signingCertificate"]),
        signature=str(firmware["signature"]),
        request_id=int(payload["requestId"]),
    )
    refusal = charger.upkeep.refusal_of(order)
    return said(refusal) if refusal else _begun(charger, order)


def diagnostics(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetDiagnostics."""
    order = GetDiagnostics(location=str(payload["location"]))
    name = charger.upkeep.file_name(Transfer.DIAGNOSTICS)
    return Reply({"fileName": name}, then=lambda: charger.upkeep.begin(order))


def log(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetLog."""
    order = GetLog(
        kind=LogKind(payload["logType"]),
        location=str(payload["log"]["remoteLocation"]),
        request_id=int(payload["requestId"]),
    )
    begun = _begun(charger, order)
    name = charger.upkeep.file_name(Transfer.LOG)
    return Reply({**begun.payload, "filename": name}, then=begun.then)


def _begun(charger: ChargerBody, order: TransferOrder) -> Reply:
    canceled = charger.upkeep.is_busy(order)
    return said(
        "AcceptedCanceled" if canceled else "Accepted", then=lambda: charger.upkeep.begin(order)
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
