"""A charger of OCPP 2.1 whose car can give back, and a site that lets it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ampherd.config import load_config
from ampherd.runtime.system import System
from ocpp_core.domain.clock import PacedClock
from tests.ampherd.cli.test_serve import SITE
from tests.scenarios.test_transaction_events import START, Wire, energy, event

GIVES = """
[v2g]
depth_wh = 10_000
wear_price_per_kwh = 0.05
[tariff.site]
kind = "time-of-use"
[[tariff.site.bands]]
start = "06:00"
end = "10:00"
price_per_kwh = 0.60
[[tariff.site.bands]]
price_per_kwh = 0.10
"""
NEEDS = {
    "evseId": 1,
    "chargingNeeds": {
        "requestedEnergyTransfer": "AC_BPT",
        "departureTime": (START + timedelta(hours=9)).isoformat(),
        "v2xChargingParameters": {
            "maxChargePower": 11_000,
            "maxDischargePower": 7_000,
            "evTargetEnergyRequest": 5_000,
            "evMinV2XEnergyRequest": -8_000,
        },
    },
}


async def test_a_car_is_told_to_give_in_a_dear_hour(tmp_path: Path) -> None:
    """2.1 section Q: CentralSetpoint; the site's clock is two hours ahead of UTC."""
    path = tmp_path / "site.toml"
    text = SITE.replace("sql_port = 0", "sql_port = 0\naccept_unknown_tokens = true")
    text = text.replace('currency = "EUR"', 'currency = "EUR"\nbuilding_peak_w = 9000')
    path.write_text(text + GIVES)
    clock = PacedClock(START, 2_000)

    async with System(load_config(path, {}), clock, demo=True) as system:
        pacing = asyncio.create_task(clock.run())
        protocols = [Subprotocol("ocpp2.1")]
        async with connect(f"{system.ocpp_url}/CP-1", subprotocols=protocols, proxy=None) as socket:
            wire = Wire(socket)
            station = {"vendorName": "V", "model": "M"}
            await wire.call("BootNotification", {"reason": "PowerUp", "chargingStation": station})
            token = {"idToken": "CARD", "type": "ISO14443"}
            asked = await wire.call("Authorize", {"idToken": token})
            assert {"AC_BPT", "DC_BPT"} < set(asked["allowedEnergyTransfer"])
            started = event("Started", 0, 1, evse={"id": 1}, idToken=token)
            await wire.call("TransactionEvent", started | {"meterValue": energy(1, 1000)})
            assert {"status": "Accepted"} == await wire.call("NotifyEVChargingNeeds", NEEDS)
            told: dict[str, object] = {}
            while "setpoint" not in told:
                profile = (await wire.until_told("SetChargingProfile"))["chargingProfile"]
                [told] = profile["chargingSchedule"][0]["chargingSchedulePeriod"]
            ahead = system.planner.ahead
        pacing.cancel()
        with suppress(asyncio.CancelledError):
            await pacing

    assert "CentralSetpoint" == told["operationMode"]
    assert 0 == told["limit"]
    assert told["setpoint"] == told["dischargeLimit"]
    assert isinstance(told["setpoint"], float)
    assert -7_000 / 690 - 1e-9 <= told["setpoint"] <= -6
    assert ahead is not None
    [need] = ahead.snapshot.sessions
    assert need.discharge is not None
    assert 8_000 == need.discharge.available_wh
