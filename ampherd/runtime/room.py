"""Room on the disk of the database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskRoom:
    """What a database takes, and what is left beside it."""

    database_bytes: int
    """The file and its log."""
    free_bytes: int
    """Free on their disk."""


def disk_room(path: Path) -> DiskRoom:
    """Look at the disk of a database file; what is not there counts as 0."""
    taken = 0
    for file in (path, path.with_name(f"{path.name}.wal")):
        try:
            taken += file.stat().st_size
        except OSError:
            continue
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        free = 0
    return DiskRoom(database_bytes=taken, free_bytes=free)


def short_of_room(room: DiskRoom, wanted_bytes: int) -> tuple[str, ...]:
    """Say that the disk will be full soon; empty when it has `wanted_bytes`."""
    if room.free_bytes >= wanted_bytes:
        return ()
    words = (
        f"Only {room.free_bytes / _MB:,.0f} MB are free on the disk of the database: make room "
        "before chargers cannot be answered any more."
    )
    return (words,)
