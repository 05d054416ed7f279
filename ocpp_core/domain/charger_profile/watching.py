"""What a charger shows of itself in its messages, without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ocpp_core.domain.charger_profile.facts import ChargerProfile, Evidence, Fact, Finding
from ocpp_core.domain.clock_offset import ClockOffset
from ocpp_core.domain.commands import Accepted, ClearProfile, Rejected, SetProfile
from ocpp_core.domain.events import (
    Metered,
    SessionStarted,
    SessionUpdated,
    StatusChanged,
)
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, RateUnit

DRAWS_A = 1.0
"""Less on a phase is what a meter shows of nothing."""
TOLERANCE_A = 1.0
"""What a car may draw above its limit before it counts as not following."""
REGISTER_STEP_WH = 1_000
"""A start register above this tells a lifetime register from one that begins with the session."""
LONGEST_REACTION_S = 600.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A lower limit that was accepted while the car drew more."""

    limit_a: float
    since: datetime


@dataclass(slots=True)
class _Place:
    """One connector as seen in messages."""

    start_wh: int | None = None
    drawn_a: float | None = None
    waiting: _Waiting | None = None
    one_phase_since: datetime | None = None
    """One phase was ordered then, while the car drew on more."""


@dataclass(slots=True)
class Watcher:
    """Turns one charger's stored messages into findings, and keeps what it was told to hold."""

    profile: ChargerProfile
    installed: dict[ConnectorId, dict[int, ChargingProfile]] = field(default_factory=dict)
    """Profiles of ours that it accepted, by connector and id."""
    _places: dict[ConnectorId, _Place] = field(default_factory=dict)
    _clock: ClockOffset = field(default_factory=ClockOffset)
    _judged: datetime | None = None
    """End of the minute in which the clock was last judged: once in each is enough."""

    def take(self, message: StoredMessage) -> bool:
        """Take a stored message; return whether a value became known or changed."""
        found = dict(self._findings(message))
        if not found:
            return False
        before = {fact: self.profile.guess(fact) for fact in found}
        shown = {fact: self.profile.value(fact) for fact in found}
        at = message.at
        self.profile = self.profile.found(
            {
                fact: Finding(value=value, evidence=Evidence.OBSERVED, first_at=at, last_at=at)
                for fact, value in found.items()
            }
        )
        return any(
            (before[fact], shown[fact]) != (self.profile.guess(fact), self.profile.value(fact))
            for fact in found
        )

    def _findings(self, message: StoredMessage) -> Iterator[tuple[Fact, str]]:
        match message.event:
            case Metered() as metered:  # first, since nearly every message is one
                return self._metered(metered.connector_id, metered.readings, message.at)
            case SessionUpdated() as update if update.connector_id is not None:
                return self._metered(update.connector_id, update.readings, message.at)
            case SessionStarted() as start:
                self._places[start.connector_id] = _Place(start_wh=start.meter_start_wh)
                return self._stamped(start.at, message.at)
            case StatusChanged(at=datetime() as stamp):
                return self._stamped(stamp, message.at)
            case _:
                pass
        match message.command, message.result:
            case SetProfile() as command, (Accepted() | Rejected()) as result:
                return self._ordered(command, result, message.at)
            case ClearProfile() as command, Accepted():
                self._cleared(command)
            case _:
                pass
        return iter(())

    # Orders -------------------------------------------------------------------------------------

    def _ordered(
        self, command: SetProfile, result: Accepted | Rejected, at: datetime
    ) -> Iterator[tuple[Fact, str]]:
        profile = command.profile
        limits = [period.limit for period in profile.periods if period.limit is not None]
        purpose = profile.purpose.value
        if isinstance(result, Rejected):
            if purpose not in self._members(Fact.PURPOSES):
                yield Fact.REFUSED_PURPOSES, _joined(self._members(Fact.REFUSED_PURPOSES), purpose)
            if limits and min(limits) == 0 and self.profile.value(Fact.TAKES_ZERO) is None:
                yield Fact.TAKES_ZERO, "false"
            return
        self.installed.setdefault(command.connector_id, {})[profile.profile_id] = profile
        yield Fact.PURPOSES, _joined(self._members(Fact.PURPOSES), purpose)
        refused = self._members(Fact.REFUSED_PURPOSES)
        if purpose in refused:
            yield Fact.REFUSED_PURPOSES, ",".join(sorted(refused - {purpose}))
        if limits and min(limits) == 0:
            yield Fact.TAKES_ZERO, "true"
        above = [limit for limit in limits if limit > 0]
        if above and profile.rate_unit is RateUnit.A:
            known = self.profile.number(Fact.LOWEST_LIMIT_A)
            if known is None or min(above) < known:
                yield Fact.LOWEST_LIMIT_A, f"{min(above):g}"
        if profile.purpose is ProfilePurpose.TX and profile.rate_unit is RateUnit.A and limits:
            self._await(command.connector_id, profile, min(limits), at)

    def _await(
        self, number: ConnectorId, profile: ChargingProfile, limit_a: float, at: datetime
    ) -> None:
        place = self._places.setdefault(number, _Place())
        place.waiting = None
        if place.drawn_a is not None and place.drawn_a > limit_a + TOLERANCE_A:
            place.waiting = _Waiting(limit_a, at)
        one = any(period.phase_count == 1 for period in profile.periods)
        place.one_phase_since = at if one and limit_a > 0 else None

    def _cleared(self, command: ClearProfile) -> None:
        for number, held in self.installed.items():
            for profile in tuple(held.values()):
                if (
                    command.profile_id in {None, profile.profile_id}
                    and command.connector_id in {None, number}
                    and command.purpose in {None, profile.purpose}
                    and command.stack_level in {None, profile.stack_level}
                ):
                    del held[profile.profile_id]

    # Measurements -------------------------------------------------------------------------------

    def _metered(
        self, number: ConnectorId, readings: tuple[Reading, ...], at: datetime
    ) -> Iterator[tuple[Fact, str]]:
        place = self._places.setdefault(number, _Place())
        for reading in readings:
            yield from self._stamped(reading.taken_at, at)
            yield from _register_mode(place, reading)
            currents = [reading.values[position] for _, position in reading.layout.currents]
            if currents:
                yield from self._drew(place, currents, at)

    def _drew(
        self, place: _Place, currents_a: list[float], at: datetime
    ) -> Iterator[tuple[Fact, str]]:
        place.drawn_a = max(currents_a)
        waiting = place.waiting
        if waiting is not None and place.drawn_a <= waiting.limit_a + TOLERANCE_A:
            place.waiting = None
            took_s = (at - waiting.since).total_seconds()
            known = self.profile.number(Fact.REACTION_S)
            if took_s <= LONGEST_REACTION_S and (known is None or took_s > known):
                yield Fact.REACTION_S, f"{took_s:.0f}"
        used = sum(current_a > DRAWS_A for current_a in currents_a)
        since = place.one_phase_since
        if since is not None and used and (at - since).total_seconds() > 60:
            place.one_phase_since = None
            if len(currents_a) > 1:
                yield Fact.OBEYS_PHASES, "true" if used == 1 else "false"

    def _stamped(self, stamp: datetime, at: datetime) -> Iterator[tuple[Fact, str]]:
        self._clock.take(stamp, at)
        if self._judged is not None and self._judged == self._clock.until:
            return
        self._judged = self._clock.until
        ahead_s = self._clock.ahead_s
        if ahead_s is None:
            return
        known = self.profile.number(Fact.CLOCK_AHEAD_S)
        if known is None or abs(known - ahead_s) > 1.0:
            yield Fact.CLOCK_AHEAD_S, f"{ahead_s:.0f}"

    def _members(self, fact: Fact) -> frozenset[str]:
        return frozenset(filter(None, (self.profile.value(fact) or "").split(",")))


def _register_mode(place: _Place, reading: Reading) -> Iterator[tuple[Fact, str]]:
    register, start_wh = reading.layout.register, place.start_wh
    if register is None or start_wh is None or start_wh <= REGISTER_STEP_WH:
        return
    place.start_wh = None  # once for each session
    mode = "lifetime" if reading.values[register] >= start_wh else "session"
    yield Fact.REGISTER_MODE, mode


def _joined(members: frozenset[str], word: str) -> str:
    return ",".join(sorted(members | {word}))
