"""A charger's side of the conversation: boot, heartbeat, and one CALL at a time, in order."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.sim.dialect import BootReason, Said, Version
from ocpp_core.sim.keys import ConfigurationKeys
from ocpp_core.sim.link import FrameWitness, Link, LinkPolicy
from ocpp_core.sim.mischief import Mischief
from ocpp_core.sim.nap import Busy, Nap
from ocpp_core.sim.outbox import Letter, Outbox
from ocpp_core.sim.wire import (
    Answered,
    Answerer,
    NoAnswer,
    Outcome,
    Payload,
    Refused,
    new_message_id,
)

BOOT_RETRY_S = 60
"""Between BootNotifications when the server names no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCall:
    """A CALL that the server answered with a CALLRESULT."""

    charge_point_id: ChargePointId
    message_id: str
    action: str
    payload: Payload
    answer: Payload


type AnsweredListener = Callable[[AnsweredCall], None]


class Terminal:
    """Keeps the link, boots on it, and sends what is written to it.

    Simulated time stands still from the moment a message can be sent until it is answered, refused
    or timed out.
    """

    def __init__(
        self,
        *,
        url: str,
        charge_point_id: ChargePointId,
        clock: AlarmClock,
        keys: ConfigurationKeys,
        version: Version,
        boot: Callable[[BootReason], Said],
        answer: Answerer,
        on_ready: Callable[[], None],
        on_lost: Callable[[], None],
        on_answered: AnsweredListener | None,
        password: bytes | None,
        policy: LinkPolicy,
        seed: int,
        mischief: Mischief,
        counters: Counter[str],
        tls: ssl.SSLContext | None = None,
        witness: FrameWitness | None = None,
    ) -> None:
        self.counters = counters
        self.findings: deque[str] = deque(maxlen=200)
        self.outbox = Outbox()
        self.ready = asyncio.Event()
        """Set while the link is up and the boot accepted."""
        self.link = Link(
            url=url,
            identity=charge_point_id,
            subprotocol=version.value,
            clock=clock,
            answer=answer,
            on_up=self._greet,
            on_down=self._link_lost,
            password=password,
            policy=policy,
            seed=seed,
            mischief=mischief,
            tls=tls,
            witness=witness,
            ping_interval_s=lambda: keys.number("WebSocketPingInterval"),
        )
        self._mischief = mischief
        self._charge_point_id = charge_point_id
        self._clock = clock
        self._keys = keys
        self._boot = boot
        self._reason = BootReason.POWER_UP
        self._booted = False
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._on_answered = on_answered
        self._post = Nap(clock)
        self._pulse = Nap(clock)
        self._busy = Busy(clock)

    async def run(self) -> None:
        """Keep the conversation up until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.link.run())
                group.create_task(self._send())
                group.create_task(self._beat())
        finally:
            self.ready.clear()
            self.outbox.link_lost()
            self._busy.release()

    def write(
        self,
        said: Said,
        *,
        lasting: bool = False,
        on_outcome: Callable[[Outcome], object] | None = None,
        transaction: str = "",
    ) -> Letter:
        """Queue a CALL; one that is not `lasting` is only worth sending on the present link."""
        letter = self.outbox.add(
            said.action,
            said.payload,
            lasting=lasting,
            on_outcome=on_outcome,
            transaction=transaction,
        )
        if self.ready.is_set():
            due = self.outbox.next_due
            if lasting and due is not None and due > self._clock.now():
                self.outbox.delay(letter)
            self._busy.take()
            self._post.wake()
        else:
            self.outbox.link_lost()
        return letter

    def say(self, action: str, payload: Payload) -> Letter:
        """Queue a CALL that only counts now."""
        return self.write(Said(action, lambda: payload))

    def say_boot(self) -> None:
        """Queue a BootNotification because the server asked for one."""
        self.write(self._boot(BootReason.TRIGGERED), on_outcome=self._take_interval)

    def keys_changed(self) -> None:
        """Take up intervals of heartbeats and pings that may have changed."""
        self._pulse.wake()
        self.link.pinger.changed()

    def forget_link(self) -> None:
        """Take the link for lost at once, before its reader notices."""
        self._link_lost()

    async def reboot(self, reason: BootReason = BootReason.REMOTE_RESET) -> None:
        """Close the link; the next one begins with a boot."""
        self._booted, self._reason = False, reason
        await self.link.drop("reset")

    async def _greet(self) -> None:
        while not self._booted:
            message_id, said = new_message_id(), self._boot(self._reason)
            payload = said.payload()
            with self._clock.hold():
                outcome = await self.link.call(said.action, payload, message_id)
            self._count(said.action, message_id, payload, outcome)
            if outcome == NoAnswer(link_lost=True):
                return
            wait_s = self._take_interval(outcome)
            self._booted = (
                isinstance(outcome, Answered) and outcome.payload.get("status") == "Accepted"
            )
            if not self._booted:
                await self._clock.alarm(self._clock.now() + timedelta(seconds=wait_s))
        self.outbox.link_up()
        self.ready.set()
        self._busy.take()
        self._post.wake()
        self._pulse.wake()
        self._on_ready()

    def _take_interval(self, outcome: Outcome) -> int:
        """Take up the heartbeat interval of a boot's answer; return when to boot again, s."""
        if not isinstance(outcome, Answered):
            return BOOT_RETRY_S
        interval = outcome.payload.get("interval", 0)
        interval_s = interval if isinstance(interval, int) and interval > 0 else BOOT_RETRY_S
        if outcome.payload.get("status") == "Accepted":
            self._keys.change("HeartbeatInterval", str(interval_s))
            self._pulse.wake()
        return interval_s

    def _link_lost(self) -> None:
        self.ready.clear()
        self.outbox.link_lost()
        self._busy.release()
        self._on_lost()

    async def _send(self) -> None:
        while True:
            up = self.ready.is_set()
            letter = self.outbox.next(self._clock.now()) if up else None
            if letter is None:
                self._busy.release()
                await self._post.until(self.outbox.next_due if up else None)
                continue
            self._busy.take()
            if self._mischief.floods and len(backlog := self.outbox.backlog()) > 1:
                await self._flood(backlog)
                continue
            outcome = await self._call(letter)
            self._file(letter, outcome)
            if isinstance(outcome, Answered):
                await self._repeat(letter)

    async def _call(self, letter: Letter) -> Outcome:
        payload = self._mischief.twisted(letter.action, letter.payload())
        outcome = await self.link.call(letter.action, payload, letter.message_id)
        self._count(letter.action, letter.message_id, payload, outcome)
        return outcome

    async def _repeat(self, letter: Letter) -> None:
        """Send a message again that was answered, if the charger does so."""
        repeat = self._mischief.repeats(letter.action)
        if repeat is not None and self.ready.is_set():
            message_id = new_message_id() if repeat.new_id else letter.message_id
            await self.link.call(letter.action, letter.payload(), message_id)

    async def _flood(self, backlog: tuple[Letter, ...]) -> None:
        """Send a whole backlog without waiting for answers."""
        self.counters["fault:backlog-flood"] += 1
        outcomes = await asyncio.gather(*(self._call(letter) for letter in backlog))
        for letter, outcome in zip(backlog, outcomes, strict=True):
            if not isinstance(outcome, Answered):
                # From here on it goes as always: in order, one by one.
                self._file(letter, outcome)
                return
            self.outbox.done(letter, outcome)

    def _file(self, letter: Letter, outcome: Outcome) -> None:
        if isinstance(outcome, NoAnswer) and outcome.link_lost:
            # The reader is about to notice as well; nothing more is sent on this link.
            self.ready.clear()
        elif isinstance(outcome, Answered) or not self.outbox.is_lasting(letter):
            self.outbox.done(letter, outcome)
        else:
            letter.attempts += 1
            if letter.attempts >= self._keys.number("TransactionMessageAttempts"):
                self.outbox.give_up(letter, outcome)
            else:
                # Section 3.7.1: the interval, times the number of earlier attempts.
                wait_s = self._keys.number("TransactionMessageRetryInterval") * letter.attempts
                due = self._clock.now() + timedelta(seconds=wait_s)
                if self._mischief.renames_retries:
                    self.counters["fault:new-id-on-retry"] += 1
                    letter.message_id = new_message_id()
                self.outbox.retry(letter, outcome, due)

    def _count(self, action: str, message_id: str, payload: Payload, outcome: Outcome) -> None:
        match outcome:
            case Answered(answer):
                self.counters["answered"] += 1
                self.counters[action] += 1
                if self._on_answered is not None:
                    self._on_answered(
                        AnsweredCall(
                            charge_point_id=self._charge_point_id,
                            message_id=message_id,
                            action=action,
                            payload=payload,
                            answer=answer,
                        )
                    )
            case Refused(code, description):
                self.counters["refused"] += 1
                self.findings.append(f"{action}: {code} {description}".rstrip())
            case NoAnswer(link_lost=link_lost):
                self.counters["link-lost" if link_lost else "timed-out"] += 1

    async def _beat(self) -> None:
        while True:
            interval_s = self._keys.number("HeartbeatInterval")
            due = self._clock.now() + timedelta(seconds=interval_s) if interval_s else None
            await self._pulse.until(due)
            if self.ready.is_set() and due is not None and self._clock.now() >= due:
                self.say("Heartbeat", {})
