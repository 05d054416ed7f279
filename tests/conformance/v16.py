"""What a charger of OCPP 1.6 says in nearly every case."""

from __future__ import annotations

from typing import Any

from tests.conformance.station import Station


async def boot(station: Station) -> dict[str, Any]:
    """Announce itself."""
    return await station.result(
        "BootNotification",
        {"chargePointVendor": "Vendor", "chargePointModel": "Model", "firmwareVersion": "1.0"},
    )


async def status(station: Station, connector: int, state: str, error: str = "NoError") -> None:
    """Tell a connector's state."""
    await station.result(
        "StatusNotification", {"connectorId": connector, "errorCode": error, "status": state}
    )


async def available(station: Station) -> None:
    """Tell that everything is free."""
    for connector in (0, 1, 2):
        await status(station, connector, "Available")
