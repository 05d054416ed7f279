"""What is wrong with a configuration, as `file:line: key: problem. Hint` lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ampherd.config.lines import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to correct."""

    place: str
    """`site.toml:12`, `site.toml`, or the name of an environment variable."""
    key: str
    """`charge_point[0].connectors[1].max_current_a`; empty for the file as a whole."""
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        subject = f"{self.place}: {self.key}" if self.key else self.place
        return f"{subject}: {self.problem}.{f' {self.hint}' if self.hint else ''}"


def place(path: Path, line: int | None) -> str:
    """Return `site.toml:12`, or `site.toml` when the line is not known."""
    return str(path) if line is None else f"{path}:{line}"


def dotted(path: KeyPath) -> str:
    """Write a path as people do: `charge_point[0].id`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else ""
