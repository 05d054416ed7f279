"""One visit to one charger: a few questions and settings, one after another, in no hurry.

A charger that has just booted may answer nothing and be blocked by the attempt (quirk
v2-report-while-booting), and one that flaps is made worse by bursts (OCPP.md row 62). So a visit
begins after a while, sends one command at a time with a pause between, waits longer after each
time-out, goes on with the next thing, and comes back to what was not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.charger_profile import (
    DesiredSetting,
    Drift,
    DriftState,
    Taken,
    Watcher,
    capability_names,
    drift_of,
    found_in_settings,
    fulfils,
    next_question,
)
from ocpp_core.domain.clock import Clock, sleep
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetBaseReport,
    GetComposite,
    Offline,
    Rejected,
    ReportBase,
    TimedOut,
    Unsupported,
)
from ocpp_core.domain.composite import (
    V16,
    V21,
    V201,
    WHOLE,
    Difference,
    Place,
    Session,
    Stack,
    composite_schedule,
    differences,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId
from ocpp_core.domain.ports import Commander
from ocpp_core.domain.site import Connector

_RULES = {"ocpp1.6": V16, "ocpp2.0.1": V201, "ocpp2.1": V21}
_FLAT = "ocpp1.6"
COMPOSITE_S = 3600
"""How far a charger is asked to look ahead: beyond the end of every order for a session."""
_LOOKS = 2
"""Questions about limits before a difference is believed."""
_NO_SUCH = frozenset({"NotSupported", "UnknownVariable", "UnknownComponent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How gently a charger is asked, s."""

    settle_s: float = 30.0
    """From its boot, or from its link when it sends none, to the first question."""
    pause_s: float = 2.0
    """Between two commands; doubles with each time-out in a row."""
    longest_pause_s: float = 120.0
    come_back_s: float = 300.0
    """Until what was not answered is tried again; doubles each time."""
    attempts: int = 4
    """After so many the rest is left until the next boot."""


