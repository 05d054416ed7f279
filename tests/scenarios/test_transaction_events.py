"""A charger of OCPP 2.0.1 on the wire, and what the whole server remembers of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ampherd.config import Config, load_config
from ampherd.runtime.system import System
from ocpp_core.domain.clock import PacedClock
from tests.ampherd.cli.test_serve import SITE

START = datetime(2024, 5, 6, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Wire:
    """The charger's end: sends CALLs, accepts every order, and keeps what it was told."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._number = 0

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        name = f"w-{self._number}"
        await self.socket.send(json.dumps([2, name, action, payload]))
        while True:
            frame = await self._receive()
            if frame is not None and frame[1] == name:
                assert frame[0] == 3, frame
                return dict(frame[2])

    async def until_told(self, action: str) -> dict[str, Any]:
        """Return the payload of the next such order."""
        seen = len(self.told)
        while not any(name == action for name, _ in self.told[seen:]):
            await self._receive()
        return next(payload for name, payload in self.told[seen:] if name == action)

    async def _receive(self) -> list[Any] | None:
        frame = json.loads(await self.socket.recv())
        if frame[0] != 2:
            return list(frame)
        self.told.append((frame[2], frame[3]))
        await self.socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
        return None


def event(kind: str, number: int, minute: int, **fields: Any) -> dict[str, Any]:
    at = START + timedelta(minutes=minute)
    return {
        "eventType": kind,
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "triggerReason": "ChargingStateChanged",
        "seqNo": number,
        "transactionInfo": {"transactionId": "c0ffee", "chargingState": "Charging"},
        **fields,
    }


def energy(minute: int, register_wh: float) -> list[dict[str, Any]]:
    at = START + timedelta(minutes=minute)
    return [{"timestamp": at.isoformat(), "sampledValue": [{"value": register_wh}]}]


async def serve(config: Config, clock: PacedClock, played: Any) -> None:
    async with System(config, clock, demo=True) as system:
        pacing = asyncio.create_task(clock.run())
        async with connect(
            f"{system.ocpp_url}/CP-1", subprotocols=[Subprotocol("ocpp2.0.1")], proxy=None
        ) as socket:
            wire = Wire(socket)
            await wire.call(
                "BootNotification",
                {
                    "reason": "PowerUp",
                    "chargingStation": {"vendorName": "V", "model": "M"},
                },
            )
            await played(system, wire)
        pacing.cancel()
        with suppress(asyncio.CancelledError):
            await pacing


async def test_a_transaction_is_followed_from_plug_to_bill_over_a_restart(tmp_path: Path) -> None:
    """OCPP.md rows 17 and section 2.2; 2.0.1 E01 to E04 and K15."""
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("sql_port = 0", "sql_port = 0\naccept_unknown_tokens = true"))
    config, clock = load_config(path, {}), PacedClock(START, 2_000)

    async def morning(system: System, wire: Wire) -> None:
        await wire.call("TransactionEvent", event("Started", 0, 0))
        assert () == system.live.open_sessions()
        answer = await wire.call(
            "TransactionEvent",
            event(
                "Updated",
                1,
                1,
                evse={"id": 1},
                idToken={"idToken": "CARD", "type": "ISO14443"},
                meterValue=energy(1, 1000),
            ),
        )
        assert "Accepted" == answer["idTokenInfo"]["status"]
        first = await wire.until_told("SetChargingProfile")
        assert "c0ffee" == first["chargingProfile"]["transactionId"]
        needs = await wire.call(
            "NotifyEVChargingNeeds",
            {
                "evseId": 1,
                "chargingNeeds": {
                    "requestedEnergyTransfer": "AC_three_phase",
                    "departureTime": (START + timedelta(hours=5)).isoformat(),
                    "acChargingParameters": {
                        "energyAmount": 11_000,
                        "evMinCurrent": 6,
                        "evMaxCurrent": 16,
                        "evMaxVoltage": 400,
                    },
                },
            },
        )
        assert "Accepted" == needs["status"]
        told_at = clock.now()
        await wire.until_told("SetChargingProfile")
        assert clock.now() - told_at < timedelta(seconds=60)

    async def evening(system: System, wire: Wire) -> None:
        (session,) = system.live.open_sessions()
        assert (1000, "CARD", 1) == (
            session.meter_start_wh,
            session.id_token,
            session.last_sequence,
        )
        assert session.car_need is not None
        await wire.call(
            "TransactionEvent",
            event(
                "Ended", 4, 90, evse={"id": 1}, meterValue=energy(90, 8000), offline=True,
            ),
        )  # fmt: skip
        with system.store.reader() as reader:
            found = reader.sessions(START - DAY, START + DAY).iloc[0]
            events = reader.transaction_events(found["session_id"])
            held = reader.profiles_in_force(clock.now(), charge_point_id="CP-1")
        assert (7.0, "c0ffee", "CP-1/1") == tuple(
            found[["energy_kwh", "station_transaction_id", "connector"]]
        )
        assert "of the events 0 to 4 these never came: 2 to 3" == found["findings"]
        assert [0, 1, 4] == list(events["sequence"])
        assert "TxProfile" not in set(held["purpose"])

    await serve(config, clock, morning)
    await serve(config, clock, evening)
