"""Chargers of the PyPI distribution `ocpp`, which this project did not write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

from ocpp.routing import on
from ocpp.v21 import ChargePoint as ChargePoint21
from ocpp.v21 import call as calls_21
from ocpp.v21 import call_result as results_21
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as calls_201
from ocpp.v201 import call_result as results_201

from tests.ocpp_core.csms.rig import Rig

_BASES: dict[str, tuple[type[Any], ModuleType, ModuleType]] = {
    "ocpp2.0.1": (ChargePoint201, results_201, calls_201),
    "ocpp2.1": (ChargePoint21, results_21, calls_21),
}


class Client:
    """A charger that judges what it hears by its own schemas and answers as it is told."""

    def __init__(self, version: str, socket: Any) -> None:
        base, self.results, self.calls = _BASES[version]
        self.heard: list[tuple[str, dict[str, Any]]] = []
        """Action and payload in snake_case, as the library hands them over."""
        self.answers: dict[str, Any] = {}
        """By action: what to answer, a class of `results` or an exception of the library."""
        handlers = {
            f"hear_{name.lower()}": on(name)(self._hearing(name))
            for name in dir(self.results)
            if isinstance(getattr(self.results, name), type) and name in dir(self.calls)
        }
        self.point = type("Charger", (base,), handlers)("CP1", socket)

    def _hearing(self, action: str) -> Callable[..., Any]:
        def hear(_: Any, **payload: Any) -> Any:
            self.heard.append((action, payload))
            answer = self.answers[action]
            if isinstance(answer, Exception):
                raise answer
            return answer

        hear.__name__ = f"hear_{action.lower()}"
        return hear

    def answer(self, action: str, **fields: Any) -> None:
        """Answer `action` with these fields from now on."""
        self.answers[action] = getattr(self.results, action)(**fields)


@asynccontextmanager
async def client(rig: Rig, version: str) -> AsyncIterator[Client]:
    """Connect a charger of that distribution and let it run."""
    charger = await rig.charger(subprotocols=(version,))
    subject = Client(version, charger.socket)
    running = asyncio.create_task(subject.point.start())
    try:
        yield subject
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
