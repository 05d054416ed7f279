"""Copying files without getting in the way of those who need the disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ampherd.backup.manifest import Advance, BackupFile
from ocpp_core.domain.errors import AmpherdError

_CHUNK = 1024 * 1024
_ROOM = 64 * 1024 * 1024
"""Left free beside a copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that belongs into a backup."""

    path: Path
    name: str
    """Within the backup."""
    secret: bool = False


def copy_file(
    source: Source, folder: Path, advance: Advance, *, bytes_per_s: float = 0.0
) -> BackupFile:
    """Copy one file, at most `bytes_per_s` (0: as fast as it goes).

    Only its owner may read the copy; it is on disk when this returns. Raises OSError.
    """
    with source.path.open("rb") as file:
        chunks = iter(lambda: file.read(_CHUNK), b"")
        return write_copy(source, chunks, folder, advance, bytes_per_s=bytes_per_s)


def write_copy(
    source: Source,
    chunks: Iterable[bytes],
    folder: Path,
    advance: Advance,
    *,
    bytes_per_s: float = 0.0,
) -> BackupFile:
    """Write what was read of a file, as `copy_file` does."""
    target = folder / source.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found, done, begun = hashlib.sha256(), 0, time.monotonic()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as write:
        for chunk in chunks:
            write.write(chunk)
            found.update(chunk)
            done += len(chunk)
            advance(len(chunk))
            if bytes_per_s:
                # A disk that must write much at once makes commits wait.
                write.flush()
                os.fsync(write.fileno())
                if (pause := begun + done / bytes_per_s - time.monotonic()) > 0:
                    time.sleep(pause)
        write.flush()
        os.fsync(write.fileno())
        if sys.platform == "linux":
            # What was copied is not read again soon: leave the cache to the database.
            os.posix_fadvise(write.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return BackupFile(name=source.name, bytes=done, sha256=found.hexdigest(), secret=source.secret)


def check_room(folder: Path, wanted_bytes: int, *, what: str) -> None:
    """Raise AmpherdError when a disk has no room for that."""
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes + _ROOM:
        raise AmpherdError(
            f"{folder} has {free / 1e6:,.0f} MB free, {what} needs {wanted_bytes / 1e6:,.0f} MB",
            hint="make room, or choose a folder on another disk",
        )
