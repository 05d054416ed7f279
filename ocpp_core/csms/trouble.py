"""Says in the log that messages cannot be stored: once, and once more when they can again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId

log: Any = structlog.get_logger("ocpp_core.csms")


class StoreTrouble:
    """Whether messages can be stored."""

    __slots__ = ("_clock", "_count", "_kind", "since")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kind: type[BaseException] | None = None
        self._count = 0
        self.since: datetime | None = None
        """Since when they cannot; None: they can."""

    def failed(self, charge_point_id: ChargePointId, action: str, failure: BaseException) -> None:
        """Take note of a message that was not stored; the first of its kind goes to the log."""
        self._count += 1
        if self.since is None:
            self.since = self._clock.now()
        if type(failure) is self._kind:
            return
        self._kind = type(failure)
        log.error(
            "message not stored; more of the same are only counted",
            charge_point=charge_point_id,
            action=action,
            reason=str(failure) or type(failure).__name__,
            exc_info=None if isinstance(failure, StoreError) else failure,
        )

    def over(self, at: datetime) -> None:
        """Messages are stored again."""
        log.warning(
            "messages are stored again",
            not_stored=self._count,
            since=None if self.since is None else self.since.isoformat(),
            at=at.isoformat(),
        )
        self._kind, self._count, self.since = None, 0, None
