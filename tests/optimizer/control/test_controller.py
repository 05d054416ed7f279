"""The shell around the guard: concurrency, facts in, time held, nothing lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from ocpp_core.domain.clock import ManualClock, PacedClock
from ocpp_core.domain.commands import (
    Accepted,
    Command,
    CommandResult,
    Offline,
    Rejected,
    SetProfile,
    TimedOut,
)
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import (
    ACCEPTED_TOKEN,
    Booted,
    BootReply,
    BootStatus,
    ChargingNeedsNotified,
    DomainEvent,
    EmptyReply,
    Heartbeat,
    Metered,
    Reply,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StartReply,
    StopReply,
    TimeReply,
    TransactionNotice,
    UpdateReply,
    WordReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    MessageId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live import LinkChange
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.plan import CircuitLimit, LimitReason, Reserve
from optimizer.control import Guard, Order
from optimizer.control.controller import Controller
from tests.optimizer.control.chargers import START, ModelCharger, circuit, point, ref, site, want

A, B = ref("A"), ref("B")
POINT_A, POINT_B = ChargePointId("A"), ChargePointId("B")


class HeldClock(ManualClock):
    """Counts the holds that are taken."""

    holds = 0

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.holds += 1
        try:
            yield
        finally:
            self.holds -= 1

    def hold(self) -> AbstractContextManager[None]:
        return self._held()


class Yard:
    """Chargers behind a commander; each may be told to keep silent or to answer otherwise."""

    def __init__(self, *charge_points: ModelCharger) -> None:
        self.chargers = {c.charge_point.charge_point_id: c for c in charge_points}
        self.sent: list[tuple[ChargePointId, SetProfile]] = []
        self.silent: dict[ChargePointId, asyncio.Event] = {}
        self.answers: dict[ChargePointId, CommandResult | Exception] = {}
        self.under_way: dict[ChargePointId, int] = {}

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        assert isinstance(command, SetProfile)
        self.sent.append((charge_point_id, command))
        under_way = self.under_way.get(charge_point_id, 0) + 1
        assert under_way == 1, "one command at a time"
        self.under_way[charge_point_id] = under_way
        try:
            if charge_point_id in self.silent:
                await self.silent[charge_point_id].wait()
            else:
                await asyncio.sleep(0)
        finally:
            self.under_way[charge_point_id] -= 1
        answer = self.answers.get(charge_point_id)
        if isinstance(answer, Exception):
            raise answer
        return answer or self.chargers[charge_point_id].handle(command)

    def limits_a(self, of: ChargePointId) -> list[float | None]:
        return [c.profile.periods[0].limit for name, c in self.sent if name == of]


class Setting:
    """A and B on a fuse of 32 A, and a controller."""

    def __init__(self, limit_a: float = 32) -> None:
        self.clock = HeldClock(START)
        self.site = site(point("A"), point("B"), circuits=[circuit("main", a=limit_a)])
        self.yard = Yard(*(ModelCharger(p) for p in self.site.charge_points))
        self.reserve_changes = 0
        self.controller = Controller(
            Guard(self.site),
            self.yard,
            self.clock,
            reserves_changed=self._reserves_changed,
        )
        self._transactions = 0

    def _reserves_changed(self) -> None:
        self.reserve_changes += 1

    def link(self, name: ChargePointId, *, online: bool = True) -> None:
        self.controller.on_link(
            LinkChange(charge_point_id=name, at=self.clock.now(), online=online)
        )

    def tell(self, name: ChargePointId, event: DomainEvent, reply: Reply) -> None:
        self.controller.on_committed(
            StoredMessage(
                at=self.clock.now(),
                charge_point_id=name,
                direction=Direction.FROM_CHARGER,
                message_id=MessageId("m"),
                action="",
                ocpp_version="ocpp1.6",
                frame="",
                answer="",
                outcome=Outcome.ANSWERED,
                event=event,
                reply=reply,
            )
        )

    def boot(self, name: ChargePointId, status: BootStatus = BootStatus.ACCEPTED) -> None:
        reply = BootReply(status=status, at=self.clock.now(), heartbeat_interval_s=60)
        self.tell(name, Booted(vendor="V", model="M"), reply)

    def plug(self, of: ConnectorRef) -> TransactionId:
        self._transactions += 1
        number = TransactionId(self._transactions)
        self.yard.chargers[of.charge_point_id].start(of.connector_id, number)
        self.tell(
            of.charge_point_id,
            SessionStarted(
                connector_id=of.connector_id,
                id_token=IdToken("T"),
                at=self.clock.now(),
                meter_start_wh=0,
            ),
            StartReply(transaction_id=number, token=ACCEPTED_TOKEN),
        )
        return number

    def unplug(self, of: ConnectorRef, number: TransactionId) -> None:
        self.yard.chargers[of.charge_point_id].stop(of.connector_id)
        stop = SessionStopped(transaction_id=number, at=self.clock.now(), meter_stop_wh=0)
        self.tell(of.charge_point_id, stop, StopReply())

    def meter(self, of: ConnectorRef, current_a: float) -> None:
        sample = MeterSample(
            taken_at=self.clock.now(),
            measurand=Measurand.CURRENT_IMPORT,
            value=current_a,
            unit=Unit.A,
        )
        self.tell(
            of.charge_point_id,
            Metered(
                connector_id=of.connector_id, transaction_id=None, readings=readings_of([sample])
            ),
            EmptyReply(),
        )

    def applied_a(self, of: ConnectorRef) -> float:
        charger = self.yard.chargers[of.charge_point_id]
        return charger.applies_a(of.connector_id, self.clock.now())

    async def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await spin()
        await self.controller.settled()


async def spin(turns: int = 20) -> None:
    """Let every task run until it waits."""
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def yard() -> AsyncIterator[Setting]:
    """Both chargers booted, connected and under control, nobody plugged in."""
    setting = Setting()
    async with setting.controller:
        for name in (POINT_A, POINT_B):
            setting.link(name)
            setting.boot(name)
        await setting.controller.settled()
        yield setting


async def test_a_booted_charger_gets_its_default_at_once(yard: Setting) -> None:
    assert [[0.0], [0.0]] == [yard.yard.limits_a(POINT_A), yard.yard.limits_a(POINT_B)]
    assert () == yard.controller.guard.unproven()
    assert 2 == yard.controller.profiles_sent


async def test_targets_reach_the_chargers(yard: Setting) -> None:
    yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(20), B: want(12)})
    await yard.controller.settled()

    assert [20.0, 12.0] == [yard.applied_a(A), yard.applied_a(B)]
    state = yard.controller.state(A)
    assert (20.0, 20.0, LimitReason.CAR) == (
        state.limit_confirmed_a,
        state.worst_a,
        state.reason,
    )
    assert 32 * 3 * 230 == pytest.approx(yard.controller.worst_w(CircuitId("main")))


async def test_current_moves_from_one_car_to_another_in_the_safe_order(yard: Setting) -> None:
    yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(26), B: want(6)})
    await yard.controller.settled()
    await yard.advance(60)
    yard.yard.sent.clear()

    yard.controller.set_targets({A: want(6), B: want(26)})
    await yard.controller.settled()

    assert [POINT_A, POINT_B] == [name for name, _ in yard.yard.sent]
    assert [6.0, 26.0] == [yard.applied_a(A), yard.applied_a(B)]


async def test_a_silent_charger_delays_only_itself(yard: Setting) -> None:
    yard.yard.silent[POINT_A] = asyncio.Event()
    yard.plug(A)
    yard.controller.set_targets({A: want(10)})
    await spin()
    yard.plug(B)
    yard.controller.set_targets({A: want(10), B: want(16)})
    await spin()

    assert 16.0 == yard.applied_a(B)
    assert 10.0 == yard.controller.state(A).pending_a
    yard.yard.silent.pop(POINT_A).set()
    await yard.controller.settled()
    assert 10.0 == yard.applied_a(A)


async def test_a_link_that_breaks_keeps_the_current_reserved(yard: Setting) -> None:
    yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(26)})
    await yard.controller.settled()
    changes = yard.reserve_changes

    yard.link(POINT_A, online=False)
    yard.controller.set_targets({B: want(32)})
    await yard.controller.settled()

    assert 6.0 == yard.applied_a(B)
    assert (Reserve(ref=A, current_a=26.0),) == yard.controller.reserves()
    assert changes + 1 == yard.reserve_changes
    assert "A/1 (up to 26.0 A)" in yard.controller.state(B).words


async def test_a_charger_that_comes_back_is_left_alone_until_it_speaks(yard: Setting) -> None:
    yard.link(POINT_A, online=False)
    await yard.controller.settled()
    yard.yard.sent.clear()
    yard.plug(B)
    yard.link(POINT_A)
    yard.plug(A)  # speaks: no boot is coming
    yard.controller.set_targets({A: want(10)})
    await yard.controller.settled()

    assert [10.0] == yard.yard.limits_a(POINT_A)


async def test_a_charger_that_comes_back_in_silence_is_told_after_a_while() -> None:
    setting = Setting()
    async with setting.controller:
        setting.link(POINT_A)
        await setting.controller.settled()
        assert [] == setting.yard.sent
        await setting.advance(5)

    assert [0.0] == setting.yard.limits_a(POINT_A)


async def test_a_charger_whose_boot_is_pending_gets_no_orders() -> None:
    setting = Setting()
    async with setting.controller:
        setting.link(POINT_A)
        setting.boot(POINT_A, BootStatus.PENDING)
        await setting.advance(60)
        assert [] == setting.yard.sent

        setting.boot(POINT_A)
        await setting.controller.settled()

    assert [0.0] == setting.yard.limits_a(POINT_A)


async def test_orders_are_repeated_before_they_end(yard: Setting) -> None:
    yard.plug(A)
    yard.controller.set_targets({A: want(16)})
    await yard.controller.settled()
    for _ in range(240):
        await yard.advance(15)
        assert 16.0 == yard.applied_a(A)

    assert 6 <= len(yard.yard.limits_a(POINT_A)) <= 9


async def test_a_failed_order_is_tried_again(yard: Setting) -> None:
    yard.plug(A)
    yard.yard.answers[POINT_A] = Rejected(status="Rejected", reason="busy")
    yard.controller.set_targets({A: want(16)})
    await yard.controller.settled()
    assert "refuses it (Rejected: busy)" in yard.controller.state(A).words
    assert () == yard.controller.alarms()

    await yard.advance(11)
    assert "A/1: refuses it (Rejected: busy)" in yard.controller.alarms()[0]
    del yard.yard.answers[POINT_A]
    await yard.advance(21)

    assert 16.0 == yard.applied_a(A)
    assert () == yard.controller.alarms()


async def test_an_error_while_sending_counts_as_maybe_applied_and_ends_nothing(
    yard: Setting,
) -> None:
    yard.plug(A)
    yard.plug(B)
    yard.yard.answers[POINT_A] = RuntimeError("a bug")
    yard.controller.set_targets({A: want(20), B: want(12)})
    await yard.controller.settled()

    assert 1 == yard.controller.errors
    assert 20.0 == yard.controller.state(A).worst_a
    assert 12.0 == yard.applied_a(B)


async def test_a_charger_that_ignores_its_limit_is_reserved_alarmed_and_forgiven(
    yard: Setting,
) -> None:
    """OCPP.md row 30, quirk sc-accepted-ignored."""
    yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(10), B: want(22)})
    await yard.controller.settled()
    for _ in range(3):
        await yard.advance(60)
        yard.meter(A, 20)
        await yard.controller.settled()

    assert (Reserve(ref=A, current_a=20),) == yard.controller.reserves()
    assert "A/1 draws 20.0 A" in yard.controller.alarms()[0]
    assert 12.0 == yard.applied_a(B)
    for _ in range(4):
        await yard.advance(60)
        yard.meter(A, 10)
    await yard.controller.settled()
    assert () == yard.controller.reserves()
    assert () == yard.controller.alarms()
    assert 22.0 == yard.applied_a(B)


async def test_a_session_s_end_gives_its_current_to_others(yard: Setting) -> None:
    number = yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(26), B: want(32)})
    await yard.controller.settled()
    assert 6.0 == yard.applied_a(B)

    yard.unplug(A, number)
    await yard.advance(15)

    assert 32.0 == yard.applied_a(B)


async def test_chargers_that_were_never_heard_are_named_as_counted_at_their_rating() -> None:
    fresh = Setting(limit_a=10)
    async with fresh.controller:
        fresh.link(POINT_A)
        fresh.boot(POINT_A)
        await fresh.controller.settled()
        await fresh.advance(61)

        said = fresh.controller.alarms()

    assert said[0].endswith("weighing on it: B/1")
    assert said[-1].startswith(
        "counted at their rating, since their chargers confirmed no limit yet: B/1; connect them"
    )


async def test_a_limit_that_stays_passed_is_an_alarm(yard: Setting) -> None:
    yard.plug(A)
    yard.controller.set_targets({A: want(26)})
    await yard.controller.settled()
    yard.link(POINT_A, online=False)
    yard.controller.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=10)])
    await yard.controller.settled()
    assert () == yard.controller.alarms()

    await yard.advance(61)

    assert "circuit main, phase L1: up to 26.0 A now, limit 10 A" in yard.controller.alarms()[0]


async def test_the_building_s_load_is_made_room_for(yard: Setting) -> None:
    yard.plug(A)
    yard.controller.set_targets({A: want(32)})
    await yard.controller.settled()

    yard.controller.set_building(yard.clock.now(), 6_900)
    await yard.controller.settled()

    assert 21.0 == pytest.approx(yard.applied_a(A), abs=0.11)


async def test_time_is_held_while_work_is_under_way_and_only_then(yard: Setting) -> None:
    assert 0 == yard.clock.holds
    yard.yard.silent[POINT_A] = asyncio.Event()
    yard.plug(A)
    yard.controller.set_targets({A: want(10)})
    assert 1 == yard.clock.holds
    await spin()
    assert 1 == yard.clock.holds

    yard.yard.silent[POINT_A].set()
    await yard.controller.settled()

    assert 0 == yard.clock.holds


async def test_stopping_ends_every_task_and_lets_time_go() -> None:
    setting = Setting()
    setting.yard.silent[POINT_A] = asyncio.Event()
    await setting.controller.start()
    setting.link(POINT_A)
    setting.boot(POINT_A)
    await spin()
    assert setting.yard.sent

    await setting.controller.stop()

    assert 0 == setting.clock.holds
    assert {asyncio.current_task()} == asyncio.all_tasks()


async def test_what_happens_before_the_start_is_taken_up_by_it() -> None:
    setting = Setting()
    setting.link(POINT_A)
    setting.boot(POINT_A)

    async with setting.controller:
        await setting.controller.settled()

    assert [0.0] == setting.yard.limits_a(POINT_A)


async def test_after_a_restart_running_sessions_are_left_alone_until_there_is_a_plan() -> None:
    setting = Setting(limit_a=64)
    charger = setting.yard.chargers[POINT_A]
    async with setting.controller:
        setting.link(POINT_A)
        setting.boot(POINT_A)
        number = setting.plug(A)
        setting.controller.set_targets({A: want(16)})
        await setting.controller.settled()
    facts = setting.controller.guard.facts()

    guard = Guard(setting.site)
    guard.remember(facts, now=setting.clock.now(), complete=True)
    async with Controller(guard, setting.yard, setting.clock) as controller:
        controller.on_link(LinkChange(charge_point_id=POINT_A, at=START, online=True))
        setting.clock.advance(6)
        await spin()
        await controller.settled()
        assert 16.0 == charger.applies_a(ConnectorId(1), setting.clock.now())
        setting.clock.advance(30)  # no plan ever comes
        await spin()
        await controller.settled()

    assert number == charger.outlets[ConnectorId(1)].transaction_id
    assert 0.0 == charger.applies_a(ConnectorId(1), setting.clock.now())


async def test_settled_needs_a_started_controller() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        await Setting().controller.settled()


async def test_an_order_is_on_record_before_it_is_sent() -> None:
    setting = Setting()
    seen: list[tuple[str, float, int]] = []

    async def record(order: Order, result: CommandResult | None) -> None:
        word = "order" if result is None else type(result).__name__
        seen.append((word, order.limit_a, len(setting.yard.sent)))

    controller = Controller(Guard(setting.site), setting.yard, setting.clock, record=record)
    setting.controller = controller
    async with controller:
        setting.link(POINT_A)
        setting.boot(POINT_A)
        await controller.settled()

    assert [("order", 0.0, 0), ("Accepted", 0.0, 1)] == seen


async def test_an_order_that_cannot_be_recorded_is_not_sent() -> None:
    setting = Setting()

    async def record(order: Order, result: CommandResult | None) -> None:
        raise StoreError("disk full")

    controller = Controller(Guard(setting.site), setting.yard, setting.clock, record=record)
    setting.controller = controller
    async with controller:
        setting.link(POINT_A)
        setting.boot(POINT_A)
        await controller.settled()

    assert [] == setting.yard.sent
    assert "is not connected" in controller.state(A).words


async def test_messages_of_no_interest_change_nothing(yard: Setting) -> None:
    before = yard.controller.profiles_sent
    yard.tell(POINT_A, Heartbeat(), TimeReply(at=yard.clock.now()))
    yard.meter(ConnectorRef(POINT_A, ConnectorId(7)), 99)
    yard.tell(ChargePointId("stranger"), Heartbeat(), TimeReply(at=yard.clock.now()))
    await yard.controller.settled()

    assert before == yard.controller.profiles_sent
    assert () == yard.controller.alarms()


async def test_a_paced_clock_passes_no_time_while_a_charger_is_told() -> None:
    clock = PacedClock(datetime(2026, 6, 1, tzinfo=UTC), speed=10_000)
    setting = Setting()
    held_at: list[datetime] = []

    class Slow(Yard):
        async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
            held_at.append(clock.now())
            await asyncio.sleep(0.05)
            held_at.append(clock.now())
            return await super().send(charge_point_id, command)

    slow = Slow(*(ModelCharger(p) for p in setting.site.charge_points))
    controller = Controller(Guard(setting.site), slow, clock)
    driver = asyncio.create_task(clock.run())
    async with controller:
        controller.on_link(LinkChange(charge_point_id=POINT_A, at=clock.now(), online=True))
        await clock.sleep_until(clock.now() + timedelta(seconds=60))
    driver.cancel()
    await asyncio.gather(driver, return_exceptions=True)

    assert 2 == len(held_at)
    assert 1 == len(set(held_at))


async def test_a_link_lost_with_an_order_under_way_is_settled_when_it_is_back(
    yard: Setting,
) -> None:
    yard.plug(A)
    yard.plug(B)
    yard.controller.set_targets({A: want(10)})
    await yard.controller.settled()
    await yard.advance(60)
    yard.yard.answers[POINT_A] = Offline(sent=True)
    yard.controller.set_targets({A: want(20)})
    await yard.controller.settled()
    yard.link(POINT_A, online=False)
    await yard.controller.settled()
    assert (10.0, 20.0) == (yard.applied_a(A), yard.controller.state(A).worst_a)

    yard.yard.answers.clear()
    yard.link(POINT_A)
    await yard.advance(15)

    assert 20.0 == yard.applied_a(A)
    assert 20.0 == yard.controller.state(A).limit_confirmed_a


async def test_a_timeout_is_tried_again_without_anybody_s_help(yard: Setting) -> None:
    yard.plug(A)
    yard.yard.answers[POINT_A] = TimedOut(after_s=30)
    yard.controller.set_targets({A: want(20)})
    await yard.controller.settled()
    assert 0.0 == yard.applied_a(A)
    yard.yard.answers[POINT_A] = Accepted()
    await yard.advance(11)

    assert 20.0 == yard.controller.state(A).limit_confirmed_a


def news(
    number: TransactionId, connector: int | None = 1, current_a: float | None = None
) -> SessionUpdated:
    """What a charger with transaction events says of one that goes on."""
    samples = []
    if current_a is not None:
        samples.append(
            MeterSample(
                taken_at=START, measurand=Measurand.CURRENT_IMPORT, value=current_a, unit=Unit.A
            )
        )
    return SessionUpdated(
        transaction_id=number,
        connector_id=None if connector is None else ConnectorId(connector),
        at=START,
        notice=TransactionNotice(
            station_id=StationTransactionId("x"), sequence=1, trigger="ChargingStateChanged"
        ),
        readings=readings_of(samples),
    )


async def test_a_transaction_that_is_heard_of_late_is_controlled_all_the_same(
    yard: Setting,
) -> None:
    number = TransactionId(40)
    yard.yard.chargers[POINT_A].start(ConnectorId(1), number)
    yard.controller.set_targets({A: want(20)})
    yard.tell(POINT_A, news(number, connector=None), UpdateReply())
    await yard.controller.settled()
    assert 0.0 == yard.applied_a(A)
    yard.tell(POINT_A, news(number), UpdateReply())
    await yard.controller.settled()

    assert 20.0 == yard.applied_a(A)


async def test_what_a_transaction_event_measured_counts_like_meter_values(yard: Setting) -> None:
    number = yard.plug(A)
    yard.controller.set_targets({A: want(10)})
    await yard.controller.settled()
    for _ in range(3):
        event = news(number, connector=None, current_a=15.0)
        reading = replace(event.readings[0], taken_at=yard.clock.now())
        yard.tell(POINT_A, replace(event, readings=(reading,)), UpdateReply())
        await yard.advance(20)

    assert ("A/1 draws 15.0 A",) == tuple(a[:16] for a in yard.controller.alarms())


async def test_late_news_of_a_transaction_that_is_over_start_nothing() -> None:
    setting = Setting()
    over = TransactionId(7)
    setting.controller = Controller(
        Guard(setting.site), setting.yard, setting.clock, runs_at=lambda number: None
    )
    async with setting.controller:
        setting.link(POINT_A)
        setting.boot(POINT_A)
        setting.controller.set_targets({A: want(20)})
        setting.tell(POINT_A, news(over), UpdateReply())
        setting.tell(
            POINT_A,
            SessionStarted(
                connector_id=ConnectorId(1), id_token=IdToken("T"), at=START, meter_start_wh=0
            ),
            StartReply(transaction_id=over, token=ACCEPTED_TOKEN),
        )
        await setting.controller.settled()

    assert setting.controller.guard.place_of(POINT_A, over) is None
    assert [0.0] == setting.yard.limits_a(POINT_A)


async def test_a_car_that_says_its_needs_is_answered_with_a_schedule_within_a_minute(
    yard: Setting,
) -> None:
    """OCPP 2.0.1 K15: also when its limit does not change."""
    yard.plug(A)
    yard.controller.set_targets({A: want(20)})
    await yard.controller.settled()
    await yard.advance(30)
    yard.yard.sent.clear()
    needs = ChargingNeedsNotified(connector_id=ConnectorId(1), transfer=None)
    yard.tell(POINT_A, needs, WordReply(status="Rejected"))
    yard.tell(POINT_A, needs, WordReply(status="Accepted"))
    await yard.controller.settled()
    for _ in range(6):
        await yard.advance(5)

    assert [20.0] == yard.yard.limits_a(POINT_A)
