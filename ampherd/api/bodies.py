"""What requests carry that are no commands to chargers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ocpp_core.domain.events import BootStatus

Watts = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Amperes = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Body(BaseModel):
    """Base: unknown keys are errors, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


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
    start: AwareDatetime | None = Field(
        default=None, description="From when it holds; not given: at once."
    )
    end: AwareDatetime | None = Field(
        default=None, description="Until when it holds; not given: until it is deleted."
    )
    reason: str = Field(min_length=1, max_length=200, description="Shown to operators.")

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.limit_a is None and self.limit_w is None:
            raise ValueError("give limit_a, limit_w or both")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must be after start")
        return self


class RegistrationBody(Body):
    """What the boots of a charger are answered from now on."""

    status: BootStatus = Field(
        description="Pending: it may be configured, and sends nothing but what it is asked for. "
        "Rejected: it is to stay away until its next boot."
    )


class BatteryBody(Body):
    """What the controller of the site's stationary battery reports."""

    stored_wh: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        description="Energy stored, Wh."
    )
    power_w: Annotated[float, Field(allow_inf_nan=False)] = Field(
        description="Power that it takes now, W; negative: it gives."
    )


class SiteLoadBody(Body):
    """A reading of the site's own meter."""

    building_w: Watts | None = Field(default=None, description="Load of the building, W.")
    pv_w: Watts | None = Field(default=None, description="PV production, W.")

    @model_validator(mode="after")
    def _measures_something(self) -> Self:
        if self.building_w is None and self.pv_w is None:
            raise ValueError("give building_w, pv_w or both")
        return self
