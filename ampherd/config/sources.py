"""Where every value came from: a line of the file, an environment variable, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ampherd.config.faults import Fault, did_you_mean, dotted, place
from ampherd.config.fields import keys_at, models_at, nested
from ampherd.config.lines import KeyPath, LineIndex

PREFIX = "AMPHERD_"
SEPARATOR = "__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Places of values, for faults and for `ampherd config show --origin`."""

    path: Path
    lines: LineIndex
    variables: Mapping[KeyPath, str] = field(default_factory=dict)
    """Environment variables that replaced what the file says."""

    def place(self, at: KeyPath) -> str:
        """Return where to look for a fault at `at`."""
        variable = self.variables.get(at)
        return variable if variable is not None else place(self.path, self.lines.nearest(at))

    def origin(self, at: KeyPath) -> str:
        """Return where the value at `at` was set, or `default`."""
        variable = self.variables.get(at)
        if variable is not None:
            return variable
        line = self.lines.exact(at)
        return "default" if line is None else place(self.path, line)


def variable_name(path: KeyPath) -> str:
    """Return the variable that overrides a setting: AMPHERD_SERVER__API_PORT."""
    return PREFIX + SEPARATOR.join(str(part).upper() for part in path)


def override(
    data: dict[str, Any], env: Mapping[str, str]
) -> tuple[dict[KeyPath, str], list[Fault]]:
    """Put the values of AMPHERD_TABLE__KEY variables into `data`, in place.

    Returns which variable set which key, and a fault for each variable that names no setting.
    Lists of tables are set in the file only. Variables without a double underscore are none of
    the configuration's.
    """
    used: dict[KeyPath, str] = {}
    faults: list[Fault] = []
    for variable in sorted(env):
        if not variable.startswith(PREFIX) or SEPARATOR not in variable.removeprefix(PREFIX):
            continue
        path = tuple(variable.removeprefix(PREFIX).lower().split(SEPARATOR))
        fault = _refusal(variable, path)
        if fault is not None:
            faults.append(fault)
            continue
        table: Any = data
        for name in path[:-1]:
            table = table.setdefault(name, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):
            table[path[-1]] = env[variable]
            used[path] = variable
    return used, faults


def _refusal(variable: str, path: tuple[str, ...]) -> Fault | None:
    for length, name in enumerate(path):
        before = path[:length]
        candidates = [
            (model, field)
            for model in models_at(before)
            if (field := model.model_fields.get(name)) is not None
        ]
        if not candidates:
            return Fault(
                place=variable,
                key=dotted(path),
                problem=f"no setting is called {name!r} here",
                hint=did_you_mean(name, keys_at(before)),
            )
        tables, is_list = nested(candidates[0][1])
        if is_list:
            return Fault(
                place=variable,
                key=dotted(path),
                problem="lists are set in the file, not by a variable",
                hint="For a charger's password use password_env." if name == "charge_point" else "",
            )
        if not tables and length < len(path) - 1:
            return Fault(place=variable, key=dotted(path), problem=f"{name!r} holds one value")
        if tables and length == len(path) - 1:
            return Fault(
                place=variable, key=dotted(path), problem=f"{name!r} is a table; name a key in it"
            )
    return None
