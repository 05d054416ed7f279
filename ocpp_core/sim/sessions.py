"""The transactions of a charger: how they begin, what they tell meanwhile, how they end."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.events import ConnectorStatus, StopReason
from ocpp_core.domain.ids import IdToken, TransactionId
from ocpp_core.domain.metering import Measurand
from ocpp_core.domain.profile import ChargingProfile
from ocpp_core.sim import faults
from ocpp_core.sim.admission import Admission
from ocpp_core.sim.bay import Bay, Transaction
from ocpp_core.sim.board import PowerBoard
from ocpp_core.sim.dialect import Dialect, Trigger
from ocpp_core.sim.distortion import Meter
from ocpp_core.sim.faults import EndsBelowMinimum
from ocpp_core.sim.keys import ConfigurationKeys
from ocpp_core.sim.meter import Display, Sample
from ocpp_core.sim.statuses import Statuses
from ocpp_core.sim.terminal import Terminal
from ocpp_core.sim.traits import ChargerTraits
from ocpp_core.sim.wire import Answered, Outcome


class Sessions:
    """Starts, follows and ends transactions; `spawn` runs a task, `on_end` hears of each end."""

    def __init__(
        self,
        *,
        clock: AlarmClock,
        keys: ConfigurationKeys,
        admission: Admission,
        terminal: Terminal,
        board: PowerBoard,
        dialect: Dialect,
        statuses: Statuses,
        traits: ChargerTraits,
        seed: str,
        note_fault: Callable[[str], None],
        spawn: Callable[[Coroutine[None, None, object]], None],
        on_end: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._admission = admission
        self._terminal = terminal
        self._board = board
        self._dialect = dialect
        self._statuses = statuses
        self._traits = traits
        self._note_fault = note_fault
        self._spawn = spawn
        self._on_end = on_end
        self._display: Display = Meter(traits.faults, note_fault)
        self._ends_below_minimum = faults.has(traits.faults, EndsBelowMinimum)
        self._names = random.Random(f"{seed}/names")  # noqa: S311 - ids that a seed repeats
        self._numbers = count(1)

    def say_meter(self, bay: Bay, context: str, *, outside: bool = False) -> None:
        """Send the meter's reading now; `outside`: as no part of the transaction."""
        at, transaction = self._clock.now(), None if outside else bay.transaction
        bay.outlet.advance(at)
        samples = self._display(bay.outlet, self._keys.words("MeterValuesSampledData"), context)
        if not samples:
            return
        bay.sampled_power_w = bay.outlet.power_w
        if transaction is not None:
            transaction.told = bay.status
        said = self._dialect.meter(bay.connector_id, samples, at, transaction, bay.status)
        name = "" if transaction is None else transaction.name
        self._terminal.write(said, lasting=transaction is not None, transaction=name)

    async def begin(
        self,
        bay: Bay,
        id_token: IdToken,
        profile: ChargingProfile | None = None,
        *,
        remote: bool = False,
        number: int | None = None,
    ) -> Transaction | None:
        car = bay.outlet.car
        asks = not remote or self._keys.flag("AuthorizeRemoteTxRequests")
        with self._clock.hold():
            if asks and not await self._authorized(id_token):
                return None
            if bay.outlet.car is not car or bay.transaction is not None or not bay.operative:
                return None
            if not self._admission.admits(bay, id_token):
                return None
            now = self._clock.now()
            bay.outlet.advance(now)
            samples = self._registers(bay, "Transaction.Begin")
            transaction = Transaction(
                connector_id=bay.connector_id,
                id_token=id_token,
                started_at=now,
                meter_start_wh=_register_of(samples),
                name=str(uuid.UUID(int=self._names.getrandbits(128), version=4)),
                remote_start_id=number,
                reservation_id=self._admission.claim(bay, id_token),
                offline=lambda: not self._terminal.ready.is_set(),
                started=asyncio.get_running_loop().create_future(),
            )
            if self._dialect.names_transactions:
                transaction.transaction_id = TransactionId(next(self._numbers))
            bay.transaction, bay.finished, transaction.told = transaction, False, None
            letter = self._terminal.write(
                self._dialect.start(transaction, samples, ConnectorStatus.PREPARING),
                lasting=True,
                transaction=transaction.name,
                on_outcome=lambda outcome: self._take_start(bay, transaction, outcome),
            )
            if profile is not None:
                self._board.install(bay.connector_id, profile)
            self._board.switch(bay, on=True)
            bay.sampled_power_w, bay.offered_a, bay.next_sample_at = 0.0, 0.0, self._next_sample()
            self._statuses.tell(bay)
            self._spawn(self._watch(bay, transaction))
            if self._terminal.ready.is_set():
                await letter.outcome
            return transaction

    async def _authorized(self, id_token: IdToken) -> bool:
        if self._admission.needs_no_question(id_token):
            return True
        if self._terminal.ready.is_set():
            outcome = await self._terminal.write(self._dialect.authorize(id_token)).outcome
            if isinstance(outcome, Answered):
                word = self._dialect.token_status(outcome.payload)
                self._admission.learn(id_token, word)
                return word == "Accepted"
        return self._admission.may_charge_offline(id_token)

    def _take_start(self, bay: Bay, transaction: Transaction, outcome: Outcome) -> None:
        given = None
        if isinstance(outcome, Answered):
            given = self._dialect.started(transaction, outcome.payload)
        if given is None or not isinstance(outcome, Answered):
            transaction.started.cancel()
            return
        transaction.transaction_id = given
        if not transaction.started.done():
            transaction.started.set_result(given)
        word = self._dialect.token_status(outcome.payload)
        self._admission.learn(transaction.id_token, word)
        # In 1.6 the answer must speak of the token, in OCPP 2 it need not.
        refused = word != "Accepted" and bool(word or not self._dialect.names_transactions)
        if (
            refused
            and bay.transaction is transaction
            and self._keys.flag("StopTransactionOnInvalidId")
        ):
            self.end(bay, StopReason.DE_AUTHORIZED)

    def end(self, bay: Bay, reason: StopReason) -> None:
        transaction, now = bay.transaction, self._clock.now()
        if transaction is None:
            return
        self._board.switch(bay, on=False)
        samples = self._registers(bay, "Transaction.End")
        transaction.meter_stop_wh = _register_of(samples)
        bay.transaction, bay.finished, bay.next_sample_at = None, True, None
        bay.preferred = False
        self._board.stack.end_transaction(bay.connector_id)
        said = self._dialect.stop(transaction, samples, now, reason)
        self._terminal.write(said, lasting=True, transaction=transaction.name)
        self._statuses.tell(bay)
        bay.nap.wake()
        self._on_end()

    async def _watch(self, bay: Bay, transaction: Transaction) -> None:
        """Follow a running transaction: its status, its meter."""
        while bay.transaction is transaction:
            now = self._clock.now()
            bay.outlet.advance(now)
            if self._ends_below_minimum and bay.status is ConnectorStatus.SUSPENDED_EVSE:
                self._note_fault(EndsBelowMinimum.kind)
                self.end(bay, StopReason.STOPPED_BY_EV)
                return
            self._statuses.tell(bay)
            self._tell_state(bay, transaction)
            ordered = bay.offered_a != bay.outlet.offered_a
            bay.offered_a = bay.outlet.offered_a
            step_w = abs(bay.outlet.power_w - bay.sampled_power_w)
            if bay.next_sample_at is not None and now >= bay.next_sample_at:
                self.say_meter(bay, "Sample.Periodic")
                bay.next_sample_at = self._next_sample()
            elif (
                ordered
                and self._traits.sample_step_w is not None
                and step_w >= self._traits.sample_step_w
            ):
                self.say_meter(bay, "Sample.Periodic")
            due = (bay.next_sample_at, bay.outlet.next_change)
            await bay.nap.until(min((at for at in due if at is not None), default=None))

    def _next_sample(self) -> datetime | None:
        interval_s = self._keys.number("MeterValueSampleInterval")
        if not interval_s:
            return None
        now = self._clock.now()
        late_s = now.timestamp() % interval_s if self._traits.samples_on_the_mark else 0.0
        return now + timedelta(seconds=interval_s - late_s)

    def _tell_state(self, bay: Bay, transaction: Transaction) -> None:
        """Tell that charging began, paused or went on, where a message says so (OCPP 2)."""
        state = bay.status
        if transaction.told is state:
            return
        transaction.told = state
        said = self._dialect.update(
            transaction, Trigger.CHARGING_STATE_CHANGED, state, self._clock.now()
        )
        if said is not None:
            self._terminal.write(said, lasting=True, transaction=transaction.name)

    def _registers(self, bay: Bay, context: str) -> tuple[Sample, ...]:
        return self._display(bay.outlet, (Measurand.ENERGY_IMPORT_REGISTER,), context)

    def intervals_changed(self, bay: Bay) -> None:
        """Take up an interval of meter values that may have changed."""
        if bay.transaction is not None:
            bay.next_sample_at = self._next_sample()
        bay.nap.wake()


def _register_of(samples: tuple[Sample, ...]) -> int:
    return int(samples[0].value)
