"""BootNotification (OCPP 2.0.1 B01 to B03)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Booted, BootReply
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, encode
from ocpp_core.protocol.v201.message import Wire


class Modem(Wire, frozen=True, kw_only=True):
    """What it calls with."""

    iccid: str = ""
    imsi: str = ""


class ChargingStation(Wire, frozen=True, kw_only=True):
    """The charger's introduction; too long texts are kept whole."""

    vendor_name: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    modem: Modem | None = None


class Request(Wire, frozen=True, kw_only=True):
    """A charger that started, and why."""

    charging_station: ChargingStation
    reason: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> Booted:
    """Read the charger's introduction."""
    del received_at
    station = request.charging_station
    for name, text, limit in (
        ("vendorName", station.vendor_name, 50),
        ("model", station.model, 20),
    ):
        if len(text) > limit:
            findings.append(f"field {name} has {len(text)} characters where {limit} are allowed")
    return Booted(
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number,
        firmware_version=station.firmware_version,
        reason=request.reason,
    )


def to_payload(reply: BootReply) -> bytes:
    """Write the registration and the time."""
    return encode(
        {
            "status": reply.status,
            "currentTime": wiretime.write(reply.at),
            "interval": reply.heartbeat_interval_s,
        }
    )


MESSAGE = Inbound(
    "BootNotification", Request, to_event, to_payload, open_enums=frozenset({"reason"})
)
