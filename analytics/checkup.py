"""Looks through a database for what cannot be right, and says it in words with a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import resources

from analytics.questions import bind
from analytics.reader import Reader
from analytics.schema.migrations import migrations
from ocpp_core.domain.errors import ReaderError

_SHOWN = 5
"""Findings of one check that are named; the others are counted."""
_HEADER = re.compile(r"^-- (Check|Level|Words|Remedy): (.+)$", re.MULTILINE)


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing."""
    WARNING = "warning"
    """Somebody should look at it."""
    FAULT = "fault"
    """Something is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    level: Level
    words: str
    subject: str = ""
    """What it is about: a charger, a session, a file."""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCheck:
    """One check of the tables: SQL whose rows are what is wrong."""

    name: str
    question: str
    level: Level
    words: str
    remedy: str
    sql: str


@cache
def data_checks() -> tuple[DataCheck, ...]:
    """Return every check that ships with this version."""
    found = []
    for file in resources.files("analytics").joinpath("checks").iterdir():
        if file.name.endswith(".sql"):
            sql = file.read_text("utf-8")
            header = dict(_HEADER.findall(sql))
            found.append(
                DataCheck(
                    name=file.name.removesuffix(".sql").replace("_", "-"),
                    question=header["Check"],
                    level=Level(header["Level"]),
                    words=header["Words"],
                    remedy=header["Remedy"],
                    sql=sql,
                )
            )
    return tuple(sorted(found, key=lambda check: check.name))


def steps(reader: Reader, now: datetime) -> list[tuple[str, Callable[[], list[Finding]]]]:
    """Return what there is to do, so that somebody can show how far it is."""
    return [
        ("schema", lambda: _schema(reader)),
        *((f"table {name}", lambda name=name: _table(reader, name)) for name in _tables(reader)),
        *((check.name, lambda check=check: _check(reader, check, now)) for check in data_checks()),
    ]


def _schema(reader: Reader) -> list[Finding]:
    try:
        at = int(reader.sql("SELECT max(version) AS n FROM schema_version")["n"].iloc[0])
    except (ReaderError, ValueError) as error:
        return [Finding(check="schema", level=Level.FAULT, words=f"no schema: {error}")]
    newest = migrations()[-1].version
    if at == newest:
        return [Finding(check="schema", level=Level.OK, words=f"schema {at}, as it should be")]
    return [
        Finding(
            check="schema",
            level=Level.WARNING,
            words=f"schema {at}; this version has {newest}",
            remedy="the next start of `ampherd serve` brings it up to date and keeps a copy",
        )
    ]


def _tables(reader: Reader) -> list[str]:
    frame = reader.sql(
        "SELECT DISTINCT table_name AS name FROM information_schema.tables "
        "WHERE table_schema = 'main' ORDER BY name"
    )
    return [str(name) for name in frame["name"]]


def _table(reader: Reader, name: str) -> list[Finding]:
    try:
        # Counting every column reads every block of the table.
        reader.sql(f'SELECT count(COLUMNS(*)) FROM "{name}"')  # noqa: S608 -- a table of its catalogue
    except ReaderError as error:
        return [
            Finding(
                check="tables",
                level=Level.FAULT,
                subject=name,
                words=f"cannot be read: {error}",
                remedy="restore a backup: ampherd restore; keep this file for a closer look",
            )
        ]
    return []


def _check(reader: Reader, check: DataCheck, now: datetime) -> list[Finding]:
    try:
        frame = reader.sql(bind(check.sql, {"now": now}))
    except ReaderError as error:
        words = f"cannot be checked: {error}"
        return [Finding(check=check.name, level=Level.WARNING, words=words)]
    rows = list(zip(frame["subject"].astype(str), frame["number"].astype(float), strict=True))
    return list(_found(check, rows)) or [
        Finding(check=check.name, level=Level.OK, words=check.question.replace("?", ": yes"))
    ]


def _found(check: DataCheck, rows: list[tuple[str, float]]) -> Iterator[Finding]:
    for subject, number in rows[:_SHOWN]:
        yield Finding(
            check=check.name,
            level=check.level,
            subject=subject,
            words=check.words.format(number=f"{number:.10g}"),
            remedy=check.remedy,
        )
    if len(rows) > _SHOWN:
        yield Finding(
            check=check.name,
            level=check.level,
            words=f"and {len(rows) - _SHOWN} more of the same",
            remedy=check.remedy,
        )
