"""What the file says of the site itself: its fuses, chargers and connectors."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr
from pydantic import model_validator as check

from ampherd.config.kinds import (
    Name,
    Number,
    PhaseName,
    ProfileNumber,
    Spec,
    VersionName,
    Whole,
    known_zone,
)
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A


class SiteSpec(Spec):
    """The site itself."""

    id: Name = Field(description="Key of the site in every table; keep it for good.")
    name: Name = Field(description="Name that people see.")
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        description="IANA zone of calendars, tariffs and display, e.g. `Europe/Berlin`."
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="ISO 4217 code of every price in this file, e.g. `EUR`."
    )
    voltage_v: Annotated[Number, Field(ge=80, le=400)] = Field(
        default=230.0, description="Nominal voltage from phase to neutral, V."
    )
    building_circuit: Name | None = Field(
        default=None,
        description="Circuit on which the building's own load weighs; "
        "not given: the grid connection.",
    )
    building_peak_w: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="Building load that is kept free wherever it is not measured, W.",
    )
    fail_safe_a: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="Current that each connector falls back to when Ampherd is silent, A on each "
        "phase; 0: cars wait until Ampherd answers. The sum must fit under every limit.",
    )


class LineSpec(Spec):
    """A line that carries several phases with their angles (delta loads, a transformer's feed)."""

    name: Name = Field(description="What people call the line, e.g. `A secondary`.")
    weights: tuple[Number, Number, Number] = Field(
        description="What an ampere on L1, L2 and L3 adds to the line, with its sign: the line "
        "between the loads L1-L2 (`L1`) and L3-L1 (`L3`) has `[1, 0, -1]`."
    )
    limit_a: Annotated[Number, Field(gt=0)] = Field(description="Limit on its current, A.")

    @check(mode="after")
    def _weighs(self) -> Self:
        if not any(self.weights):
            raise ValueError("weights of 0 on every phase limit nothing")
        return self


class CircuitSpec(Spec):
    """A fuse or a contract limit; one circuit has no parent: the grid connection."""

    id: Name = Field(description="Name of the circuit.")
    parent: Name | None = Field(
        default=None, description="Circuit that feeds it; not given: this is the grid connection."
    )
    limit_a: Annotated[Number, Field(gt=0)] | None = Field(
        default=None, description="Limit on each phase, A. Needed unless `limit_w` is given."
    )
    limit_w: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="Limit on the sum of the phases, W. Needed unless `limit_a` is given.",
    )
    max_imbalance_a: Annotated[Number, Field(ge=0)] | None = Field(
        default=None,
        description="Most by which plans may load the highest phase above the lowest, A; a goal "
        "of plans, which trips nothing; not given: it does not matter.",
    )
    lines: tuple[LineSpec, ...] = Field(
        default=(), description="Limits on lines that carry several phases with their angles."
    )

    @check(mode="after")
    def _limited(self) -> Self:
        if self.limit_a is None and self.limit_w is None and not self.lines:
            raise ValueError("a circuit needs limit_a, limit_w or lines")
        return self


class ConnectorSpec(Spec):
    """One socket or cable."""

    id: Annotated[Whole, Field(ge=1, le=99)] = Field(
        description="Number of the connector on its charger, from 1."
    )
    circuit: Name = Field(description="Circuit that feeds it.")
    phases: Annotated[tuple[PhaseName, ...], Field(min_length=1, max_length=3)] = Field(
        default=("L1", "L2", "L3"),
        description="Supply phases that it loads, after rotation.",
    )
    max_current_a: Annotated[Number, Field(gt=0)] = Field(description="Rating on each phase, A.")
    min_current_a: Annotated[Number, Field(gt=0)] = Field(
        default=MIN_CHARGING_CURRENT_A,
        description="Lowest current that a car may be offered, A (IEC 61851-1: 6).",
    )
    step_a: Annotated[Number, Field(ge=0.1)] = Field(
        default=0.1,
        description="Steps in which plans order it, A: 1 where it knows whole amperes only.",
    )
    fewest_phases: Annotated[Whole, Field(ge=1, le=3)] = Field(
        default=1,
        description="Phases that every car here uses at least. It counts for a charger that takes "
        "watts only: a limit is then told for this many phases. 3 for direct current, and where "
        "no car uses a single phase; too high a number would let one draw more than the fuse.",
    )

    @check(mode="after")
    def _consistent(self) -> Self:
        if self.max_current_a < self.min_current_a:
            raise ValueError(
                f"max_current_a {self.max_current_a:g} is below min_current_a "
                f"{self.min_current_a:g}: no car could ever charge"
            )
        if len(set(self.phases)) != len(self.phases):
            raise ValueError("phases names a phase twice")
        if self.fewest_phases > len(self.phases):
            raise ValueError(
                f"fewest_phases {self.fewest_phases} is more than the phases that it has"
            )
        return self


class ChargePointSpec(Spec):
    """A charger."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9*_=+|@.-]{1,48}$")] = Field(
        description="Identity that the charger connects with, the last part of its server URL."
    )
    password: Annotated[SecretStr, Field(min_length=1)] | None = Field(
        default=None,
        description="Password of HTTP Basic authentication (OCPP security profiles 1 and 2), 16 to "
        "40 characters: text, or the hex of its bytes. `ampherd charger password` makes one "
        "instead, which is then in no file.",
    )
    password_file: Name | None = Field(
        default=None, description="File whose first line is the password."
    )
    password_env: Name | None = Field(
        default=None, description="Environment variable that holds the password."
    )
    security_profile: ProfileNumber | None = Field(
        default=None,
        description="The least secure connection that is accepted from it, 0 to 3 as in "
        "`server.security_profile`; not given: that one.",
    )
    certificate_cn: Name | None = Field(
        default=None,
        description="CN of its certificate (profile 3), often its serial number; not given: `id`.",
    )
    assumed_version: VersionName | None = Field(
        default=None,
        description="OCPP version of a charger that offers none when it connects, e.g. `ocpp1.6`; "
        "not given: such a connection is closed. What a charger offers always counts instead.",
    )
    command_timeout_s: Annotated[Number, Field(gt=0, le=600)] | None = Field(
        default=None,
        description="A command to it without an answer has timed out after this, s; not given: "
        "`server.command_timeout_s`.",
    )
    connectors: Annotated[tuple[ConnectorSpec, ...], Field(min_length=1)] = Field(
        description="Its connectors."
    )
    register_factor: Annotated[Number, Field(gt=0)] = Field(
        default=1.0,
        description="What its energy readings are multiplied with where it mislabels their unit: "
        "1000 when it counts kWh and says Wh. `GET /api/v1/unit-doubts` proposes it; readings are "
        "kept as they came.",
    )
    power_factor: Annotated[Number, Field(gt=0)] = Field(
        default=1.0, description="The same for its power readings."
    )
    managed: bool = Field(
        default=True,
        description="False leaves its limits to people, e.g. for an acceptance test: Ampherd "
        "orders nothing, takes profiles from the HTTP API, and counts the charger at its rating.",
    )

    @check(mode="after")
    def _one_password(self) -> Self:
        given = [self.password, self.password_file, self.password_env]
        if sum(value is not None for value in given) > 1:
            raise ValueError("give only one of password, password_file and password_env")
        return self
