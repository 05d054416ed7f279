"""The profile of a made-up fleet as a file: what may stand where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import FAULTS, Fault

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """A table that knows its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VersionsSpec(Table):
    """Weights of the OCPP versions."""

    v16: Annotated[float, Field(ge=0)] = Field(default=0, alias="1.6")
    v201: Annotated[float, Field(ge=0)] = Field(default=0, alias="2.0.1")
    v21: Annotated[float, Field(ge=0)] = Field(default=0, alias="2.1")

    def weights(self) -> dict[Version, float]:
        """Return the weight of each version; 1.6 alone when none is given."""
        given = {Version.V16: self.v16, Version.V201: self.v201, Version.V21: self.v21}
        return given if any(given.values()) else {Version.V16: 1.0}


class CarsSpec(Table):
    """The cars that come and go."""

    stay_s: Positive = 1800
    gap_s: Positive = 300
    energy_kwh: tuple[Positive, Positive] | None = None
    max_current_a: tuple[Positive, ...] = Field(default=(16, 32), min_length=1)
    one_phase_share: Share = 0.5
    tokens: tuple[str, ...] = ()


class TlsSpec(Table):
    """What a wss:// link needs."""

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


class ProfileSpec(Table):
    """The whole file, but for `[[fault]]`, whose keys depend on the kind."""

    chargers: Annotated[int, Field(ge=1, le=100_000)] = 10
    connectors: Annotated[int, Field(ge=1, le=100)] = 1
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9*\-_=+|@.]{1,40}$")] = "SIM-"
    max_current_a: Positive = 32
    meter_interval_s: Annotated[int, Field(ge=0)] = 60
    answer_timeout_s: Positive = 30
    speed: Annotated[float, Field(gt=0, le=100_000)] = 1
    duration_s: Positive | None = None
    seed: int = 0
    password: str | None = None
    passwords: Mapping[str, str] = Field(default_factory=dict)
    versions: VersionsSpec = VersionsSpec()
    cars: CarsSpec = CarsSpec()
    tls: TlsSpec = TlsSpec()


class FaultSpec(Table):
    """What every `[[fault]]` has."""

    kind: str
    chargers: Share = 1.0


_RANGES: Mapping[str, Any] = {
    "share": Field(ge=0, le=1),
    "every": Field(ge=1),
    "every_s": Field(gt=0),
    "for_s": Field(gt=0),
    "large_bytes": Field(ge=1),
}
"""What the numbers of faults may be, by their names; `seconds` are limited for waits only."""
_WAITS = frozenset({"slow-answers", "applies-late"})


def _model(kind: type[Fault]) -> type[FaultSpec]:
    hints = get_type_hints(kind)
    keys: dict[str, Any] = {}
    for field in fields(kind):
        limit = _RANGES.get(field.name)
        if field.name == "seconds" and kind.kind in _WAITS:
            limit = Field(ge=0)
        annotation = hints[field.name]
        default = ... if field.default is MISSING else field.default
        keys[field.name] = (annotation if limit is None else Annotated[annotation, limit], default)
    return create_model(f"{kind.__name__}Spec", __base__=FaultSpec, **keys)


FAULT_SPECS: Mapping[str, type[FaultSpec]] = {word: _model(kind) for word, kind in FAULTS.items()}
"""The keys of each kind of `[[fault]]`."""


def fault_of(spec: FaultSpec) -> Fault:
    """Return the fault that a table describes."""
    kind = FAULTS[spec.kind]
    return kind(**{field.name: getattr(spec, field.name) for field in fields(kind)})
