"""Running until somebody says stop: one Ctrl-C or SIGTERM ends everything in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

if sys.platform == "win32":
    _new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
else:
    import uvloop

    _new_loop = uvloop.new_event_loop

_STOP = (signal.SIGINT, signal.SIGTERM)
_IMPATIENT = 3
"""The third signal ends the process at once."""


def run_until_stopped[T](work: Coroutine[Any, Any, T]) -> T | None:
    """Run `work` to its end and return what it gives, or None when it was told to stop.

    A stop cancels `work`, which closes what it opened; the same signal again and again ends the
    process without that.
    """
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        return runner.run(_stoppable(work))


async def _stoppable[T](work: Coroutine[Any, Any, T]) -> T | None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work, name="main")
    signals = 0

    def stop() -> None:
        nonlocal signals
        signals += 1
        if signals >= _IMPATIENT:
            os._exit(130)
        task.cancel()

    for number in _STOP:
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if signals:
            return None
        raise
    finally:
        for number in _STOP:
            loop.remove_signal_handler(number)
