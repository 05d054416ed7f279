"""Reading a database file that this process has open, without letting others in.

DuckDB keeps other processes out by a POSIX lock, and such a lock is gone when its process closes
any handle of the file, whoever opened it (fcntl(2)). So there is one handle for each database
file, closed only after DuckDB has closed its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1024 * 1024
_handles: dict[Path, int] = {}


def handle_of(path: Path) -> int:
    """Return this process's handle for reading a database file, opened once; raises OSError."""
    key = path.absolute()
    known = _handles.get(key)
    if known is not None:
        if os.path.samestat(os.fstat(known), key.stat()):
            return known
        let_go(path)  # another file has taken the place of that one
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    _handles[key] = handle = os.open(key, flags)
    return handle


def let_go(path: Path) -> None:
    """Close the handle: only when DuckDB has let go of the file."""
    handle = _handles.pop(path.absolute(), None)
    if handle is not None:
        os.close(handle)


def chunks(handle: int, limit: int) -> Iterator[bytes]:
    """Yield the first `limit` bytes of a file."""
    at = 0
    while at < limit:
        chunk = _read_at(handle, min(_CHUNK, limit - at), at)
        if not chunk:
            return
        yield chunk
        at += len(chunk)


def _read_at(handle: int, count: int, at: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(handle, count, at)
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, count)
