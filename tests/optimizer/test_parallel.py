"""Processes of a replay end with the process that started them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PARENT = """
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from optimizer.replay import parallel

context = multiprocessing.get_context("spawn")
with ProcessPoolExecutor(
    1, mp_context=context, initializer=parallel._begin, initargs=(context.Queue(),)
) as pool:
    print(pool.submit(os.getpid).result(), flush=True)
    input()
"""


def test_no_worker_of_a_replay_outlives_a_parent_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        watched = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        ended, _, _ = select.select([watched], [], [], 20)
    finally:
        os.close(watched)

    assert ended
