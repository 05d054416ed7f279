"""Reading the profile of a made-up fleet: every fault of the file at once, with line and hint."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ampherd.config.faults import Fault as ProfileFault
from ampherd.config.faults import did_you_mean, dotted, place
from ampherd.config.lines import KeyPath, LineIndex
from ampherd.simulate.spec import (
    FAULT_SPECS,
    CarsSpec,
    ProfileSpec,
    TlsSpec,
    VersionsSpec,
    fault_of,
)
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.profile import ProfilePurpose, RateUnit
from ocpp_core.sim.mischief import SHAPES
from ocpp_core.sim.mix import CarMix, FleetMix, SharedFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a profile asks for."""

    mix: FleetMix
    speed: float = 1.0
    answer_timeout_s: float = 30.0
    """How long a charger waits for an answer, s of the wall clock."""
    duration_s: float | None = None
    """Of the simulation's clock; None: until stopped."""
    password: bytes | None = None
    """Of every charger that has none of its own."""
    passwords: Mapping[ChargePointId, bytes]
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


def example() -> str:
    """Return the commented example that the package brings."""
    return resources.files("ampherd.simulate").joinpath("example.toml").read_text("utf-8")


def load_profile(path: Path) -> Simulation:
    """Read a profile; raises ConfigurationError that lists every fault."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}",
            hint="`ampherd simulate --example` prints a profile to start from.",
        ) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    return parse_profile(document, path, LineIndex.of(text))


def parse_profile(document: Mapping[str, Any], path: Path, lines: LineIndex) -> Simulation:
    """Turn a document into a simulation.

    `path` is named in faults, and the files of `[tls]` are looked for in its folder.
    """
    rest = {key: value for key, value in document.items() if key != "fault"}
    found: list[tuple[KeyPath, str, str]] = []
    spec = _read(ProfileSpec, rest, (), found)
    faults = [
        fault
        for number, table in enumerate(_tables(document.get("fault", []), found))
        if (fault := _fault(table, ("fault", number), found)) is not None
    ]
    if spec is not None:
        found += _doubts(spec)
    if found or spec is None:
        raise _error(path, lines, found)
    return _simulation(spec, faults, path.parent)


def _simulation(spec: ProfileSpec, faults: list[SharedFault], folder: Path) -> Simulation:
    cars = spec.cars
    mix = FleetMix(
        chargers=spec.chargers,
        connectors=spec.connectors,
        prefix=spec.prefix,
        max_current_a=spec.max_current_a,
        versions=spec.versions.weights(),
        meter_interval_s=spec.meter_interval_s,
        cars=CarMix(
            stay_s=cars.stay_s,
            gap_s=cars.gap_s,
            energy_wh=(
                None
                if cars.energy_kwh is None
                else (cars.energy_kwh[0] * 1000, cars.energy_kwh[1] * 1000)
            ),
            max_current_a=cars.max_current_a,
            one_phase_share=cars.one_phase_share,
            tokens=cars.tokens,
        ),
        faults=tuple(faults),
        seed=spec.seed,
    )
    return Simulation(
        mix=mix,
        speed=spec.speed,
        answer_timeout_s=spec.answer_timeout_s,
        duration_s=spec.duration_s,
        password=None if spec.password is None else spec.password.encode(),
        passwords={ChargePointId(name): text.encode() for name, text in spec.passwords.items()},
        ca_file=_beside(folder, spec.tls.ca_file),
        certificate_file=_beside(folder, spec.tls.certificate_file),
        key_file=_beside(folder, spec.tls.key_file),
    )


def _beside(folder: Path, name: str | None) -> Path | None:
    return None if name is None else folder / Path(name).expanduser()


def _tables(value: object, found: list[tuple[KeyPath, str, str]]) -> Iterable[object]:
    if isinstance(value, list):
        return value
    found.append((("fault",), "should be a list of tables", "Write [[fault]], with two brackets."))
    return ()


def _fault(
    table: object, path: KeyPath, found: list[tuple[KeyPath, str, str]]
) -> SharedFault | None:
    if not isinstance(table, dict):
        found.append((path, "should be a table", "Write [[fault]]."))
        return None
    kind = table.get("kind")
    model = FAULT_SPECS.get(kind) if isinstance(kind, str) else None
    if model is None:
        if kind is None:
            words, hint = "needs the key kind", f"One of {', '.join(FAULT_SPECS)}."
        else:
            words = f"{kind!r} is no fault"
            hint = did_you_mean(str(kind), FAULT_SPECS) or f"Known: {', '.join(FAULT_SPECS)}."
        found.append(((*path, "kind"), words, hint))
        return None
    spec = _read(model, table, path, found)
    if spec is None:
        return None
    for key, known in _WORDS.items():
        found += [
            ((*path, key), f"{word!r} is not known", _suggestion(word, known))
            for word in getattr(spec, key, ())
            if word not in known
        ]
    if len(getattr(spec, "shapes", "-")) == 0:
        found.append(((*path, "shapes"), "needs at least one entry", ""))
    return SharedFault(fault=fault_of(spec), chargers=spec.chargers)


def _suggestion(word: str, known: Iterable[str]) -> str:
    return did_you_mean(word, known) or f"Known: {', '.join(known)}."


_WORDS: Mapping[str, tuple[str, ...]] = {
    "shapes": SHAPES,
    "purposes": tuple(purpose.value for purpose in ProfilePurpose),
    "units": tuple(unit.value for unit in RateUnit),
}
"""Words that lists of faults may hold; names of OCPP messages may be any."""


def _read[T: BaseModel](
    model: type[T], data: object, path: KeyPath, found: list[tuple[KeyPath, str, str]]
) -> T | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for details in error.errors():
            where = (*path, *details["loc"])
            known = list(_keys(model, details["loc"][:-1]))
            found.append((where, *_words(details["type"], details["msg"], where, known)))
        return None


def _keys(model: type[BaseModel], below: tuple[str | int, ...]) -> Iterator[str]:
    inner: Mapping[str, type[BaseModel]] = {
        "versions": VersionsSpec,
        "cars": CarsSpec,
        "tls": TlsSpec,
    }
    for part in below:
        model = inner.get(str(part), model)
    for name, field in model.model_fields.items():
        yield field.alias or name
    if model is ProfileSpec:
        yield "fault"


def _words(kind: str, message: str, where: KeyPath, known: list[str]) -> tuple[str, str]:
    if kind == "extra_forbidden":
        return "is not a setting", did_you_mean(str(where[-1]), known) or (
            f"Known here: {', '.join(known)}."
        )
    if kind == "missing":
        return "is missing", ""
    if kind == "string_pattern_mismatch":
        return "cannot begin an identity", "Use letters, digits and * - _ = + | @ . characters."
    words = message.removeprefix("Input ").removeprefix("Value error, ")
    return words[:1].lower() + words[1:], ""


def _doubts(spec: ProfileSpec) -> Iterator[tuple[KeyPath, str, str]]:
    energy = spec.cars.energy_kwh
    if energy is not None and energy[0] > energy[1]:
        yield ("cars", "energy_kwh"), "the least is above the most", "Write [least, most]."
    if (spec.tls.certificate_file is None) != (spec.tls.key_file is None):
        yield ("tls",), "certificate_file and key_file go together", ""
    identities = {point.charge_point_id for point in _identities(spec)}
    for name in spec.passwords:
        if name not in identities:
            yield ("passwords", name), "no such charger", f"The first is {min(identities)}."


def _identities(spec: ProfileSpec) -> Iterable[Any]:
    return FleetMix(chargers=spec.chargers, prefix=spec.prefix).points()


def _error(
    path: Path, lines: LineIndex, found: list[tuple[KeyPath, str, str]]
) -> ConfigurationError:
    placed = sorted(found, key=lambda one: lines.nearest(one[0]) or 0)
    texts = tuple(
        dict.fromkeys(
            str(
                ProfileFault(
                    place=place(path, lines.nearest(where)),
                    key=dotted(where),
                    problem=problem,
                    hint=hint,
                )
            )
            for where, problem, hint in placed
        )
    )
    count = f"{len(texts)} faults" if len(texts) != 1 else "1 fault"
    return ConfigurationError(f"{path} has {count}", faults=texts)


def changed(simulation: Simulation, **mix: Any) -> Simulation:
    """Return the same simulation with another mix; None leaves a value as it is."""
    given = {name: value for name, value in mix.items() if value is not None}
    return replace(simulation, mix=replace(simulation.mix, **given))
