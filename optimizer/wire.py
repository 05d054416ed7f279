"""Snapshots and plans as bytes: a plan of a thousand cars is fifty thousand rows.

Orders are columns already (`ocpp_core.domain.plan_rows`). Sessions are written column by column as
well: numbers as an array, anything else as a table of the objects that occur and a number for each
row. The site, which hardly ever changes, is written only when the other side does not have it yet.
Both ends are this program; what they exchange are pickles.
"""

from __future__ import annotations

import array
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from ocpp_core.domain.plan import (
    PlanOptions,
    PlanOutcome,
    SessionNeed,
    SiteSnapshot,
)
from ocpp_core.domain.plan_rows import made
from ocpp_core.domain.site import Site

type Columns = tuple[int, list[tuple[list[Any], str, bytes]]]
"""How many rows, and for each field the objects that occur and the place of each row's."""

TINY, SMALL = 2**8, 2**16
"""Objects that a number of one byte, or of two, tells apart."""


class Sender:
    """Writes requests for one receiver, which keeps the last site it was sent."""

    def __init__(self) -> None:
        self._site: Site | None = None

    def pack(self, number: int, snapshot: SiteSnapshot, options: PlanOptions) -> bytes:
        """Return a request."""
        site = None if snapshot.site is self._site else snapshot.site
        self._site = snapshot.site
        rest = {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
        rest["site"], rest["sessions"] = site, _columns(SessionNeed, snapshot.sessions)
        return pickle.dumps((number, rest, options), protocol=pickle.HIGHEST_PROTOCOL)


class Receiver:
    """Reads requests."""

    def __init__(self) -> None:
        self._site: Site | None = None

    def unpack(self, body: bytes) -> tuple[int, SiteSnapshot, PlanOptions]:
        """Return the number, the snapshot and the options of a request."""
        number, rest, options = pickle.loads(body)  # noqa: S301  (from our own parent)
        self._site = rest["site"] or self._site
        rest["site"], rest["sessions"] = self._site, _sessions(rest["sessions"])
        return number, SiteSnapshot(**rest), options


def pack_outcome(number: int, outcome: PlanOutcome) -> bytes:
    """Return an answer."""
    return pickle.dumps((number, outcome), protocol=pickle.HIGHEST_PROTOCOL)


def unpack_outcome(body: bytes) -> tuple[int, PlanOutcome]:
    """Return the number and the outcome of an answer."""
    number, outcome = pickle.loads(body)  # noqa: S301  (written by our own child)
    return number, outcome


def _columns(of: type, rows: Sequence[Any]) -> Columns:
    names = [f.name for f in fields(of)]
    if not rows:
        return 0, []
    columns = zip(*map(attrgetter(*names), rows), strict=True)
    return len(rows), [_column(column) for column in columns]


def _column(column: Sequence[Any]) -> tuple[list[Any], str, bytes]:
    """Return the objects that occur, the kind of numbers, and the numbers."""
    kinds = set(map(type, column))
    by_value = kinds <= {float} or kinds <= {str}
    # Else by identity: hashing every connector of every row costs more than all the rest.
    keys: Sequence[Any] = column if by_value else list(map(id, column))
    table = dict(zip(keys, column, strict=True))
    if kinds == {float} and len(table) > SMALL:
        return [], "d", array.array("d", column).tobytes()
    kind = "B" if len(table) <= TINY else "H" if len(table) <= SMALL else "I"
    place = dict(zip(table, range(len(table)), strict=True))
    return list(table.values()), kind, array.array(kind, map(place.__getitem__, keys)).tobytes()


def _sessions(columns: Columns) -> tuple[SessionNeed, ...]:
    count, written = columns
    named: dict[str, Iterable[Any]] = {}
    for field, (table, kind, places) in zip(fields(SessionNeed), written, strict=False):
        numbers = array.array(kind)
        numbers.frombytes(places)
        named[field.name] = map(table.__getitem__, numbers) if table else numbers
    return made(SessionNeed, count, named)
