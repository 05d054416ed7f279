"""What a process takes of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from ocpp_core.sim.load.processes import cpu_seconds, resident_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _work() -> None:
    spent = time.thread_time()
    while time.thread_time() - spent < 0.04:
        pass


def test_the_cpu_time_of_a_process_grows_with_its_work() -> None:
    before = cpu_seconds(os.getpid())
    _work()

    assert cpu_seconds(os.getpid()) - before > 0.01


def test_the_cpu_time_of_a_thread_that_has_ended_counts() -> None:
    before = cpu_seconds(os.getpid())
    thread = threading.Thread(target=_work)
    thread.start()
    thread.join()

    assert cpu_seconds(os.getpid()) - before > 0.01


def test_child_processes_count() -> None:
    alone = resident_bytes(os.getpid())
    child = subprocess.Popen(["sleep", "60"])
    try:
        assert resident_bytes(os.getpid()) > alone
    finally:
        child.kill()
        child.wait()


def test_a_process_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        cpu_seconds(2**22 + 1)
