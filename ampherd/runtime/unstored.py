"""Says in the log that records cannot be stored: once, and once more when they can again."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from ocpp_core.domain.errors import StoreError

log: Any = structlog.get_logger(__name__)


class Unstored:
    """Watches what is recorded of one kind and waited for by nobody."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.count = 0
        """Records that were not stored since the last one that was."""

    def note(self, recorded: asyncio.Future[None]) -> None:
        """Take note of how a commit ended; for `add_done_callback`."""
        if recorded.cancelled():
            return
        error = recorded.exception()
        if error is None:
            if self.count:
                log.warning("records are stored again", of=self._what, not_stored=self.count)
            self.count = 0
            return
        self.count += 1
        if self.count == 1:
            log.error(
                "a record was not stored; more of the same are only counted",
                of=self._what,
                error=str(error),
                exc_info=None if isinstance(error, StoreError) else error,
            )
