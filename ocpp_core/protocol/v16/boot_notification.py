"""BootNotification (OCPP 1.6 section 4.2)."""

from __future__ import annotations

from datetime import datetime

from ocpp_core.domain.events import Booted, BootReply
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Wire, encode


class Request(Wire, frozen=True):
    """The charger's introduction; too long texts are kept whole."""

    charge_point_vendor: str
    charge_point_model: str
    charge_point_serial_number: str = ""
    charge_box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""


def to_event(request: Request, received_at: datetime, findings: list[str]) -> Booted:
    """Read the charger's introduction."""
    del received_at
    for name, text in (
        ("chargePointVendor", request.charge_point_vendor),
        ("chargePointModel", request.charge_point_model),
    ):
        if len(text) > 20:
            findings.append(f"field {name} has {len(text)} characters where 20 are allowed")
    return Booted(
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=request.charge_point_serial_number or request.charge_box_serial_number,
        firmware_version=request.firmware_version,
        meter_type=request.meter_type,
        meter_serial_number=request.meter_serial_number,
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


MESSAGE = Inbound("BootNotification", Request, to_event, to_payload)
