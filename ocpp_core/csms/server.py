"""The central system: one listening socket, every charger of the site behind it."""

from __future__ import annotations

import asyncio
import time

from websockets.frames import CloseCode

from ocpp_core.csms.answers import AnswerPolicy
from ocpp_core.csms.certificates import CertificateDesk
from ocpp_core.csms.context import Context, log
from ocpp_core.csms.counts import Count
from ocpp_core.csms.handshake import Admitted, DoorPolicy, Throttle, TurnedAway, admit
from ocpp_core.csms.keeper import Keeper
from ocpp_core.csms.knock import Knock
from ocpp_core.csms.lifesigns import LifeSigns
from ocpp_core.csms.link import Link
from ocpp_core.csms.listening import Ports
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.csms.registrations import Registrations
from ocpp_core.csms.registry import Registry, Station
from ocpp_core.csms.standing import StandingLinks
from ocpp_core.csms.throttle import GuessThrottle
from ocpp_core.csms.told import tell_handshake
from ocpp_core.domain.clock import Clock, SystemClock
from ocpp_core.domain.commands import (
    Command,
    CommandResult,
    Offline,
    TriggerMessage,
    Unsupported,
)
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.lifecycle import Startable
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.ports import CertificateAuthority, Credentials, Ledger, SiteListener
from ocpp_core.domain.tokens import TokenBook

__all__ = ["CentralSystem", "CentralSystemOptions"]

_ALARMS_SHOWN = 5
_PINGS_ENOUGH = 2
"""Pings without an answer after which a charger is one that answers none."""
_PATIENCE = 1.5
"""How much longer than its slowest answer a charger is waited for."""


