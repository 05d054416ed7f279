"""What requests carry, checked and turned into domain commands."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ocpp_core.domain.commands import (
    ChangeConfiguration,
    ClearProfile,
    Command,
    GetComposite,
    GetConfiguration,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    SetProfile,
    TriggerMessage,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)

ConnectorNumber = Annotated[int, Field(ge=0, description="0 is the charger as a whole.")]
SocketNumber = Annotated[int, Field(ge=1)]
Watts = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Amperes = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Body(BaseModel):
    """Base: unknown keys are errors, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


class CommandBody(Body):
    """Base of bodies that become a command."""

    @abstractmethod
    def command(self) -> Command:
        """Return the command."""


class PeriodBody(Body):
    """A limit from `start_s` after the schedule's start until the next period."""

    start_s: int = Field(ge=0)
    limit: float = Field(ge=0, allow_inf_nan=False, description="In the profile's rate unit.")
    phase_count: int | None = Field(default=None, ge=1, le=3)


class ProfileBody(Body):
    """A charging profile with its schedule."""

    profile_id: int
    purpose: ProfilePurpose
    kind: ProfileKind
    stack_level: int = Field(default=0, ge=0)
    rate_unit: RateUnit = RateUnit.A
    periods: tuple[PeriodBody, ...] = Field(min_length=1)
    start: AwareDatetime | None = Field(
        default=None, description="Start of the schedule; required unless the kind is Relative."
    )
    duration_s: int | None = Field(default=None, gt=0)
    transaction_id: int | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _has_a_start(self) -> Self:
        if self.kind is not ProfileKind.RELATIVE and self.start is None:
            raise ValueError(f"a profile of kind {self.kind} needs a start")
        if self.periods[0].start_s != 0:
            raise ValueError("the first period starts at 0")
        starts = [period.start_s for period in self.periods]
        if starts != sorted(set(starts)):
            raise ValueError("periods are in order of start_s")
        return self

    def profile(self) -> ChargingProfile:
        """Return it as a domain value."""
        return ChargingProfile(
            profile_id=self.profile_id,
            purpose=self.purpose,
            kind=self.kind,
            stack_level=self.stack_level,
            rate_unit=self.rate_unit,
            periods=tuple(
                SchedulePeriod(start_s=p.start_s, limit=p.limit, phase_count=p.phase_count)
                for p in self.periods
            ),
            start=self.start,
            duration_s=self.duration_s,
            transaction_id=_transaction(self.transaction_id),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class SetProfileBody(CommandBody):
    """Install a charging profile directly.

    The guard does not plan with it and may replace it: to hold charging down, set a circuit's
    limit instead.
    """

    connector_id: ConnectorNumber
    profile: ProfileBody

    def command(self) -> SetProfile:
        """Return the command."""
        return SetProfile(
            connector_id=ConnectorId(self.connector_id), profile=self.profile.profile()
        )


class ClearProfileBody(CommandBody):
    """Remove the profiles that match every field given.

    A charger without profiles may draw its rated current until the guard has set them again.
    """

    profile_id: int | None = None
    connector_id: ConnectorNumber | None = None
    purpose: ProfilePurpose | None = None
    stack_level: int | None = Field(default=None, ge=0)

    def command(self) -> ClearProfile:
        """Return the command."""
        return ClearProfile(
            profile_id=self.profile_id,
            connector_id=_connector(self.connector_id),
            purpose=self.purpose,
            stack_level=self.stack_level,
        )


class GetCompositeBody(CommandBody):
    """Ask what limits the charger will apply."""

    connector_id: ConnectorNumber
    duration_s: int = Field(default=3600, gt=0, le=7 * 86400)
    rate_unit: RateUnit | None = None

    def command(self) -> GetComposite:
        """Return the command."""
        return GetComposite(
            connector_id=ConnectorId(self.connector_id),
            duration_s=self.duration_s,
            rate_unit=self.rate_unit,
        )


class RemoteStartBody(CommandBody):
    """Start a transaction for a token."""

    id_token: str = Field(min_length=1, max_length=20)
    connector_id: SocketNumber | None = None

    def command(self) -> RemoteStart:
        """Return the command."""
        return RemoteStart(
            id_token=IdToken(self.id_token), connector_id=_connector(self.connector_id)
        )


class RemoteStopBody(CommandBody):
    """Stop a transaction."""

    transaction_id: int

    def command(self) -> RemoteStop:
        """Return the command."""
        return RemoteStop(transaction_id=TransactionId(self.transaction_id))


class ChangeConfigurationBody(CommandBody):
    """Set one configuration key; the value is never logged."""

    key: str = Field(min_length=1, max_length=50)
    value: str = Field(max_length=500)

    def command(self) -> ChangeConfiguration:
        """Return the command."""
        return ChangeConfiguration(key=self.key, value=self.value)


class GetConfigurationBody(CommandBody):
    """Read configuration keys; none named reads all."""

    keys: tuple[Annotated[str, Field(min_length=1, max_length=50)], ...] = ()

    def command(self) -> GetConfiguration:
        """Return the command."""
        return GetConfiguration(keys=self.keys)


class TriggerMessageBody(CommandBody):
    """Ask the charger to send a message now."""

    message: str = Field(min_length=1, examples=["StatusNotification"])
    connector_id: SocketNumber | None = None

    def command(self) -> TriggerMessage:
        """Return the command."""
        return TriggerMessage(message=self.message, connector_id=_connector(self.connector_id))


class ResetBody(CommandBody):
    """Restart the charger."""

    kind: ResetKind = ResetKind.SOFT

    def command(self) -> Reset:
        """Return the command."""
        return Reset(kind=self.kind)


COMMANDS: dict[str, type[CommandBody]] = {
    "set-profile": SetProfileBody,
    "clear-profile": ClearProfileBody,
    "get-composite": GetCompositeBody,
    "remote-start": RemoteStartBody,
    "remote-stop": RemoteStopBody,
    "change-configuration": ChangeConfigurationBody,
    "get-configuration": GetConfigurationBody,
    "trigger-message": TriggerMessageBody,
    "reset": ResetBody,
}
"""By the name in the URL; one for every domain command."""


class NeedBody(Body):
    """What a driver wants of a running session."""

    energy_wh: float = Field(
        gt=0, le=1_000_000, allow_inf_nan=False, description="Over the whole session, Wh."
    )
    departure: AwareDatetime


class LimitBody(Body):
    """A limit that stands in for the configured one; 0 stops charging below the circuit."""

    limit_a: Amperes | None = Field(default=None, description="On each phase, A.")
    limit_w: Watts | None = Field(default=None, description="On the sum of the phases, W.")
    reason: str = Field(min_length=1, max_length=200, description="Shown to operators.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.limit_a is None and self.limit_w is None:
            raise ValueError("give limit_a, limit_w or both")
        return self


class SiteLoadBody(Body):
    """A reading of the site's own meter."""

    building_w: Watts | None = Field(default=None, description="Load of the building, W.")
    pv_w: Watts | None = Field(default=None, description="PV production, W.")

    @model_validator(mode="after")
    def _measures_something(self) -> Self:
        if self.building_w is None and self.pv_w is None:
            raise ValueError("give building_w, pv_w or both")
        return self


def _connector(number: int | None) -> ConnectorId | None:
    return None if number is None else ConnectorId(number)


def _transaction(number: int | None) -> TransactionId | None:
    return None if number is None else TransactionId(number)
