"""A simulated charger: a real OCPP client on a real WebSocket, with the physics behind it.

    async with SimulatedCharger(point=point, url="ws://127.0.0.1/ocpp", clock=clock) as charger:
        await charger.ready()
        stay = await charger.plug_in(ConnectorId(1), car, IdToken("TAG-1"))
        ...
        delivered_wh = await charger.unplug(ConnectorId(1))

It boots, tells its status, beats, meters, obeys charging profiles, connects again when the link
dies and delivers then, in order, what happened meanwhile. One CALL of its own is on the way at a
time, and simulated time stands still while it is: see `PacedClock.hold`.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable

from ocpp_core.sim import remote, remote2
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.device import Name
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.disturbance import disturb
from ocpp_core.sim.shown import shown
from ocpp_core.sim.wire import ErrorReply, Payload, Reply


class SimulatedCharger(ChargerBody):
    """A charger that answers in its version of OCPP and has the faults of its traits."""

    def _answer(self, action: str, payload: Payload) -> Reply | ErrorReply:
        if self.traits.version is Version.V16:
            return remote.answer(self, action, payload)
        return remote2.answer(self, action, payload)

    def _shown(self, name: Name) -> str | None:
        return shown(self, name)

    def _troubles(self) -> Iterable[Coroutine[None, None, None]]:
        return (disturb(self, fault, self._seed) for fault in self.traits.faults)
