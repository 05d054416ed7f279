"""The charging profiles that a simulated charger keeps: installing, clearing, and when they count.

What they allow is computed by `ocpp_core.domain.composite`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ocpp_core.domain.composite import (
    V16,
    WHOLE,
    Place,
    ProfilesByConnector,
    Session,
    Stack,
    StackingRules,
    faults,
    limit_at,
    next_change,
)
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a profile is not taken; the wire of OCPP 1.6 only says Rejected."""

    words: str
    code: str = "InvalidProfile"
    """Reason code of OCPP 2 (part 2 appendix 5)."""


@dataclass(frozen=True, slots=True)
class _View:
    """The profiles that count from an instant on."""

    since: datetime
    profiles: ProfilesByConnector


class ProfileStack:
    """Profiles by connector, with replacing, clearing, and a reaction time before they count."""

    def __init__(
        self,
        *,
        since: datetime,
        voltage_v: float,
        reaction_s: float = 0.0,
        max_stack_level: int = 8,
        max_periods: int = 24,
        max_installed: int = 32,
        rules: StackingRules = V16,
        zone: tzinfo = UTC,
    ) -> None:
        self.offline_since: datetime | None = None
        """Since when the charger is without its server; set it by `link`."""
        self._rules = rules
        self._zone = zone
        self._voltage_v = voltage_v
        self._reaction = timedelta(seconds=reaction_s)
        self._max_stack_level = max_stack_level
        self._max_periods = max_periods
        self._max_installed = max_installed
        self._views = [_View(since, {})]

    @property
    def installed(self) -> ProfilesByConnector:
        """Every profile kept, by connector."""
        return self._views[-1].profiles

    def install(
        self,
        connector_id: ConnectorId,
        profile: ChargingProfile,
        *,
        at: datetime,
        session: Session | None,
    ) -> Refusal | None:
        """Keep a profile in place of those it replaces; return why not when it is refused."""
        for refusal in self._refusals(connector_id, profile, session):
            return refusal
        kept = {
            place: tuple(
                old for old in profiles if not self._replaced(place, old, connector_id, profile)
            )
            for place, profiles in self.installed.items()
        }
        if sum(len(profiles) for profiles in kept.values()) >= self._max_installed:
            return Refusal(f"{self._max_installed} profiles are installed already")
        kept[connector_id] = (*kept.get(connector_id, ()), profile)
        self._change(kept, at)
        return None

    def clear(
        self, matches: Callable[[ConnectorId, ChargingProfile], bool], *, at: datetime
    ) -> int:
        """Remove the profiles that match and return how many."""
        kept = _without(self.installed, matches)
        removed = sum(map(len, self.installed.values())) - sum(map(len, kept.values()))
        if removed:
            self._change(kept, at)
        return removed

    def end_transaction(self, connector_id: ConnectorId) -> None:
        """Forget a connector's TxProfiles: they die with their transaction, at once."""
        self._forget(lambda place, p: place == connector_id and p.purpose is ProfilePurpose.TX)

    def link(self, *, online: bool, at: datetime) -> None:
        """The link to the server broke or is back; some profiles do not survive that (2.1)."""
        if not online:
            self.offline_since = self.offline_since or at
            return
        if self.offline_since is not None:
            gone_s = (at - self.offline_since).total_seconds()
            self._forget(
                lambda _, p: (
                    p.invalid_after_offline
                    and p.max_offline_duration_s is not None
                    and gone_s > p.max_offline_duration_s
                )
            )
        self.offline_since = None

    def stack(self, at: datetime, places: Mapping[ConnectorId, Place]) -> Stack:
        """Return the profiles that count at an instant, with the connectors as they are."""
        return self._stack(self._view(at).profiles, places)

    def stack_installed(self, places: Mapping[ConnectorId, Place]) -> Stack:
        """Return every profile kept, whether it counts already or in a moment."""
        return self._stack(self.installed, places)

    def limit_a(
        self, connector_id: ConnectorId, at: datetime, *, session: Session | None, sharers: int
    ) -> float | None:
        """Return the connector's limit at an instant, A on each phase, or None for no limit.

        What limits the whole charge point is for all connectors together: each of the `sharers`
        that are charging gets the same part of it.
        """
        stack = self.stack(at, {connector_id: Place(session=session)})
        draw = limit_at(stack, connector_id, at, sharers=max(1, sharers)).draw
        return None if draw is None else draw.a

    def next_change(
        self, connector_id: ConnectorId, after: datetime, *, session: Session | None
    ) -> datetime | None:
        """Return when the limit may next change by itself, or None."""
        stack = self.stack(after, {connector_id: Place(session=session)})
        candidates = [view.since for view in self._views if view.since > after][:1]
        by_itself = next_change(stack, connector_id, after)
        return min([*candidates, *([] if by_itself is None else [by_itself])], default=None)

    def _stack(self, profiles: ProfilesByConnector, places: Mapping[ConnectorId, Place]) -> Stack:
        return Stack(
            rules=self._rules,
            voltage_v=self._voltage_v,
            profiles=profiles,
            places=places,
            zone=self._zone,
            offline_since=self.offline_since,
        )

    def _view(self, at: datetime) -> _View:
        return next((v for v in reversed(self._views) if v.since <= at), self._views[0])

    def _change(self, profiles: ProfilesByConnector, at: datetime) -> None:
        counts_from = at + self._reaction
        current = self._view(at)
        pending = [v for v in self._views if at < v.since < counts_from]
        self._views = [current, *pending, _View(counts_from, profiles)]

    def _forget(self, matches: Callable[[ConnectorId, ChargingProfile], bool]) -> None:
        """Remove profiles at once, also from what counts later."""
        self._views = [_View(v.since, _without(v.profiles, matches)) for v in self._views]

    def _replaced(
        self,
        place: ConnectorId,
        old: ChargingProfile,
        connector_id: ConnectorId,
        new: ChargingProfile,
    ) -> bool:
        """Tell whether a new profile takes the place of an old one (1.6 section 3.13.2)."""
        if old.profile_id == new.profile_id:
            return True
        return (
            self._rules.same_level_replaces
            and place == connector_id
            and old.purpose is new.purpose
            and old.stack_level == new.stack_level
        )

    def _refusals(
        self, connector_id: ConnectorId, profile: ChargingProfile, session: Session | None
    ) -> Iterator[Refusal]:
        if profile.stack_level > self._max_stack_level:
            yield Refusal(f"stack level above {self._max_stack_level}", "InvalidStackLevel")
        if len(profile.periods) > self._max_periods:
            yield Refusal(f"more than {self._max_periods} periods", "InvalidSchedule")
        for words in faults(profile, self._rules, connector_id):
            yield Refusal(words)
        if profile.purpose is ProfilePurpose.TX:
            named = profile.transaction_id
            if session is None:
                yield Refusal("TxProfile needs a running transaction", "TxNotFound")
            elif named is not None and named != session.transaction_id:
                yield Refusal(f"transaction {named} does not run here", "TxNotFound")
        if not self._rules.same_level_replaces:
            for other in self._rivals(connector_id, profile):
                words = f"profile {other.profile_id} has the same purpose and stack level"
                yield Refusal(words, "DuplicateProfile")

    def _rivals(self, connector_id: ConnectorId, new: ChargingProfile) -> Iterator[ChargingProfile]:
        """Yield profiles that could lead at the same time as a new one (K01.FR.39, 52 and 53)."""
        for place, profiles in self.installed.items():
            shares = WHOLE in {place, connector_id} and new.purpose is ProfilePurpose.TX_DEFAULT
            if place != connector_id and not shares:
                continue
            for old in profiles:
                if (
                    old.profile_id != new.profile_id
                    and (old.purpose, old.stack_level) == (new.purpose, new.stack_level)
                    and old.transaction_id == new.transaction_id
                    and _overlap(old, new)
                ):
                    yield old


def _without(
    profiles: ProfilesByConnector, matches: Callable[[ConnectorId, ChargingProfile], bool]
) -> dict[ConnectorId, tuple[ChargingProfile, ...]]:
    return {
        place: tuple(p for p in kept if not matches(place, p)) for place, kept in profiles.items()
    }


def _overlap(one: ChargingProfile, other: ChargingProfile) -> bool:
    """Tell whether two profiles are valid at the same time."""
    return not any(
        first.valid_to is not None
        and second.valid_from is not None
        and first.valid_to <= second.valid_from
        for first, second in ((one, other), (other, one))
    )
