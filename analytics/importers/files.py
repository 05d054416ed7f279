"""Finds out what a file of sessions is, and reads it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analytics.importers.acn import acn_sessions, read_acn
from analytics.importers.mapping import ACN, ACN_API, OWN, STEVE, FileMapping
from analytics.importers.ocpi import read_cdrs
from analytics.importers.reading import Reading
from analytics.importers.recorded import RecordedSession
from analytics.importers.sessions import read_sessions
from analytics.importers.tables import read_table
from ocpp_core.domain.errors import ImportRefusedError


class SessionFormat(StrEnum):
    """What a file of sessions is."""

    AUTO = "auto"
    """Found by its fields."""
    ACN = "acn"
    """ACN-Data: JSON or CSV of its API, or its tabular form."""
    OCPI = "ocpi"
    """OCPI 2.2.1 CDRs as JSON."""
    STEVE = "steve"
    """CSV of SteVe's page Transactions."""
    AMPHERD = "ampherd"
    """CSV or Parquet of `ampherd export sessions`."""


def read_session_file(
    path: Path,
    *,
    currency: str,
    kind: SessionFormat = SessionFormat.AUTO,
    mapping: FileMapping | None = None,
    timezone: ZoneInfo | None = None,
) -> Reading[RecordedSession]:
    """Read a file of sessions of a site whose money is in `currency`.

    Raises ImportRefusedError, and ZoneNeededError when times bear no zone and none is given.
    """
    if mapping is not None:
        return read_sessions(path, mapping=mapping, timezone=timezone)
    if path.suffix.lower() == ".json":
        return _read_json(path, currency, kind, timezone)
    match kind:
        case SessionFormat.STEVE:
            return read_sessions(path, columns=STEVE, timezone=timezone)
        case SessionFormat.AMPHERD:
            return read_sessions(path, columns=OWN, timezone=timezone)
        case SessionFormat.OCPI:
            raise ImportRefusedError(f"{path}: OCPI CDRs are JSON", hint="give a .json file")
        case SessionFormat.AUTO | SessionFormat.ACN:
            table = read_table(path)
            if set(ACN_API.required()) - {"spaceID"} <= set(table.frame.columns):
                return acn_sessions(table, timezone)
            columns = ACN if kind is SessionFormat.ACN else None
            return read_sessions(path, columns=columns, timezone=timezone)


def _read_json(
    path: Path, currency: str, kind: SessionFormat, timezone: ZoneInfo | None
) -> Reading[RecordedSession]:
    try:
        document = json.loads(path.read_text("utf-8-sig"), parse_float=str)
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ImportRefusedError(f"{path}: is no JSON: {error}") from error
    if kind is SessionFormat.AUTO:
        kind = SessionFormat.OCPI if _is_cdrs(document) else SessionFormat.ACN
    if kind is SessionFormat.OCPI:
        return read_cdrs(document, path, currency)
    if kind is SessionFormat.ACN:
        return read_acn(document, path, timezone)
    raise ImportRefusedError(f"{path}: {kind} is no JSON", hint="leave the format out")


def _is_cdrs(document: Any) -> bool:
    if isinstance(document, dict) and "data" in document:
        document = document["data"]
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and bool(first.keys() & {"charging_periods", "cdr_token"})
