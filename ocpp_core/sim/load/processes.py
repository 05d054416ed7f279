"""What a server on this machine takes of it, from Linux's /proc."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process with its threads and child processes, s.

    Raises OSError where there is no such process, or no such file system. Threads that have ended
    are not in it, so compare two readings of a server that keeps its own.
    """
    spent_ns = 0
    for process in _tree(pid):
        for schedule in (_PROC / str(process) / "task").glob("*/schedstat"):
            spent_ns += int(schedule.read_text("ascii").split()[0])
    return spent_ns / 1e9


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its child processes."""
    total = 0
    for process in _tree(pid):
        for line in (_PROC / str(process) / "status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1024
    return total


def _tree(pid: int) -> Iterator[int]:
    tasks = list((_PROC / str(pid) / "task").iterdir())
    yield pid
    for task in tasks:
        for child in (task / "children").read_text("ascii").split():
            yield from _tree(int(child))
