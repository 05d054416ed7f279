"""Chargers of the PyPI package `ocpp`, with its own validation, over `websockets`."""

from __future__ import annotations

import asyncio
import base64
import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.conformance.api import Api
from tests.conformance.conftest import PASSWORD, Server
from tests.interop.day import accompany

WAIT_S = 30.0
MODULES = {"ocpp1.6": "ocpp.v16", "ocpp2.0.1": "ocpp.v201", "ocpp2.1": "ocpp.v21"}
TOKEN = {"id_token": "GOOD", "type": "ISO14443"}


MINUTES = {1000: 0, 1500: 10, 2000: 20, 3000: 40}
"""When the register shows so many Wh, after the first session's start."""


def now() -> str:
    return datetime.now(UTC).isoformat()


def charger_class(version: str) -> type[Any]:
    """Return the package's charger of a version, with handlers that tell what they heard."""
    package = importlib.import_module(MODULES[version])
    words = {
        "ocpp1.6": ("RemoteStartTransaction", "RemoteStopTransaction"),
    }.get(version, ("RequestStartTransaction", "RequestStopTransaction"))

    def handler(action: str) -> Callable[..., Any]:
        answer = getattr(package.call_result, action)

        def handle(self: Any, **payload: Any) -> Any:
            self.told.put_nowait({"heard": action, "payload": camel(payload)})
            self.orders.put_nowait(action)
            return answer(status="Accepted")

        handle.__name__ = action  # the package looks handlers up by that
        routed: Callable[..., Any] = on(action)(handle)
        return routed

    handlers = {action: handler(action) for action in ("SetChargingProfile", *words)}
    return type("Charger", (package.ChargePoint,), handlers)


