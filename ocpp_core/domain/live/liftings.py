"""What a charger tells of that could let it draw more than the guard's profiles allow.

LocalGeneration is added on top of every limit, PriorityCharging stands in place of the session's
profile (OCPP 2.1 K01, K21, K22), and a session or default profile of somebody else may lead over
the guard's (section 3.13 of OCPP 1.6, K01.FR.39). Limits of others can only lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ocpp_core.domain.commands import Accepted, ClearProfile, GetProfiles
from ocpp_core.domain.events import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    PriorityChargingNotified,
    ProfilesReported,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose

OURS = "CSO"
"""Source of the profiles that a central system sets (OCPP 2.0.1 ChargingLimitSourceEnumType)."""

_EFFECT = {
    ProfilePurpose.LOCAL_GENERATION: "it is added on top of the limits that the guard sets",
    ProfilePurpose.PRIORITY_CHARGING: "with priority on, it stands in place of the guard's limit",
    ProfilePurpose.TX: "it may lead over the guard's",
    ProfilePurpose.TX_DEFAULT: "it may lead over the guard's",
}
_NEVER_OURS = frozenset({ProfilePurpose.LOCAL_GENERATION, ProfilePurpose.PRIORITY_CHARGING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignProfile:
    """A profile that somebody else left in a charger."""

    connector_id: ConnectorId
    profile_id: int
    purpose: ProfilePurpose
    stack_level: int
    transaction_id: TransactionId | None
    source: str

    def words(self, charge_point_id: ChargePointId) -> str:
        """Say it for people."""
        return (
            f"{charge_point_id}/{self.connector_id} holds a {self.purpose.value} "
            f"(id {self.profile_id}, set by {self.source}) that is not the guard's: "
            f"{_EFFECT[self.purpose]}."
        )


@dataclass(slots=True)
class Liftings:
    """What could lift the limits of one charger, by what it told."""

    profiles: dict[tuple[ConnectorId, int], ForeignProfile] = field(default_factory=dict)
    """By connector and profile id."""
    generating: dict[tuple[ConnectorId | None, str], None] = field(default_factory=dict)
    """Places and sources of what is generated on the spot."""
    priority: dict[StationTransactionId, None] = field(default_factory=dict)
    """Transactions whose priority was switched on at the charger."""

    def take(self, message: StoredMessage) -> None:
        """Take note of a stored message."""
        match message.event:
            case ProfilesReported() as reported:
                for profile in reported.profiles:
                    self._take_profile(profile, reported)
            case ChargingLimitNotified(local_generation=True) as told:
                self.generating[told.connector_id, told.source] = None
            case ChargingLimitNotified() | ChargingLimitCleared() as told:
                self.generating.pop((told.connector_id, told.source), None)
            case PriorityChargingNotified() as told:
                number = StationTransactionId(told.station_transaction_id)
                if told.activated:
                    self.priority[number] = None
                else:
                    self.priority.pop(number, None)
            case None if isinstance(message.result, Accepted):
                self._take_order(message)
            case _:
                pass

    def hold(self, profile: ForeignProfile) -> None:
        """Take a profile that a charger reported, if it can lift a limit."""
        if profile.purpose in _NEVER_OURS or (
            profile.purpose in _EFFECT and profile.source != OURS
        ):
            self.profiles[profile.connector_id, profile.profile_id] = profile

    def session_ended(
        self, transaction_id: TransactionId, station_id: StationTransactionId | None
    ) -> None:
        """A transaction ended: its priority and its profiles are gone."""
        if station_id is not None:
            self.priority.pop(station_id, None)
        self._drop(lambda profile: profile.transaction_id == transaction_id)

    def words(self, charge_point_id: ChargePointId) -> Iterator[str]:
        """Say what there is, one sentence each."""
        for profile in self.profiles.values():
            yield profile.words(charge_point_id)
        for connector_id, source in self.generating:
            place = "" if connector_id is None else f"/{connector_id}"
            yield (
                f"{charge_point_id}{place} tells of local generation ({source}): what is generated "
                "on the spot is added on top of the limits that the guard sets."
            )
        for number in self.priority:
            yield (
                f"{charge_point_id}: priority is on for its transaction {number}: a profile for "
                "priority, if it holds one, stands in place of the guard's limit."
            )

    def _take_profile(self, profile: ChargingProfile, reported: ProfilesReported) -> None:
        key = (reported.connector_id, profile.profile_id)
        self.profiles.pop(key, None)
        self.hold(
            ForeignProfile(
                connector_id=reported.connector_id,
                profile_id=profile.profile_id,
                purpose=profile.purpose,
                stack_level=profile.stack_level,
                transaction_id=profile.transaction_id,
                source=reported.source,
            )
        )

    def _take_order(self, message: StoredMessage) -> None:
        """What was cleared is gone; what is asked for comes again, if it is still there."""
        match message.command:
            case ClearProfile(profile_id=number) if number is not None:
                self._drop(lambda profile: profile.profile_id == number)
            case ClearProfile() as clear:
                self._drop(
                    lambda profile: (
                        clear.connector_id in (None, profile.connector_id)
                        and clear.purpose in (None, profile.purpose)
                        and clear.stack_level in (None, profile.stack_level)
                    )
                )
            case GetProfiles() as asked:
                self._drop(
                    lambda profile: (
                        asked.connector_id in (None, profile.connector_id)
                        and asked.purpose in (None, profile.purpose)
                        and asked.stack_level in (None, profile.stack_level)
                        and asked.source in (None, profile.source)
                        and (not asked.profile_ids or profile.profile_id in asked.profile_ids)
                    )
                )
            case _:
                pass

    def _drop(self, gone: Callable[[ForeignProfile], bool]) -> None:
        self.profiles = {key: held for key, held in self.profiles.items() if not gone(held)}
