"""Where words go: data to standard output, talk to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer


def say(text: str) -> None:
    """Tell the person at the terminal something that is not the command's data."""
    typer.echo(text, err=True)


def data(text: str) -> None:
    """Print what the command was asked for."""
    typer.echo(text)


def json_data(value: Any) -> None:
    """Print one JSON value; what JSON does not know is written as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def help_text(summary: str, *examples: str, rest: str = "") -> str:
    """Return the help of a command: what it does, examples as they are typed, then the rest."""
    # A line with a backspace keeps click from filling the paragraph.
    listed = ["\b", "Examples:" if len(examples) > 1 else "Example:"]
    listed += [f"  {example}" for example in examples]
    parts = [summary, "\n".join(listed)]
    return "\n\n".join([*parts, rest] if rest else parts)


def columns(rows: Iterable[Sequence[str]], *, indent: int = 0) -> str:
    """Return rows as aligned text."""
    rows = list(rows)
    if not rows:
        return ""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        (
            " " * indent
            + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
