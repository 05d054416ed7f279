"""What the parts of one server share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from ocpp_core.csms.answers import AnswerPolicy
from ocpp_core.csms.counts import Count, Counts, counts_from_zero
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.csms.trouble import StoreTrouble
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.ports import Ledger, SiteListener
from ocpp_core.domain.tokens import TokenBook

log: Any = structlog.get_logger("ocpp_core.csms")


class CommitListener(Protocol):
    """Who is told of stored messages, and has something under way that must be stopped."""

    def committed(self, message: StoredMessage) -> None:
        """Take note of a stored message."""
        ...

    async def stop(self) -> None:
        """Give up what is under way."""
        ...


@dataclass(slots=True, kw_only=True)
class Context:
    """The world as one server sees it."""

    live: LiveSite
    ledger: Ledger
    tokens: TokenBook
    clock: Clock
    listener: SiteListener
    options: CentralSystemOptions
    policy: AnswerPolicy
    counts: Counts = field(default_factory=counts_from_zero)
    asked: set[ChargePointId] = field(default_factory=set)
    """Chargers that agreed to send something since their last boot (TriggerMessage)."""
    slowest_s: dict[ChargePointId, float] = field(default_factory=dict)
    """Longest time that a charger took for an answer, late ones too."""
    trouble: StoreTrouble = field(init=False)
    """Whether messages can be stored, told once and not for every message."""
    desk: CommitListener | None = None
    """Who sends the certificates that chargers ask for; None: nobody signs them."""

    def __post_init__(self) -> None:
        """Watch with the same clock."""
        self.trouble = StoreTrouble(self.clock)

    def answered_after(self, charge_point_id: ChargePointId, after_s: float) -> None:
        """Take note of how long a charger took for an answer (OCPP.md row 59)."""
        if after_s > self.slowest_s.get(charge_point_id, 0.0):
            self.slowest_s[charge_point_id] = after_s

    def apply(self, message: StoredMessage) -> None:
        """Let live state and listener know of a message that is durable.

        A listener that fails costs nobody an answer: its fault is logged and counted.
        """
        try:
            self.live.apply(message)
            if self.desk is not None:
                self.desk.committed(message)
            self.listener.committed(message)
        except Exception:
            self.counts[Count.INTERNAL_ERRORS] += 1
            log.exception("listener failed", charge_point=message.charge_point_id)

    def link_changed(self, change: LinkChange) -> None:
        """Let live state and listener know of a link."""
        try:
            self.live.apply_link(change)
            self.listener.link_changed(change)
        except Exception:
            self.counts[Count.INTERNAL_ERRORS] += 1
            log.exception("listener failed", charge_point=change.charge_point_id)
