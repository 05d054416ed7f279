"""From pydantic's findings to faults with a place, plain words and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ampherd.config.faults import Fault, did_you_mean, dotted
from ampherd.config.fields import keys_at, kind_of, models_at, tables_with
from ampherd.config.lines import KeyPath
from ampherd.config.sources import Sources
from ampherd.config.spec import ConfigSpec

_SECRET_KEYS = {"password"}
_LONGEST_SHOWN = 40


def validate(data: Mapping[str, Any], sources: Sources) -> tuple[ConfigSpec | None, list[Fault]]:
    """Return the spec, or every fault of names, types and ranges at once."""
    try:
        return ConfigSpec.model_validate(data), []
    except ValidationError as error:
        found = error.errors()
        return None, [
            _fault(details, data, sources) for details in found if not _follows(details, found)
        ]


def _follows(details: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """A list is also called too short by pydantic when its items are wrong; that says nothing."""
    loc = details["loc"]
    return details["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in found
    )


def _fault(details: ErrorDetails, data: Mapping[str, Any], sources: Sources) -> Fault:
    path = _path_in_file(details["loc"], data)
    problem, hint = _words(details, path)
    if details["type"] == "value_error":
        path = _mentioned_key(path, problem, data)
    return Fault(place=sources.place(path), key=dotted(path), problem=problem, hint=hint)


def _path_in_file(loc: tuple[str | int, ...], data: object) -> KeyPath:
    """Drop the parts that name a choice (`flat`) rather than a key."""
    here: Any = data
    path: KeyPath = ()
    for part in loc:
        if isinstance(here, dict) and part not in here and _is_kind(path, part):
            continue
        path = (*path, part)
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
    return path


def _is_kind(path: KeyPath, part: str | int) -> bool:
    return any(kind_of(model) == part for model in models_at(path))


def _mentioned_key(path: KeyPath, problem: str, data: object) -> KeyPath:
    """Point a finding about a whole table at the first key that its words name."""
    here: Any = data
    for part in path:
        here = here[part]
    if isinstance(here, dict):
        for word in re.findall(r"\w+", problem):
            if word in here:
                return (*path, word)
    return path


def _words(details: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    key = str(path[-1]) if path else ""
    message = details["msg"]
    match details["type"]:
        case "missing":
            return "is missing", _missing_hint(path)
        case "extra_forbidden":
            return "is not a setting", _unknown_hint(path)
        case "tuple_type":
            return f"should be a list, not {_shown(details['input'])}", ""
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"should be a table, not {_shown(details['input'])}", ""
        case "too_short":
            return "needs at least one entry", ""
        case "union_tag_not_found":
            return "needs the key kind", f"Set it to {_choices(details)}."
        case "union_tag_invalid":
            tag = str(details["ctx"]["tag"])
            return f"kind {tag!r} is not known", did_you_mean(
                tag, _quoted(_choices(details))
            ) or f"Use {_choices(details)}."
        case "literal_error":
            given = str(details["input"])
            return (
                f"should be {details['ctx']['expected']}, not {_shown(details['input'])}",
                did_you_mean(given, _quoted(details["ctx"]["expected"])),
            )
        case "string_pattern_mismatch":
            return _pattern_words(key, details["input"])
        case "value_error" if not message.startswith("Value error, Input should"):
            return message.removeprefix("Value error, "), ""
        case _:
            message = message.removeprefix("Value error, ").removeprefix("Input ")
            message = message[:1].lower() + message[1:]
            if key in _SECRET_KEYS:
                return message, ""
            return f"{message}, not {_shown(details['input'])}", ""


def _pattern_words(key: str, given: object) -> tuple[str, str]:
    match key:
        case "currency":
            return f"should be a three-letter code, not {_shown(given)}", "For example EUR."
        case "id":
            return (
                f"{_shown(given)} cannot be an identity",
                "Use up to 48 letters, digits and * - _ = + | @ . characters.",
            )
        case _:
            return f"{_shown(given)} is not a path", "For example /ocpp."


def _choices(details: ErrorDetails) -> str:
    return ", ".join(f"'{tag}'" for model in models_at(details["loc"]) if (tag := kind_of(model)))


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


def _missing_hint(path: KeyPath) -> str:
    match path:
        case ("site",):
            return "Start with the file that `ampherd init` writes."
        case ("circuit",):
            return "Describe the grid connection: [[circuit]] with id and limit_a."
        case _:
            return ""


def _unknown_hint(path: KeyPath) -> str:
    key = str(path[-1])
    near = did_you_mean(key, keys_at(path[:-1]))
    if near:
        return near
    elsewhere = [table.header for table in tables_with(key)]
    if elsewhere:
        return f"It belongs in {elsewhere[0]}."
    return f"Known here: {', '.join(_listed(path[:-1]))}."


def _listed(path: KeyPath) -> Iterator[str]:
    return (str(key) for key in keys_at(path))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