class CentralSystem(Startable):
    """Serves chargers over OCPP-J; a `Commander` for whoever steers them."""

    def __init__(
        self,
        *,
        live: LiveSite,
        ledger: Ledger,
        tokens: TokenBook,
        clock: Clock,
        listener: SiteListener,
        options: CentralSystemOptions | None = None,
        credentials: Credentials | None = None,
        authority: CertificateAuthority | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        """Without `credentials` every charger is refused, without `authority` every CSR."""
        self.options = options or CentralSystemOptions()
        self._known = frozenset(p.charge_point_id for p in live.site.charge_points)
        self._registrations = Registrations()
        self._context = Context(
            live=live,
            ledger=ledger,
            tokens=tokens,
            clock=clock,
            listener=listener,
            options=self.options,
            policy=AnswerPolicy(
                accepted=self._known,
                heartbeat_interval_s=self.options.heartbeat_interval_s,
                pending_interval_s=self.options.pending_interval_s,
                signs_certificates=authority is not None,
                cars_give=self.options.cars_give,
                registrations=self._registrations.decided,
                cut_off=self._registrations.cut_off,
            ),
        )
        if authority is not None:
            self._context.desk = CertificateDesk(
                authority=authority,
                commander=self,
                delay_s=self.options.certificate_delay_s,
                counts=self._context.counts,
            )
        self._registry = Registry(self._context)
        self._credentials = credentials or MemoryCredentials()
        self._keeper = Keeper(self._credentials)
        self._throttle = throttle or GuessThrottle(self.options.throttle, time=time.monotonic)
        self._door = DoorPolicy(
            path=self.options.path,
            known=self._known,
            allow_self_registration=self.options.allow_self_registration,
            assumed_versions=self.options.assumed_versions,
        )
        self._ports = Ports(self.options, new_link=self._new_link, counts=self._context.counts)
        self._links: set[Link] = set()
        """Every transport that is not gone, with and without a charger on it."""
        self._all_gone: asyncio.Event = asyncio.Event()
        self._life_signs = LifeSigns(self._context, self._links)
        self._standing = StandingLinks(
            self._context, self._registry, self._credentials, self._registrations, SystemClock()
        )
        self._stopping = False

    # Life --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen; raises OSError when the address cannot be had."""
        self._stopping = False
        await self._ports.open()
        self._life_signs.start()
        self._standing.start()
        log.info(
            "listening", host=self.options.host, port=self.port, tls_port=self.tls_port,
            path=self.options.path,
        )  # fmt: skip

    async def stop(self) -> None:
        """Let answers that are being committed go out, say goodbye (1001) and close the socket."""
        if not self._ports.is_open:
            return
        self._stopping = True
        self._life_signs.stop()
        self._standing.stop()
        self._ports.close()
        for link in self._links:
            link.pause_reading("stop")
        for station in self._registry:
            station.inbox.drop()
        await self._drain()
        await self._keeper.stop()
        if self._context.desk is not None:
            await self._context.desk.stop()
        for link in tuple(self._links):
            link.resume_reading("stop")
            link.close(CloseCode.GOING_AWAY, "the server stops")
        await self._wait_until_gone(self.options.close_timeout_s + 1.0)
        for link in tuple(self._links):
            link.abort()
        await self._wait_until_gone(1.0)
        await self._ports.wait_closed()

    # For whoever steers and watches -------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port of plain connections, 0: none; the configured one before the start."""
        return self._ports.port

    @property
    def tls_port(self) -> int:
        """The port of TLS connections, 0: none; the configured one before the start."""
        return self._ports.tls_port

    @property
    def counters(self) -> dict[str, int]:
        """Return every counter by its name; see `ocpp_core.csms.counts`."""
        counts = self._context.counts
        return {count.value: counts[count] for count in Count}

    def alarms(self) -> tuple[str, ...]:
        """Say who guesses passwords, one sentence each; empty in the normal case."""
        told = self._throttle.alerts()
        more = len(told) - _ALARMS_SHOWN
        return (*told[:_ALARMS_SHOWN], *((f"{more} more like these.",) if more > 0 else ()))

    def online(self) -> set[ChargePointId]:
        """Return the chargers that have a link now."""
        return self._registry.online()

    def stale(self) -> set[ChargePointId]:
        """Return who has a link and is silent for longer than expected: it may be gone already.

        Expected of who answers pings is one sign of life with each, of others a heartbeat.
        """
        now, options = asyncio.get_running_loop().time(), self.options
        return {
            station.charge_point_id
            for station in self._registry
            if (link := station.link) is not None
            and not link.is_kept_waiting
            and now - link.last_seen_at
            > (2.0 * options.ping_interval_s if link.ponged else 1.5 * options.heartbeat_interval_s)
        }

    def slowest_answer_s(self, charge_point_id: ChargePointId) -> float | None:
        """Return the longest time that a charger took for an answer, s; None: it gave none yet."""
        return self._context.slowest_s.get(charge_point_id)

    def expect_slow(self, charge_point_id: ChargePointId, after_s: float) -> None:
        """Take up from an earlier run how long a charger took for an answer, s."""
        self._context.answered_after(charge_point_id, after_s)

    def answers_pings(self, charge_point_id: ChargePointId) -> bool | None:
        """Tell whether a charger answers pings (OCPP.md row 53); None: not asked long enough."""
        station = self._registry.get(charge_point_id)
        link = None if station is None else station.link
        if link is None:
            return None
        if link.ponged:
            return True
        return False if link.pings > _PINGS_ENOUGH else None

    def version_of(self, charge_point_id: ChargePointId) -> str | None:
        """Return the OCPP version that a charger speaks now; None when it is not connected."""
        station = self._registry.get(charge_point_id)
        return None if station is None or station.link is None else station.link.subprotocol

    async def send(
        self, charge_point_id: ChargePointId, command: Command, *, timeout_s: float | None = None
    ) -> CommandResult:
        """Send one command and return how it ended.

        Commands of one charger go one after another. Raises only for a command that makes no
        sense (ValueError), never for what a charger does.
        """
        station = self._registry.get(charge_point_id)
        if station is None or self._stopping:
            self._context.counts[Count.COMMANDS_OFFLINE] += 1
            return Offline()
        refusal = self._registrations.objection(self._context.live, charge_point_id, command)
        if refusal:
            self._context.counts[Count.COMMANDS_REFUSED] += 1
            return Unsupported(reason=refusal)
        return await station.outbox.send(command, timeout_s or self._timeout_s(charge_point_id))

    def register(self, charge_point_id: ChargePointId, status: BootStatus) -> None:
        """Decide what a charger's boots are answered from now on, instead of by the site's list.

        What it may say and be sent follows with its next boot; until then nothing changes, so that
        no message of a running transaction is refused. Only of who is rejected the link is ended
        soon, and then it may say nothing before it boots.
        """
        self._registrations.decide(charge_point_id, status)

    async def accept(self, charge_point_id: ChargePointId) -> CommandResult:
        """Accept a charger that waits, and ask it to boot now instead of when its time comes."""
        self.register(charge_point_id, BootStatus.ACCEPTED)
        return await self.send(charge_point_id, TriggerMessage(message="BootNotification"))

    def disconnect(self, charge_point_id: ChargePointId, reason: str) -> bool:
        """Close the link of a charger, e.g. after its key changed; False when it has none."""
        station = self._registry.get(charge_point_id)
        if station is None or station.link is None:
            return False
        station.link.close(CloseCode.NORMAL_CLOSURE, reason)
        return True

    # LinkHost ----------------------------------------------------------------------------------

    def admit(self, knock: Knock) -> Admitted | TurnedAway:
        """Decide on a handshake."""
        return admit(knock, self._door, self._credentials, self._throttle, self._keeper.kept)

    def handshake_ended(self, link: Link, outcome: Admitted | TurnedAway | None) -> None:
        """Count and log a handshake."""
        tell_handshake(self._context.counts, link.address, outcome)

    def link_opened(self, link: Link, charge_point_id: ChargePointId) -> Station:
        """Put a charger on its new link."""
        station, replaced = self._registry.attach(link, charge_point_id)
        reason = ""
        if replaced is not None:
            reason = "a newer connection took over"
            self._context.counts[Count.CONNECTIONS_REPLACED] += 1
            log.info("link replaced", charge_point=charge_point_id, address=link.address)
            replaced.close(CloseCode.NORMAL_CLOSURE, reason)
        else:
            log.info("link up", charge_point=charge_point_id, address=link.address)
        self._tell(charge_point_id, online=True, reason=reason)
        return station

    def link_closed(self, link: Link, reason: str) -> None:
        """Take a charger off its link, unless it is on a newer one."""
        if self._registry.detach(link) and link.charge_point_id is not None:
            log.info("link down", charge_point=link.charge_point_id, reason=reason)
            self._tell(link.charge_point_id, online=False, reason=reason)

    def oversized(self, link: Link) -> None:
        """Count, log and record a message that was too large to read."""
        limit = self.options.max_frame_bytes
        self._context.counts[Count.MESSAGES_OVERSIZE] += 1
        log.warning("message too large", charge_point=link.charge_point_id, limit_bytes=limit)
        station = None if link.charge_point_id is None else self._registry.get(link.charge_point_id)
        if station is not None and station.link is link:
            station.outbox.record(
                StoredMessage(
                    at=self._context.clock.now(),
                    charge_point_id=station.charge_point_id,
                    direction=Direction.FROM_CHARGER,
                    message_id=MessageId(""),
                    action="",
                    ocpp_version=link.subprotocol,
                    frame="",
                    answer=None,
                    outcome=Outcome.UNREADABLE,
                    findings=(f"a message of more than {limit} bytes: not read, link closed",),
                )
            )

    def lost(self, link: Link) -> None:
        """Forget a transport."""
        self._links.discard(link)
        if not self._links:
            self._all_gone.set()

    # -------------------------------------------------------------------------------------------

    def _timeout_s(self, charge_point_id: ChargePointId) -> float:
        """Return the configured time, else the usual one, longer for who was seen to be slower."""
        options = self.options
        configured_s = options.command_timeouts_s.get(charge_point_id)
        if configured_s is not None:
            return configured_s
        slowest_s = self._context.slowest_s.get(charge_point_id, 0.0)
        learned_s = min(_PATIENCE * slowest_s, options.longest_timeout_s)
        return max(options.command_timeout_s, learned_s)

    def _new_link(self) -> Link:
        link = Link(self, asyncio.get_running_loop())
        self._links.add(link)
        self._all_gone.clear()
        return link

    def _tell(self, charge_point_id: ChargePointId, *, online: bool, reason: str) -> None:
        self._context.link_changed(
            LinkChange(
                charge_point_id=charge_point_id,
                at=self._context.clock.now(),
                online=online,
                reason=reason,
            )
        )

    async def _drain(self) -> None:
        """Wait for the answers that are with the ledger."""
        in_flight = [f for s in self._registry if (f := s.inbox.in_flight) is not None]
        if in_flight:
            await asyncio.wait(in_flight, timeout=self.options.drain_timeout_s)
            await asyncio.sleep(0)  # their answers are written by callbacks of the same turn

    async def _wait_until_gone(self, timeout_s: float) -> None:
        if not self._links:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._all_gone.wait()
        except TimeoutError:
            log.warning("links did not end in time", links=len(self._links))
