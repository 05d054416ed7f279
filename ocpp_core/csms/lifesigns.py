"""Signs of life: every link is pinged, and who gives none for too long is taken for dead."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from websockets.frames import CloseCode

from ocpp_core.csms.context import Context
from ocpp_core.csms.counts import Count
from ocpp_core.csms.link import Link

_LOOKS_PER_LIMIT = 4
"""How often the links are looked over within the shortest of their limits."""


class LifeSigns:
    """Asks the links of one server whether they are alive."""

    def __init__(self, context: Context, links: Collection[Link]) -> None:
        """`links` is looked at anew each time."""
        self._context = context
        self._links = links
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look over the links from now on."""
        options, loop = self._context.options, asyncio.get_running_loop()
        shortest = min(options.ping_interval_s, options.pong_limit_s, options.idle_limit_s)
        self._timer = loop.call_later(shortest / _LOOKS_PER_LIMIT, self._look_over, loop)

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_over(self, loop: asyncio.AbstractEventLoop) -> None:
        now, options = loop.time(), self._context.options
        idle_limit_s = max(options.idle_limit_s, 3.0 * options.heartbeat_interval_s)
        for link in tuple(self._links):
            # Whoever we do not read cannot give a sign of life; its time starts again after that.
            if not link.is_open or link.is_kept_waiting:
                continue
            silent_s = now - link.last_seen_at
            if silent_s > (options.pong_limit_s if link.ponged else idle_limit_s):
                self._context.counts[Count.CONNECTIONS_SILENT] += 1
                link.close(CloseCode.POLICY_VIOLATION, f"no sign of life for {silent_s:.0f} s")
            elif now - link.last_ping_at >= options.ping_interval_s:
                link.ping()
        self.start()
