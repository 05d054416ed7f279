"""The shell around the guard: takes facts in, sends what the guard releases, never waits for one.

One task owns the loop. Orders to different chargers are under way at the same time, to one charger
one after another, so a slow or dead charger delays only itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.commands import CommandResult, Offline, TimedOut
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import (
    Booted,
    BootReply,
    BootStatus,
    ChargingNeedsNotified,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    WordReply,
)
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorRef, TransactionId
from ocpp_core.domain.lifecycle import Startable
from ocpp_core.domain.live import LinkChange
from ocpp_core.domain.messages import Direction, StoredMessage
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.plan import CircuitLimit, Reserve
from ocpp_core.domain.ports import Commander
from optimizer.control.compliance import Compliance, measured_current_a
from optimizer.control.guard import Guard
from optimizer.control.values import Excess, GuardState, Order, Stop, Target

log = structlog.get_logger(__name__)

type Recorder = Callable[[Order, CommandResult | None], Awaitable[None]]
"""Makes an order durable before it is sent (result None), and its result afterwards."""

SETTLE_S = 5.0
"""A charger that connects may be about to announce a boot; this long it is left alone."""
PATIENCE_S = 30.0
"""After a start, running sessions are left as they are this long until there is a plan."""
ALARM_AFTER_S = 60.0
"""An excess that orders on their way end sooner than this is no alarm."""


class Controller(Startable):
    """Keeps chargers at what the targets want, as far as the guard lets it."""

    def __init__(
        self,
        guard: Guard,
        commander: Commander,
        clock: AlarmClock,
        *,
        compliance: Compliance | None = None,
        record: Recorder | None = None,
        reserves_changed: Callable[[], None] | None = None,
        runs_at: Callable[[TransactionId], ConnectorRef | None] | None = None,
        settle_s: float = SETTLE_S,
    ) -> None:
        self.guard = guard
        self.compliance = compliance or Compliance()
        self._commander, self._clock, self._record = commander, clock, record
        self._reserves_changed = reserves_changed
        self._runs_at = runs_at
        """Tells where a transaction runs now; without it, messages are believed."""
        self._settle_s = settle_s
        self._targets: dict[ConnectorRef, Target] | None = None
        self._patient_until: datetime | None = None
        self._held: dict[ConnectorRef, str] = {}
        self._linked: set[ChargePointId] = set()
        self._arrivals: dict[ChargePointId, datetime] = {}
        """Newly connected, and left alone until then unless they speak before."""
        self._reserves: tuple[Reserve, ...] = ()
        self._excess: tuple[Excess, ...] = ()
        self._exceeded_since: datetime | None = None
        self._loop_task: asyncio.Task[None] | None = None
        self._sends: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.Future[None] | None = None
        self._busy = contextlib.ExitStack()
        self._idle = asyncio.Event()
        self.errors = 0
        """Sends that ended with an exception, which is a bug."""

    # Life ---------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the loop; facts told before are taken up at once."""
        if self._loop_task is None:
            if self._targets is None:
                self._patient_until = self._clock.now() + timedelta(seconds=PATIENCE_S)
            self._touch()
            self._loop_task = asyncio.create_task(self._run(), name="controller")

    async def stop(self) -> None:
        """End the loop and every send under way; what was sent may have been applied."""
        tasks = [*self._sends, *([self._loop_task] if self._loop_task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop_task = None
        self._rest()

    async def settled(self) -> None:
        """Return when nothing is under way and nothing more may be sent now."""
        if self._loop_task is None:
            raise RuntimeError("the controller is not started")
        await self._idle.wait()

    # Facts --------------------------------------------------------------------------------------

    def set_targets(self, targets: Mapping[ConnectorRef, Target]) -> None:
        """Take what a plan wants; a connector that it does not name is wanted at its fail-safe."""
        self._targets = dict(targets)
        self._patient_until = None
        self._touch()

    def set_limits(self, limits: Iterable[CircuitLimit]) -> None:
        """Take every limit that stands in for a configured one; the lower of the two holds."""
        self.guard.set_limits(limits)
        self._touch()

    def set_building(self, at: datetime, power_w: float) -> None:
        """Take a measurement of the building's load; tell one at least every few minutes."""
        self.guard.set_building(at, power_w)
        self._touch()

    def battery_heard(self, at: datetime, charging_w: float) -> None:
        """Take what a stationary battery charges with, W."""
        self.guard.battery_heard(charging_w, at)
        self._touch()

    def on_link(self, change: LinkChange) -> None:
        """Take note that a charger connected or went away."""
        point = change.charge_point_id
        if change.online:
            self._linked.add(point)
            self._arrivals[point] = self._clock.now() + timedelta(seconds=self._settle_s)
        else:
            self._linked.discard(point)
            self._arrivals.pop(point, None)
            self.guard.link(point, online=False)
        self._touch()

    def on_committed(self, message: StoredMessage) -> None:
        """Take note of a message that is durable."""
        if message.direction is not Direction.FROM_CHARGER or message.event is None:
            return
        point = message.charge_point_id
        match message.event, message.reply:
            case Booted(), BootReply(status=status):
                self.guard.booted(point)
                if status is BootStatus.ACCEPTED:
                    self._arrived(point)
                else:  # it may take no orders until a later boot is accepted
                    self._arrivals.pop(point, None)
                    self.guard.link(point, online=False)
                self._touch()
                return
            case SessionStarted() as start, StartReply(transaction_id=number):
                self._goes_on(point, start, number, message.at)
            case SessionUpdated(transaction_id=number) as update, _:
                self._goes_on(point, update, number, message.at)
            case ChargingNeedsNotified(connector_id=connector_id), WordReply(status="Accepted"):
                # A schedule has to follow within 60 s, also when it is the one of before (K15).
                self.guard.tell_again(ConnectorRef(point, connector_id))
                self._touch()
            case SessionStopped(transaction_id=number), _:
                for ref in self.guard.session_ended(point, number):
                    self.compliance.ended(ref)
                self.guard.set_reserves(self.compliance.reserves())
                self._touch()
            case Metered() as metered, _:
                ref = ConnectorRef(point, metered.connector_id)
                self._measured(ref, metered.readings, message.at)
            case _:
                pass
        self._arrived(point)

    def _arrived(self, point: ChargePointId) -> None:
        self._arrivals.pop(point, None)
        if point in self._linked and not self.guard.is_online(point):
            self.guard.link(point, online=True)
            self._touch()

    def _goes_on(
        self,
        point: ChargePointId,
        news: SessionStarted | SessionUpdated,
        number: TransactionId,
        at: datetime,
    ) -> None:
        """A transaction began or goes on; late news of one that is over start nothing."""
        ref = self.guard.place_of(point, number)
        if ref is None:
            ref = self._runs_at(number) if self._runs_at else _named(point, news)
            if ref is None:
                return
            self.guard.session_started(ref, number)
            self._touch()
        if news.readings:
            self._measured(ref, news.readings, at)

    def _measured(self, ref: ConnectorRef, readings: tuple[Reading, ...], at: datetime) -> None:
        connector = self.guard.site.connectors.get(ref)
        if connector is None:
            return
        current_a = measured_current_a(
            readings, connector, self.guard.site.voltage_v, watch=self.compliance, at=at
        )
        if current_a is None:
            return
        allowed_a = self.guard.ordered_worst_a(ref, at)
        if self.compliance.measured(ref, at, current_a, allowed_a=allowed_a):
            self.guard.set_reserves(self.compliance.reserves())
            self._touch()

    # Questions ----------------------------------------------------------------------------------

    def state(self, ref: ConnectorRef) -> GuardState:
        """Return one connector's limits with the reason why they are not higher."""
        return self.guard.state(
            ref,
            self._clock.now(),
            target=(self._targets or {}).get(ref),
            held=self._held.get(ref),
        )

    def may_give(self, ref: ConnectorRef) -> bool:
        """Tell whether a session may be told to give back: its charger has not refused it."""
        return self.guard.may_give(ref)

    def worst_w(self, circuit_id: CircuitId) -> float:
        """Return the most that may be drawn through a circuit now, W."""
        return self.guard.worst_w(circuit_id, self._clock.now())

    def reserves(self) -> tuple[Reserve, ...]:
        """Return what a plan has to leave free for connectors that take no orders now."""
        return self.guard.reserves(self._clock.now())

    @property
    def profiles_sent(self) -> int:
        """Number of SetChargingProfile commands sent."""
        return self.guard.profiles_sent

    def alarms(self) -> tuple[str, ...]:
        """Return what needs a person now, one sentence each."""
        found = [*self.compliance.alarms(), *self.guard.refusals()]
        since = self._exceeded_since
        if since is not None and (self._clock.now() - since).total_seconds() >= ALARM_AFTER_S:
            found += [excess.words for excess in self._excess]
            found += self._counted_at_rating()
        return tuple(found)

    def _counted_at_rating(self) -> list[str]:
        """Say which connectors weigh on the limits that may be passed for want of an answer."""
        weighing = {ref for excess in self._excess for ref in excess.refs}
        unheard = [str(ref) for ref in self.guard.unproven() if ref in weighing]
        if not unheard:
            return []
        names = ", ".join(unheard[:5]) + (", …" if unheard[5:] else "")
        words = (
            f"counted at their rating, since their chargers confirmed no limit yet: {names}; "
            "connect them, or take chargers that are not there out of the site's file"
        )
        return [words]

    # The loop -----------------------------------------------------------------------------------

    def _touch(self) -> None:
        """Something changed: look again in the next turn of the event loop."""
        if self._idle.is_set() or self._loop_task is None:
            self._idle.clear()
            self._busy.close()
            self._busy.enter_context(self._clock.hold())
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)

    def _rest(self) -> None:
        self._idle.set()
        self._busy.close()

    async def _run(self) -> None:
        while True:
            wake_at = self._round()
            self._alarm = (
                asyncio.get_running_loop().create_future()
                if wake_at is None
                else self._clock.alarm(wake_at)
            )
            await self._alarm
            await asyncio.sleep(0)  # events of the same turn are taken together

    def _round(self) -> datetime | None:
        now = self._clock.now()
        for point, settled_at in list(self._arrivals.items()):
            if now >= settled_at:
                del self._arrivals[point]
                self.guard.link(point, online=True)
        if self._patient_until is not None and now >= self._patient_until:
            log.warning("no plan yet, sessions go to the fail-safe current")
            self._targets, self._patient_until = {}, None
        result = self.guard.round(self._targets, now)
        self._held = result.held
        for order in result.orders:
            self.guard.sent(order, now)
            task = asyncio.create_task(self._deliver(order), name=f"order {order.ref}")
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        for stop in result.stops:
            self.guard.stopping(stop.ref, now)
            task = asyncio.create_task(self._stop(stop), name=f"stop {stop.ref}")
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        self._note_excess(now)
        self._note_reserves(now)
        if not self._sends:
            self._rest()
        elif self._idle.is_set():
            self._idle.clear()
            self._busy.enter_context(self._clock.hold())
        wakes = [*self._arrivals.values(), self._patient_until, result.wake_at]
        return min((at for at in wakes if at is not None), default=None)

    async def _deliver(self, order: Order) -> None:
        result = await self._send(order)
        accepted = self.guard.answered(order, result, self._clock.now())
        if self._record is not None:
            try:
                await self._record(order, result)
            except StoreError as error:
                log.warning("order's result not recorded", ref=str(order.ref), error=str(error))
        if not accepted:
            log.info("order failed", ref=str(order.ref), limit_a=order.limit_a, result=result)
        self._sends.discard(asyncio.current_task())
        self._touch()

    async def _stop(self, stop: Stop) -> None:
        """Stop a session that cannot be paused; its end comes as a message of the charger."""
        try:
            result = await self._commander.send(stop.ref.charge_point_id, stop.command)
        except Exception:
            self.errors += 1  # a bug of ours, as in `_send`
            log.exception("sending a stop failed", ref=str(stop.ref))
        else:
            log.info("session stopped, 0 A is refused", ref=str(stop.ref), result=result)
        self._sends.discard(asyncio.current_task())
        self._touch()

    async def _send(self, order: Order) -> CommandResult:
        try:
            if self._record is not None:
                await self._record(order, None)
        except StoreError as error:
            log.warning("order not recorded, not sent", ref=str(order.ref), error=str(error))
            return Offline(sent=False)
        try:
            return await self._commander.send(order.charge_point_id, order.command)
        except Exception:
            # A bug of ours must not end control of the other chargers; this one may have acted.
            self.errors += 1
            log.exception("sending an order failed", ref=str(order.ref))
            return TimedOut(after_s=0.0)

    def _note_excess(self, now: datetime) -> None:
        self._excess = self.guard.exceeded(now)
        if not self._excess:
            self._exceeded_since = None
        elif self._exceeded_since is None:
            self._exceeded_since = now

    def _note_reserves(self, now: datetime) -> None:
        reserves = self.guard.reserves(now)
        if reserves != self._reserves:
            self._reserves = reserves
            if self._reserves_changed is not None:
                self._reserves_changed()


def _named(point: ChargePointId, news: SessionStarted | SessionUpdated) -> ConnectorRef | None:
    """Return the connector that a message names, or None where it names none."""
    return ConnectorRef(point, news.connector_id) if news.connector_id else None