class DefaultState(StrEnum):
    """Whether a charger reports the limits that it accepted."""

    VERIFIED = "verified"
    """It reports them, or less."""
    DIFFERS = "differs"
    """It reports more than it accepted."""
    UNKNOWN = "unknown"
    """It was not asked yet, or does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultCheck:
    """What GetCompositeSchedule said against what the connector accepted (OCPP.md row 46)."""

    connector_id: ConnectorId
    state: DefaultState
    words: str
    checked_at: datetime


class LinkLost(Exception):  # noqa: N818 - an event, not a fault
    """The charger went away; the visit ends, and another one begins when it is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Whom a visit is for, and what it needs of the site."""

    charge_point_id: ChargePointId
    version: str
    """Subprotocol that the charger speaks."""
    voltage_v: float
    connectors: tuple[Connector, ...]
    """Those whose defaults are to be verified."""
    commander: Commander
    clock: Clock
    is_proven: Callable[[Connector], bool]
    """Whether a connector has confirmed its default since its boot."""
    session_of: Callable[[Connector], Session | None]


class Visit:
    """What is to be done at one charger, and what is done of it."""

    def __init__(
        self, host: Host, watcher: Watcher, wishes: Sequence[DesiredSetting], pace: Pace
    ) -> None:
        self._host, self._watcher, self._pace = host, watcher, pace
        self._wishes = {wish.name: wish for wish in wishes}
        self._flat = host.version == _FLAT
        self._entries: dict[str, ConfigurationEntry] = {}
        """What the charger said, by name in lower case."""
        self._settled: set[str] = set()
        """Settings that it does not have, or does not tell."""
        self._taken: dict[str, tuple[Taken, str]] = {}
        self._checks: dict[ConnectorId, DefaultCheck] = {}
        self._reported = self._flat
        self._pause_s = pace.pause_s

    async def run(self, told: Callable[[Visit], None]) -> None:
        """Do what is to be done; `told` hears of each attempt's end. Raises LinkLost."""
        wait_s = self._pace.come_back_s
        for attempt in range(self._pace.attempts):
            if attempt:
                await sleep(self._host.clock, wait_s)
                wait_s *= 2
            await self._attempt()
            told(self)
            if self.is_complete:
                return

    @property
    def is_complete(self) -> bool:
        """Whether everything was answered."""
        silent = any(taken is Taken.SILENT for taken, _ in self._taken.values())
        unchecked = any(map(self._is_open, self._host.connectors))
        return self._reported and not silent and not unchecked and not self._missing()

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """How the charger stands to what is wanted."""
        at = self._host.clock.now()
        return tuple(self._drift(wish, at) for wish in self._wishes.values())

    @property
    def checks(self) -> tuple[DefaultCheck, ...]:
        """Which defaults it reports as it accepted them."""
        at = self._host.clock.now()
        return tuple(
            self._checks.get(
                c.ref.connector_id,
                DefaultCheck(
                    connector_id=c.ref.connector_id,
                    state=DefaultState.UNKNOWN,
                    words="Not asked yet, or not answered.",
                    checked_at=at,
                ),
            )
            for c in self._host.connectors
        )

    # One attempt --------------------------------------------------------------------------------

    async def _attempt(self) -> None:
        if not self._reported:
            result = await self._send(GetBaseReport(base=ReportBase.CONFIGURATION))
            self._reported = not isinstance(result, TimedOut)
        await self._read()
        if await self._apply():
            await self._read()
        for connector in self._host.connectors:
            if self._is_open(connector) and self._may_verify(connector):
                await self._verify(connector)

    async def _send(self, command: Command) -> CommandResult:
        await sleep(self._host.clock, self._pause_s)
        result = await self._host.commander.send(self._host.charge_point_id, command)
        if isinstance(result, Offline):
            raise LinkLost
        if isinstance(result, TimedOut):
            self._pause_s = min(2 * self._pause_s, self._pace.longest_pause_s)
        else:
            self._pause_s = self._pace.pause_s
        return result

    # Settings -----------------------------------------------------------------------------------

    def _missing(self) -> list[str]:
        wanted = dict.fromkeys((*capability_names(flat=self._flat), *self._wishes))
        return [
            name
            for name in wanted
            if name.casefold() not in self._entries and name.casefold() not in self._settled
        ]

    async def _read(self) -> None:
        asked: set[str] = set()
        while True:
            left = [name for name in self._missing() if name not in asked]
            question = next_question(self._watcher.profile, left)
            if question is None:
                return
            asked.update(question.keys)
            match await self._send(question):
                case Accepted() as answer:
                    self._take(answer, question.keys)
                case Rejected() | Unsupported():
                    self._settled.update(name.casefold() for name in question.keys)
                case _:
                    pass  # not answered: another attempt comes back to it

    def _take(self, answer: Accepted, keys: Sequence[str]) -> None:
        at = self._host.clock.now()
        by_name = {entry.key.casefold(): entry for entry in answer.configuration}
        self._entries.update(by_name)
        self._settled.update(name.casefold() for name in answer.unknown_keys)
        if len(keys) == 1 and keys[0].casefold() not in by_name:
            self._settled.add(keys[0].casefold())  # asked alone and left out: it has none
        watcher = self._watcher
        watcher.profile = watcher.profile.found(found_in_settings(answer.configuration, at))

    def _drift(self, wish: DesiredSetting, at: datetime) -> Drift:
        name = wish.name.casefold()
        taken, reason = self._taken.get(name, (Taken.NO, ""))
        return drift_of(
            wish,
            self._entries.get(name),
            at=at,
            is_unknown=name in self._settled,
            taken=taken,
            reason=reason,
        )

    async def _apply(self) -> bool:
        """Change what differs; return whether anything is to be read back."""
        changed = False
        for wish in self._wishes.values():
            taken, _ = self._taken.get(wish.name.casefold(), (Taken.NO, ""))
            drift = self._drift(wish, self._host.clock.now())
            again = taken in {Taken.NO, Taken.SILENT}
            if again and drift.state in {DriftState.DIFFERS, DriftState.SILENT}:
                changed |= await self._change(wish)
        return changed

    async def _change(self, wish: DesiredSetting) -> bool:
        name = wish.name.casefold()
        entry = self._entries.get(name)
        if entry is None:
            return False  # not read yet: what it is set to is not known to differ
        found = entry.value
        for value in (wish.value, *wish.fallbacks):
            if value != wish.value and found is not None and fulfils(wish, value, found):
                return False  # what stands in is set already
            result = await self._send(ChangeConfiguration(key=wish.name, value=value))
            taken, reason = _outcome(result)
            if value == wish.value or taken is not Taken.ACCEPTED:
                self._taken[name] = (taken, reason)
            if taken is not Taken.REFUSED:
                self._entries.pop(name, None)
                return taken in {Taken.ACCEPTED, Taken.REBOOT}
        return False

    # Limits -------------------------------------------------------------------------------------

    def _is_open(self, connector: Connector) -> bool:
        """Tell whether a connector is to be asked, for the first time or since it differed."""
        check = self._checks.get(connector.ref.connector_id)
        return check is None or check.state is DefaultState.DIFFERS

    def _may_verify(self, connector: Connector) -> bool:
        """Tell whether it is known what the connector should report.

        A session from before a restart of ours may hold an order that nobody remembers, until the
        guard has told it a new one.
        """
        if not self._host.is_proven(connector):
            return False
        session = self._host.session_of(connector)
        held = self._watcher.installed.get(connector.ref.connector_id, {}).values()
        return session is None or any(
            profile.transaction_id == session.transaction_id or profile.duration_s is not None
            for profile in held
        )

    async def _verify(self, connector: Connector) -> None:
        number = connector.ref.connector_id
        for _ in range(_LOOKS):
            check = await self._look(connector)
            if check is None:
                return  # not answered: another attempt comes back to it
            self._checks[number] = check
            if check.state is not DefaultState.DIFFERS:
                return  # else an order may just have changed what it applies: look again

    async def _look(self, connector: Connector) -> DefaultCheck | None:
        number = connector.ref.connector_id
        result = await self._send(GetComposite(connector_id=number, duration_s=COMPOSITE_S))
        match result:
            case TimedOut():
                return None
            case Accepted(composite=reported) if reported is not None:
                expected = composite_schedule(
                    self._stack(connector),
                    number,
                    start=reported.start,
                    duration_s=reported.duration_s,
                    rate_unit=reported.rate_unit,
                )
                off = differences(expected, reported, voltage_v=self._host.voltage_v)
                state, words = _compared(off)
            case Accepted():
                state, words = DefaultState.UNKNOWN, "It accepts the question and tells nothing."
            case Rejected(status=status, reason=reason):
                why = f"{status}: {reason}" if reason else status
                state, words = DefaultState.UNKNOWN, f"It does not tell what it applies ({why})."
            case _:
                state, words = DefaultState.UNKNOWN, "It does not know GetCompositeSchedule."
        at = self._host.clock.now()
        return DefaultCheck(connector_id=number, state=state, words=words, checked_at=at)

    def _stack(self, connector: Connector) -> Stack:
        """What the charger accepted of us; its own reports name transactions in its own words."""
        number, installed = connector.ref.connector_id, self._watcher.installed
        rules = _RULES.get(self._host.version, V16)
        return Stack(
            rules=rules,
            voltage_v=self._host.voltage_v,
            profiles={
                at: tuple(p for p in installed.get(at, {}).values() if p.purpose in rules.purposes)
                for at in (WHOLE, number)
            },
            places={
                number: Place(
                    phase_count=len(connector.phases), session=self._host.session_of(connector)
                )
            },
        )


def _outcome(result: CommandResult) -> tuple[Taken, str]:
    match result:
        case Accepted(status="RebootRequired", reason=reason):
            return Taken.REBOOT, reason
        case Accepted(reason=reason):
            return Taken.ACCEPTED, reason
        case Rejected(status=status, reason=reason):
            taken = Taken.UNKNOWN if status in _NO_SUCH else Taken.REFUSED
            return taken, f"{status}, {reason}" if reason else status
        case Unsupported(reason=reason):
            return Taken.UNKNOWN, reason
        case _:
            return Taken.SILENT, ""


def _compared(off: tuple[Difference, ...] | None) -> tuple[DefaultState, str]:
    if off is None:
        # No period is unknown, and not a limit of 0 (quirk res-composite-empty).
        return DefaultState.UNKNOWN, "It tells a schedule without a period."
    if not off:
        return DefaultState.VERIFIED, "It reports the limits that it accepted."
    more = [one for one in off if one.reported_a is None or one.reported_a > one.expected_a]
    words = " ".join(one.words for one in (more or off)[:3])
    if more:
        return DefaultState.DIFFERS, words
    # A limit of its own, or of others, may lower it further.
    return DefaultState.VERIFIED, f"It reports no more than it accepted, and less at times. {words}"
