"""The charging profiles that a simulated charger keeps, and the current that they let it offer.

Rules: OCPP 1.6 edition 2 section 3.13 and its errata 3.8, 3.34, 3.37 and 3.69.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ocpp_core.domain.ids import ConnectorId, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
    limit_in_force,
    next_change,
)

type Profiles = Mapping[ConnectorId, tuple[ChargingProfile, ...]]

WHOLE = ConnectorId(0)
"""Connector 0: the charge point as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The transaction that a connector runs, as far as profiles care."""

    transaction_id: TransactionId | None
    """None while StartTransaction is unanswered."""
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a profile is not taken, for the log; the wire only says Rejected."""

    words: str


@dataclass(frozen=True, slots=True)
class _View:
    """The profiles that count from an instant on."""

    since: datetime
    profiles: Profiles


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
    ) -> None:
        self._voltage_v = voltage_v
        self._reaction = timedelta(seconds=reaction_s)
        self._max_stack_level = max_stack_level
        self._max_periods = max_periods
        self._max_installed = max_installed
        self._views = [_View(since, {})]

    @property
    def installed(self) -> Profiles:
        """Every profile kept, by connector, limits in A."""
        return self._views[-1].profiles

    def install(
        self,
        connector_id: ConnectorId,
        profile: ChargingProfile,
        *,
        at: datetime,
        running: Running | None,
    ) -> Refusal | None:
        """Keep a profile in place of those it replaces; return why not when it is refused."""
        words = self._refusal(connector_id, profile, running)
        if words:
            return Refusal(words)
        profile = in_amperes(profile, self._voltage_v)
        kept = {
            place: tuple(
                old
                for old in profiles
                if old.profile_id != profile.profile_id
                and not (
                    place == connector_id
                    and old.purpose is profile.purpose
                    and old.stack_level == profile.stack_level
                )
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
        kept = {
            place: tuple(p for p in profiles if not matches(place, p))
            for place, profiles in self.installed.items()
        }
        removed = sum(map(len, self.installed.values())) - sum(map(len, kept.values()))
        if removed:
            self._change(kept, at)
        return removed

    def end_transaction(self, connector_id: ConnectorId) -> None:
        """Forget a connector's TxProfiles: they die with their transaction, at once."""
        self._views = [
            _View(
                view.since,
                {
                    **view.profiles,
                    connector_id: tuple(
                        p
                        for p in view.profiles.get(connector_id, ())
                        if p.purpose is not ProfilePurpose.TX
                    ),
                },
            )
            for view in self._views
        ]

    def limit_a(
        self, connector_id: ConnectorId, at: datetime, *, started_at: datetime | None, sharers: int
    ) -> float | None:
        """Return the connector's limit at an instant, A on each phase, or None for no limit.

        A ChargePointMaxProfile is for all connectors together: each of the `sharers` that are
        charging gets the same part of it.
        """
        profiles = self._view(at).profiles
        own = limit_in_force(
            self._tx_profiles(profiles, connector_id, at, started_at),
            at,
            transaction_start=started_at,
        )
        whole = limit_in_force(
            tuple(p for p in profiles.get(WHOLE, ()) if _is_max(p)),
            at,
            transaction_start=started_at,
        )
        if whole is None:
            return own
        share = whole / max(1, sharers)
        return share if own is None else min(own, share)

    def next_change(
        self, connector_id: ConnectorId, after: datetime, *, started_at: datetime | None
    ) -> datetime | None:
        """Return when the limit may next change by itself, or None."""
        profiles = self._view(after).profiles
        candidates = [
            next_change(profiles.get(place, ()), after, transaction_start=started_at)
            for place in (connector_id, WHOLE)
        ]
        candidates += [view.since for view in self._views if view.since > after][:1]
        return min((c for c in candidates if c is not None), default=None)

    @staticmethod
    def _tx_profiles(
        profiles: Profiles,
        connector_id: ConnectorId,
        at: datetime,
        started_at: datetime | None,
    ) -> tuple[ChargingProfile, ...]:
        """Profiles of the connector; those of connector 0 only where it has no default itself."""
        own = profiles.get(connector_id, ())
        if any(
            p.purpose is ProfilePurpose.TX_DEFAULT
            and p.limit_at(at, transaction_start=started_at) is not None
            for p in own
        ):
            return own
        shared = (p for p in profiles.get(WHOLE, ()) if p.purpose is ProfilePurpose.TX_DEFAULT)
        return (*own, *shared)

    def _view(self, at: datetime) -> _View:
        return next((v for v in reversed(self._views) if v.since <= at), self._views[0])

    def _change(self, profiles: Profiles, at: datetime) -> None:
        counts_from = at + self._reaction
        current = self._view(at)
        pending = [v for v in self._views if at < v.since < counts_from]
        self._views = [current, *pending, _View(counts_from, profiles)]

    def _refusal(
        self, connector_id: ConnectorId, profile: ChargingProfile, running: Running | None
    ) -> str:
        if profile.stack_level > self._max_stack_level:
            return f"stack level above {self._max_stack_level}"
        if not 0 < len(profile.periods) <= self._max_periods:
            return f"not 1 to {self._max_periods} periods"
        if profile.periods[0].start_s != 0:
            return "the first period does not start at 0"
        if profile.kind is ProfileKind.RECURRING:
            return "recurring schedules are not supported"
        match profile.purpose:
            case ProfilePurpose.CHARGE_POINT_MAX if connector_id != WHOLE:
                return "ChargePointMaxProfile is for connector 0"
            case ProfilePurpose.CHARGE_POINT_MAX if profile.kind is ProfileKind.RELATIVE:
                return "ChargePointMaxProfile cannot be relative"
            case ProfilePurpose.TX if connector_id == WHOLE:
                return "TxProfile needs a connector"
            case ProfilePurpose.TX if running is None:
                return "TxProfile needs a running transaction"
            case ProfilePurpose.TX if (
                running is not None
                and profile.transaction_id is not None
                and profile.transaction_id != running.transaction_id
            ):
                return f"transaction {profile.transaction_id} does not run here"
            case _:
                return ""


def in_amperes(profile: ChargingProfile, voltage_v: float) -> ChargingProfile:
    """Return the same profile with limits in A on each phase.

    A = W / (nominal V x numberPhases), where numberPhases is 3 unless given (erratum 3.34).
    """
    if profile.rate_unit is RateUnit.A:
        return profile
    return replace(
        profile,
        rate_unit=RateUnit.A,
        periods=tuple(
            SchedulePeriod(
                start_s=period.start_s,
                limit=period.limit / (voltage_v * (period.phase_count or 3)),
                phase_count=period.phase_count,
            )
            for period in profile.periods
            if period.limit is not None
        ),
    )


def _is_max(profile: ChargingProfile) -> bool:
    return profile.purpose is ProfilePurpose.CHARGE_POINT_MAX


def schedule(
    offer: Callable[[datetime], float],
    next_offer: Callable[[datetime], datetime | None],
    *,
    start: datetime,
    duration_s: int,
) -> tuple[SchedulePeriod, ...]:
    """Write an offer over time as periods of whole seconds, equal neighbours joined."""
    periods: list[SchedulePeriod] = []
    at: datetime | None = start
    end = start + timedelta(seconds=duration_s)
    while at is not None and at < end:
        start_s, limit = int((at - start).total_seconds()), offer(at)
        if periods and periods[-1].start_s == start_s:
            periods.pop()
        if not periods or periods[-1].limit != limit:
            periods.append(SchedulePeriod(start_s=start_s, limit=limit))
        at = next_offer(at)
    return tuple(periods)
