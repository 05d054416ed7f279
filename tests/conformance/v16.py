"""What a charger of OCPP 1.6 says in nearly every case."""

from __future__ import annotations

from typing import Any

from tests.conformance.station import Station

START = "2026-03-01T10:00:00Z"
STOP = "2026-03-01T10:30:00Z"


async def boot(station: Station) -> dict[str, Any]:
    """Announce itself."""
    return await station.result(
        "BootNotification",
        {"chargePointVendor": "Vendor", "chargePointModel": "Model", "firmwareVersion": "1.0"},
    )


async def status(station: Station, connector: int, state: str, error: str = "NoError") -> None:
    """Tell a connector's state; the answer is empty."""
    answer = await station.result(
        "StatusNotification", {"connectorId": connector, "errorCode": error, "status": state}
    )
    assert {} == answer


async def available(station: Station) -> None:
    """Tell that everything is free."""
    for connector in (0, 1, 2):
        await status(station, connector, "Available")


async def booted(station: Station) -> Station:
    """Announce itself and tell that everything is free."""
    assert "Accepted" == (await boot(station))["status"]
    await available(station)
    return station


async def authorize(station: Station, token: str = "GOOD") -> str:
    """Ask whether a token may charge; return the answer's status."""
    answer = await station.result("Authorize", {"idTag": token})
    word: str = answer["idTagInfo"]["status"]
    return word


async def start(
    station: Station, token: str = "GOOD", *, connector: int = 1, at: str = START, **more: Any
) -> dict[str, Any]:
    """Begin a transaction and return the answer."""
    return await station.result(
        "StartTransaction",
        {"connectorId": connector, "idTag": token, "meterStart": 1000, "timestamp": at} | more,
    )


async def started(station: Station, token: str = "GOOD") -> int:
    """Plug in, authorise, charge; return the transaction's id."""
    await status(station, 1, "Preparing")
    assert "Accepted" == await authorize(station, token)
    answer = await start(station, token)
    assert "Accepted" == answer["idTagInfo"]["status"]
    await status(station, 1, "Charging")
    transaction_id: int = answer["transactionId"]
    return transaction_id


async def stop(
    station: Station, transaction_id: int, reason: str | None = None, **more: Any
) -> dict[str, Any]:
    """End a transaction and return the answer."""
    payload = {"transactionId": transaction_id, "meterStop": 3000, "timestamp": STOP} | more
    if reason is not None:
        payload["reason"] = reason
    return await station.result("StopTransaction", payload)
