"""How a charger restarts: when it is told to, once it is idle, for new firmware, or by a crash."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping

from ocpp_core.domain.commands import ResetKind
from ocpp_core.domain.events import StopReason
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.sim.bay import Bay
from ocpp_core.sim.dialect import BootReason
from ocpp_core.sim.sessions import Sessions
from ocpp_core.sim.statuses import Statuses
from ocpp_core.sim.terminal import Terminal


class Restarts:
    """Ends what runs, closes the link and boots again."""

    def __init__(
        self,
        *,
        bays: Mapping[ConnectorId, Bay],
        terminal: Terminal,
        sessions: Sessions,
        statuses: Statuses,
        spawn: Callable[[Coroutine[None, None, object]], None],
    ) -> None:
        self._bays = bays
        self._terminal = terminal
        self._sessions = sessions
        self._statuses = statuses
        self._spawn = spawn
        self._waits_until_idle = False

    def reset(self, kind: ResetKind) -> None:
        """Restart: transactions end, the link is closed, then it boots again."""
        self._spawn(self._reboot(kind))

    def reset_when_idle(self) -> None:
        """Restart when the last transaction is over (OCPP 2.0.1 B12)."""
        self._waits_until_idle = True

    def transaction_ended(self) -> None:
        """Restart if this was waited for."""
        idle = all(bay.transaction is None for bay in self._bays.values())
        if self._waits_until_idle and idle:
            self._waits_until_idle = False
            self.reset(ResetKind.SOFT)

    async def crash(self) -> None:
        """Restart without a word; the transactions' ends are told after the boot."""
        self._terminal.link.cut()
        self._terminal.forget_link()
        self._end_all(StopReason.POWER_LOSS)
        self._statuses.forget()
        await self._terminal.reboot(BootReason.WATCHDOG)

    async def _reboot(self, kind: ResetKind) -> None:
        soft = kind is ResetKind.SOFT
        self._end_all(StopReason.SOFT_RESET if soft else StopReason.HARD_RESET)
        if soft and self._terminal.ready.is_set():
            # A message behind all others tells when they are through.
            await self._terminal.say("Heartbeat", {}).outcome
        self._statuses.forget()
        await self._terminal.reboot()

    def _end_all(self, reason: StopReason) -> None:
        for bay in self._bays.values():
            self._sessions.end(bay, reason)
