"""Small file systems in memory that a test may fill."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of that size; skips the test where that is not allowed."""
    at.mkdir()
    size = f"size={megabytes}m"
    try:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(at)],
            capture_output=True,
            check=False,
        ).returncode
    except FileNotFoundError:
        made = 1
    if made:
        pytest.skip("mounting a small file system needs root on Linux")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(folder: Path, *, but: int = 0) -> Path:
    """Fill a file system up to `but` bytes, and return the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            pass
        file.truncate(max(0, file.tell() - but))
    return filler
