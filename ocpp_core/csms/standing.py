"""Links that stand are held, again and again, against what is asked of a charger by now.

A password that was changed, a certificate that was revoked or has ended, a charger that was taken
off the site: whoever is connected with it is sent away, and has to prove itself anew. Links are
looked at in slices, so that thousands of them do not hold up a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import batched

from websockets.frames import CloseCode

from ocpp_core.csms.context import Context, log
from ocpp_core.csms.counts import Count
from ocpp_core.csms.link import Link
from ocpp_core.csms.proof import lapsed
from ocpp_core.csms.registrations import Registrations
from ocpp_core.csms.registry import Registry
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.ports import Credentials

SLICE_LINKS = 250
"""Links that are looked at in one turn of the loop, about a millisecond."""


class StandingLinks:
    """Ends the links whose charger would not be let in any more."""

    def __init__(
        self,
        context: Context,
        registry: Registry,
        credentials: Credentials,
        registrations: Registrations,
        wall: Clock,
    ) -> None:
        """`registrations` is told who was sent away since its own was withdrawn."""
        self._context = context
        self._registry = registry
        self._credentials = credentials
        self._registrations = registrations
        self._wall = wall
        self._timer: asyncio.TimerHandle | None = None
        self._unknown = ""
        """Why nothing could be compared the last time."""

    def start(self) -> None:
        """Look at every link each `recheck_interval_s`."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(
            self._context.options.recheck_interval_s, self._next_slice, loop, None
        )

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -------------------------------------------------------------------------------------------

    def _next_slice(
        self,
        loop: asyncio.AbstractEventLoop,
        slices: Iterator[tuple[tuple[ChargePointId, Link], ...]] | None,
    ) -> None:
        if slices is None:
            up = [(s.charge_point_id, s.link) for s in self._registry if s.link is not None]
            slices = iter(batched(up, SLICE_LINKS))
        links = next(slices, ())
        if links:
            self._look_at(links)
            self._timer = loop.call_later(0.0, self._next_slice, loop, slices)
        else:
            self.start()

    def _look_at(self, links: tuple[tuple[ChargePointId, Link], ...]) -> None:
        try:
            asked = self._credentials.accesses(name for name, _ in links)
            revoked = self._credentials.revoked()
        except AmpherdError as error:
            # Nobody is let in by credentials that cannot be read, and nobody is sent away by them.
            if str(error) != self._unknown:
                self._unknown = str(error)
                log.error("links that stand cannot be compared", reason=self._unknown)
            return
        self._unknown = ""
        now, operator = self._wall.now(), self._credentials.operator
        for name, link in links:
            if not link.is_open or link.proof is None:
                continue
            why = lapsed(link.proof, asked[name], operator=operator, revoked=revoked, now=now)
            if why is None and self._is_withdrawn(name):
                self._registrations.cut(name)
                why = "its registration was withdrawn"
            if why is not None:
                self._context.counts[Count.CONNECTIONS_LAPSED] += 1
                log.warning("connection ended", charge_point=name, address=link.address, reason=why)
                link.close(CloseCode.POLICY_VIOLATION, why)

    def _is_withdrawn(self, name: ChargePointId) -> bool:
        policy = self._context.policy
        return policy.registration(name) is BootStatus.REJECTED and policy.may_speak(
            self._context.live, name
        )
