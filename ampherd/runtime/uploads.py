"""Imports of files that come over the HTTP API while the server runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.importers import (
    ImportReport,
    ImportRules,
    Overlaps,
    Reading,
    SeriesFile,
    SeriesKind,
    SessionFormat,
    import_series,
    import_sessions,
    preview_sessions,
    read_mapping,
    read_session_file,
    undo_import,
)
from analytics.store import Store

_SHOWN = 10
_MOST_REJECTED = 1000
"""Rejected rows in an answer; all of them are kept with the import (`rejected_rows`)."""


class UploadKind(StrEnum):
    """What a file holds."""

    SESSIONS = "sessions"
    LOAD = "load"
    PV = "pv"
    PRICES = "prices"
    EMISSIONS = "emissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on this machine's disk and what was said of it."""

    path: Path
    kind: UploadKind
    dry_run: bool
    timezone: ZoneInfo | None = None
    session_format: SessionFormat = SessionFormat.AUTO
    overlaps: Overlaps = Overlaps.REJECT
    mapping: Path | None = None
    """Of sessions: a file that says which column is what."""
    time: str | None = None
    value: str | None = None
    unit: str | None = None
    decimal: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadAnswer:
    """What an import did, or would do."""

    import_id: str | None
    """Takes it back; None after a dry run."""
    importer: str
    dry_run: bool
    rows_read: int
    rows_imported: int
    rows_known: int
    """Rows that were there before."""
    rows_rejected: int
    rejected: tuple[dict[str, Any], ...]
    """The first 1,000: line, reason, content."""
    timezone: str | None
    """Zone that times without one were read in."""
    notes: tuple[str, ...]
    preview: pd.DataFrame
    """The first rows as they become."""


class Uploads:
    """Takes one file at a time: reading takes the processor, writing takes the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy = False

    async def take(self, upload: Upload) -> UploadAnswer | None:
        """Import a file; None: another one is being imported.

        Raises ImportRefusedError, ZoneNeededError and StoreError.
        """
        if self._busy:
            return None
        self._busy = True
        try:
            reading = await asyncio.to_thread(self._read, upload)
            if upload.kind is UploadKind.SESSIONS:
                rules = ImportRules(overlaps=upload.overlaps)
                shown = await preview_sessions(self._store, reading, rules=rules, count=_SHOWN)
                report = await import_sessions(
                    self._store, reading, rules=rules, dry_run=upload.dry_run
                )
            else:
                shown = reading.preview(_SHOWN)
                kind = SeriesKind(upload.kind.value)
                report = await import_series(self._store, kind, reading, dry_run=upload.dry_run)
            return _answer(reading, report, shown)
        finally:
            self._busy = False

    async def undo(self, import_id: str) -> tuple[int, int]:
        """Take an import back; gives how many sessions and values; raises ImportRefusedError."""
        return await undo_import(self._store, import_id)

    def _read(self, upload: Upload) -> Reading[Any]:
        currency = self._store.site.currency
        if upload.kind is UploadKind.SESSIONS:
            return read_session_file(
                upload.path,
                currency=currency,
                kind=upload.session_format,
                mapping=None if upload.mapping is None else read_mapping(upload.mapping),
                timezone=upload.timezone,
            )
        file = SeriesFile(
            path=upload.path,
            kind=SeriesKind(upload.kind.value),
            currency=currency,
            time=upload.time,
            value=upload.value,
            unit=upload.unit,
            decimal=upload.decimal,
        )
        return file.read(upload.timezone)


def _answer(reading: Reading[Any], report: ImportReport, preview: pd.DataFrame) -> UploadAnswer:
    return UploadAnswer(
        import_id=report.import_id,
        importer=reading.importer,
        dry_run=report.dry_run,
        rows_read=report.rows_read,
        rows_imported=report.rows_imported,
        rows_known=report.rows_known,
        rows_rejected=len(report.rejected),
        rejected=tuple(
            {"line": row.line, "reason": row.reason, "content": row.content}
            for row in report.rejected[:_MOST_REJECTED]
        ),
        timezone=reading.timezone,
        notes=reading.notes,
        preview=preview,
    )
