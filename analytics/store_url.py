"""Store URLs: which place a URL names."""

from __future__ import annotations

from pathlib import Path

from analytics.lake import PREFIX, DuckLake
from analytics.places import DuckDbFile, Place


def place_of(url: str | Path) -> Place:
    """Return the place that a URL names: a DuckLake for `ducklake:…`, else a DuckDB file.

    Raises ConfigurationError for an address of a lake that cannot be understood.
    """
    text = str(url)
    return DuckLake.parse(text) if text.startswith(PREFIX) else DuckDbFile(Path(url))
