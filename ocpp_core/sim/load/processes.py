"""What a server on this machine takes of it, from Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_USER_TICKS, _SYSTEM_TICKS = 11, 12
"""Fields 14 and 15, counted from the one after the name of the program."""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, its child processes and the threads of both, s.

    Threads that have ended are in it, processes that have ended are not. Exact to 10 ms, as the
    kernel tells it (proc_pid_stat(5)). Raises OSError where there is no such process, or no such
    file system.
    """
    ticks = 0
    for process in _tree(pid):
        words = (_PROC / str(process) / "stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(words[_USER_TICKS]) + int(words[_SYSTEM_TICKS])
    return ticks / os.sysconf("SC_CLK_TCK")


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