def camel(value: Any) -> Any:
    """Give names back the case that they have on the wire."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if isinstance(value, dict):
        return {_camel_name(name): camel(one) for name, one in value.items()}
    return value


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Day:
    """What the charger does, in the order in which the server expects it."""

    def __init__(self, charger: Any, version: str) -> None:
        self.charger = charger
        self.call = importlib.import_module(MODULES[version]).call
        self.transaction: Any = None
        self.sessions = 0
        self.woke_at = datetime.now(UTC)

    def at(self, wh: int) -> str:
        """Return when the register showed that; the first session began an hour ago."""
        if self.sessions > 1:
            return now()
        return (self.woke_at + timedelta(minutes=MINUTES[wh] - 60)).isoformat()

    async def say(self, action: str, **payload: Any) -> Any:
        return await self.charger.call(
            getattr(self.call, action)(**payload), suppress=False, skip_schema_validation=False
        )

    def tell(self, step: str, status: str = "") -> None:
        self.charger.told.put_nowait({"step": step, "status": status})

    async def order(self, *actions: str) -> None:
        action = await self.charger.orders.get()
        assert action in actions, action

    async def spend(self) -> None:
        with pytest.raises(OCPPError):  # its own validation; nothing is sent
            await self.say("DataTransfer", vendor_id="x" * 256)
        self.tell("strict")
        self.tell("booted", await self.boot())
        await self.status("Available")
        await self.say("Heartbeat")
        self.tell("authorized", await self.authorize())
        self.tell("started", await self.start())
        for wh in (1500, 2000):
            await self.meter(wh)
        self.tell("charging")
        await self.order("SetChargingProfile")
        await self.order("RemoteStopTransaction", "RequestStopTransaction")
        await self.stop(3000)
        self.tell("stopped")
        await self.order("RemoteStartTransaction", "RequestStartTransaction")
        self.tell("started", await self.start())
        await self.order("RemoteStopTransaction", "RequestStopTransaction")
        await self.stop(1000)

    async def boot(self) -> str:
        raise NotImplementedError

    async def status(self, word: str) -> None:
        raise NotImplementedError

    async def authorize(self) -> str:
        raise NotImplementedError

    async def start(self) -> str:
        raise NotImplementedError

    async def meter(self, wh: int) -> None:
        raise NotImplementedError

    async def stop(self, wh: int) -> None:
        raise NotImplementedError


class DayOf16(Day):
    """In the words of OCPP 1.6."""

    async def boot(self) -> str:
        answer = await self.say(
            "BootNotification", charge_point_vendor="Interop", charge_point_model="Python"
        )
        return str(answer.status)

    async def status(self, word: str) -> None:
        await self.say("StatusNotification", connector_id=1, error_code="NoError", status=word)

    async def authorize(self) -> str:
        return str((await self.say("Authorize", id_tag="GOOD")).id_tag_info["status"])

    async def start(self) -> str:
        self.sessions += 1
        await self.status("Preparing")
        answer = await self.say(
            "StartTransaction",
            connector_id=1,
            id_tag="GOOD",
            meter_start=1000,
            timestamp=self.at(1000),
        )
        self.transaction = answer.transaction_id
        await self.status("Charging")
        return str(answer.id_tag_info["status"])

    async def meter(self, wh: int) -> None:
        reading = {"timestamp": self.at(wh), "sampled_value": [{"value": str(wh), "unit": "Wh"}]}
        await self.say(
            "MeterValues", connector_id=1, transaction_id=self.transaction, meter_value=[reading]
        )

    async def stop(self, wh: int) -> None:
        await self.say(
            "StopTransaction",
            transaction_id=self.transaction, meter_stop=wh, timestamp=self.at(wh), reason="Remote",
        )  # fmt: skip
        await self.status("Available")


class DayOf2(Day):
    """In the words of OCPP 2.0.1 and 2.1."""

    sequence = 0

    async def boot(self) -> str:
        station = {"vendor_name": "Interop", "model": "Python"}
        answer = await self.say("BootNotification", reason="PowerUp", charging_station=station)
        return str(answer.status)

    async def status(self, word: str) -> None:
        await self.say(
            "StatusNotification",
            timestamp=now(), connector_status=word, evse_id=1, connector_id=1,
        )  # fmt: skip

    async def authorize(self) -> str:
        return str((await self.say("Authorize", id_token=TOKEN)).id_token_info["status"])

    async def event(
        self, kind: str, cause: str, wh: int, context: str, state: str, **more: Any
    ) -> Any:
        sample = {
            "value": wh, "measurand": "Energy.Active.Import.Register", "context": context,
        }  # fmt: skip
        info = {"transaction_id": self.transaction, "charging_state": state}
        self.sequence += 1
        return await self.say(
            "TransactionEvent",
            event_type=kind,
            timestamp=self.at(wh),
            trigger_reason=cause,
            seq_no=self.sequence - 1,
            transaction_info=info | more.pop("info", {}),
            evse={"id": 1, "connector_id": 1},
            meter_value=[{"timestamp": self.at(wh), "sampled_value": [sample]}],
            **more,
        )

    async def start(self) -> str:
        self.sessions += 1
        self.transaction = f"{self.charger.id}-{self.sessions}"
        self.sequence = 0
        await self.status("Occupied")
        answer = await self.event(
            "Started", "Authorized", 1000, "Transaction.Begin", "Charging", id_token=TOKEN
        )
        return str(answer.id_token_info["status"])

    async def meter(self, wh: int) -> None:
        await self.event("Updated", "MeterValuePeriodic", wh, "Sample.Periodic", "Charging")

    async def stop(self, wh: int) -> None:
        info = {"stopped_reason": "Remote"}
        await self.event("Ended", "RemoteStop", wh, "Transaction.End", "EVConnected", info=info)
        await self.status("Available")


@pytest.mark.parametrize("version", MODULES)
async def test_a_charger_of_pypi_spends_a_day(server: Server, api: Api, version: str) -> None:
    basic = base64.b64encode(f"{api.charger}:{PASSWORD}".encode()).decode()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def hear(name: str) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            line = await told.get()
        assert name == (line.get("step") or line.get("heard")), line
        return line

    async def day() -> None:
        async with connect(
            f"{server.ocpp}/{api.charger}",
            subprotocols=[Subprotocol(version)],
            additional_headers={"Authorization": f"Basic {basic}"},
            proxy=None,
        ) as socket:
            charger = charger_class(version)(api.charger, socket)
            charger.told, charger.orders = told, asyncio.Queue()
            listening = asyncio.create_task(charger.start())
            try:
                await (DayOf16 if version == "ocpp1.6" else DayOf2)(charger, version).spend()
            finally:
                listening.cancel()
        told.put_nowait({"step": "gone"})

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(day())
        await accompany(api, hear, version)
