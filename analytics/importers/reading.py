"""What all importers share: rejected rows, a file as read, the report, progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd


class Progress(Protocol):
    """Where long work tells how far it is: a terminal bar, log lines, a page."""

    def start(self, total: int, words: str) -> None:
        """Begin a piece of work of `total` steps."""
        ...

    def advance(self, steps: int) -> None:
        """Some steps are done."""
        ...

    def note(self, words: str) -> None:
        """Something worth a line."""
        ...

    def finish(self, words: str) -> None:
        """The work is done."""
        ...


class NoProgress:
    """Tells nobody."""

    def start(self, total: int, words: str) -> None:
        """Do nothing."""

    def advance(self, steps: int) -> None:
        """Do nothing."""

    def note(self, words: str) -> None:
        """Do nothing."""

    def finish(self, words: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that cannot be used."""

    line: int
    """Line of a text file; row of a Parquet file or item of a JSON list, counted from 1."""
    reason: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading[Row]:
    """A file as read; nothing is written yet."""

    importer: str
    file_name: str
    rows: tuple[Row, ...]
    rejected: tuple[RejectedRow, ...]
    timezone: str | None = None
    """Zone that times without one were read in."""
    notes: tuple[str, ...] = ()
    """What was odd about the file as a whole and what was done, one sentence each."""

    @property
    def rows_read(self) -> int:
        """Rows of the file."""
        return len(self.rows) + len(self.rejected)

    def preview(self, count: int = 10) -> pd.DataFrame:
        """Return the first rows as they would be imported."""
        return pd.DataFrame(
            [{name: getattr(row, name) for name in row.__slots__} for row in self.rows[:count]]  # type: ignore[attr-defined] # rows are slotted dataclasses
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    rows_read: int
    rows_imported: int
    rows_known: int
    """Rows that were there before, by their natural key."""
    rejected: tuple[RejectedRow, ...] = field(default=())
    dry_run: bool = False
    import_id: str | None = None
    """Takes it back: `undo_import`. None after a dry run."""
