"""What a charger of OCPP 2.0.1 says in nearly every case."""

from __future__ import annotations

import itertools
from typing import Any

from tests.conformance.api import Api
from tests.conformance.station import Station

VERSION = "ocpp2.0.1"
AT = "2026-03-01T10:00:00Z"
WRITTEN_AT = "2026-03-01T10:00:00.000Z"
LATER = "2026-03-01T10:30:00Z"
SIGNED = {
    "signedMeterData": "c2lnbmVk", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "",
}  # fmt: skip
"""A signature of a meter value; nobody here checks it."""

_names = itertools.count(1)


async def boot(station: Station, reason: str = "PowerUp", **more: Any) -> dict[str, Any]:
    """Announce itself."""
    return await station.result(
        "BootNotification",
        {"reason": reason, "chargingStation": {"vendorName": "Vendor", "model": "Model"}} | more,
    )


async def status(station: Station, evse: int, state: str) -> None:
    """Tell the state of an EVSE's connector; the answer is empty."""
    payload = {"timestamp": AT, "connectorStatus": state, "evseId": evse, "connectorId": 1}
    assert {} == await station.result("StatusNotification", payload)


async def booted(station: Station) -> Station:
    """Announce itself and tell that everything is free."""
    assert "Accepted" == (await boot(station))["status"]
    for evse in (1, 2):
        await status(station, evse, "Available")
    return station


def token(text: str = "GOOD", kind: str = "ISO14443") -> dict[str, str]:
    """Return a token as messages carry it."""
    return {"idToken": text, "type": kind}


async def authorize(station: Station, text: str = "GOOD") -> dict[str, Any]:
    """Ask whether a token may charge; return what the answer says of it."""
    answer = await station.result("Authorize", {"idToken": token(text)})
    info: dict[str, Any] = answer["idTokenInfo"]
    return info


def metered(wh: float, context: str, at: str = AT, **more: Any) -> dict[str, Any]:
    """Return a meter value: the register."""
    sample = {"value": wh, "measurand": "Energy.Active.Import.Register", "context": context}
    return {"timestamp": at, "sampledValue": [sample | more]}


class Transaction:
    """One transaction as its charger tells it, event by event, numbered from 0."""

    def __init__(self, station: Station, evse: int | None = 1) -> None:
        self.name = f"{station.name}-{next(_names)}"
        self.evse = evse
        self.sequence = itertools.count()
        self._station = station

    async def event(
        self,
        kind: str,
        cause: str,
        state: str | None = None,
        *,
        of: str | None = None,
        at: str = AT,
        reason: str | None = None,
        remote_start_id: int | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Tell the next event and return the answer; `of` is the token that was presented."""
        info = {
            "transactionId": self.name,
            "chargingState": state,
            "stoppedReason": reason,
            "remoteStartId": remote_start_id,
        }
        payload = {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": cause,
            "seqNo": next(self.sequence),
            "transactionInfo": {name: value for name, value in info.items() if value is not None},
        }
        if self.evse is not None:
            payload["evse"] = {"id": self.evse, "connectorId": 1}
        if of is not None:
            payload["idToken"] = token(of)
        return await self._station.result("TransactionEvent", payload | more)

    async def started(
        self, cause: str, state: str | None = None, of: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Begin."""
        return await self.event("Started", cause, state, of=of, **more)

    async def updated(
        self, cause: str, state: str | None = None, of: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Go on."""
        return await self.event("Updated", cause, state, of=of, **more)

    async def ended(
        self, cause: str, reason: str, state: str = "Idle", **more: Any
    ) -> dict[str, Any]:
        """End."""
        more = {"at": LATER} | more
        return await self.event("Ended", cause, state, reason=reason, **more)


async def charging(station: Station, evse: int = 1) -> Transaction:
    """Plug in, authorise, charge."""
    await status(station, evse, "Occupied")
    transaction = Transaction(station, evse)
    await transaction.started("CablePluggedIn", "EVConnected")
    answer = await transaction.updated("Authorized", "EVConnected", of="GOOD")
    assert "Accepted" == answer["idTokenInfo"]["status"]
    await transaction.updated("ChargingStateChanged", "Charging")
    return transaction


# What is on record -----------------------------------------------------------------------------


async def connector(api: Api, evse: int = 1) -> dict[str, Any]:
    """Return an EVSE as it is shown now."""
    view: dict[str, Any] = (await api.get("/charge-points/{id}"))["connectors"][evse - 1]
    return view


async def sessions(api: Api) -> list[dict[str, Any]]:
    """Return the charger's sessions, the latest first."""
    found: list[dict[str, Any]] = await api.get(
        "/sessions", charge_point_id=api.charger, start="2026-01-01T00:00:00Z"
    )
    return found


async def session(api: Api) -> dict[str, Any]:
    """Return the charger's latest session."""
    return (await sessions(api))[0]


async def events(api: Api) -> list[tuple[Any, ...]]:
    """Return kind, cause and state of each event of the latest session; nothing is missing."""
    rows = await api.get(f"/sessions/{(await session(api))['session_id']}/events")
    assert [] == [row for row in rows if row["missing_before"]], rows
    assert list(range(len(rows))) == [row["sequence"] for row in rows]
    return [(row["kind"], row["cause"], row["state"]) for row in rows]


async def transaction_id(api: Api, evse: int = 1) -> int:
    """Return the number that the server gave to the transaction that runs."""
    number: int = (await connector(api, evse))["session"]["transaction_id"]
    return number
