"""The server's side of a charger's day, and what must be on record at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.conformance.api import Api

type Hear = Callable[[str], Awaitable[dict[str, Any]]]
"""Waits for what the charger tells next, which must be the step or order of that name."""

PROFILE = {
    "profile_id": 1,
    "purpose": "TxProfile",
    "kind": "Relative",
    "rate_unit": "A",
    "periods": [{"start_s": 0, "limit": 8.1, "phase_count": 3}],
}


async def running(api: Api) -> int:
    """Return the transaction that runs."""
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    number: int = connector["session"]["transaction_id"]
    return number


async def accompany(api: Api, hear: Hear, version: str) -> None:
    """Order what the charger expects, in its order, and look at both ends."""
    start, stop = "RequestStartTransaction", "RequestStopTransaction"
    if version == "ocpp1.6":
        start, stop = "RemoteStartTransaction", "RemoteStopTransaction"
    await hear("strict")
    for step in ("booted", "authorized", "started"):
        assert "Accepted" == (await hear(step))["status"]
    await hear("charging")
    view = await api.get("/charge-points/{id}")
    assert view["charge_point"]["online"]
    assert "Charging" == view["connectors"][0]["state"]
    assert 1000.0 == view["connectors"][0]["session"]["energy_wh"]

    profile = PROFILE | {"transaction_id": await running(api)}
    result = await api.command("set-profile", connector_id=1, profile=profile)
    assert "accepted" == result["result"]
    assert 8.1 == limit_of((await hear("SetChargingProfile"))["payload"])

    await stopped(api, hear, stop)
    result = await api.command("remote-start", id_token="GOOD", connector_id=1)
    assert "accepted" == result["result"]
    await hear(start)
    assert "Accepted" == (await hear("started"))["status"]
    result = await api.command("remote-stop", transaction_id=await running(api))
    assert "accepted" == result["result"]
    await hear(stop)
    await hear("gone")

    sessions = await api.get("/sessions", charge_point_id=api.charger)
    assert {("Remote", 2.0), ("Remote", 0.0)} == {
        (row["stop_reason"], row["energy_kwh"]) for row in sessions
    }
    assert {version} == {row["ocpp_version"] for row in sessions}
    assert [] == await api.get("/messages", charge_point_id=api.charger, odd=True)


async def stopped(api: Api, hear: Hear, stop: str) -> None:
    """Stop the session that runs, and see it end."""
    result = await api.command("remote-stop", transaction_id=await running(api))
    assert "accepted" == result["result"]
    await hear(stop)
    await hear("stopped")
    connector = (await api.get("/charge-points/{id}"))["connectors"][0]
    assert ("Available", None) == (connector["state"], connector["session"])


def limit_of(payload: dict[str, Any]) -> float:
    """Return the first limit of a SetChargingProfile as the charger read it."""
    profile = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedule = profile["chargingSchedule"]
    first = schedule[0] if isinstance(schedule, list) else schedule
    return float(first["chargingSchedulePeriod"][0]["limit"])
