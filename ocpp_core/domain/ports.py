"""What one package needs from another, as Protocols; `ampherd` joins the two sides."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ocpp_core.domain.commands import Command, CommandResult
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LinkChange
from ocpp_core.domain.messages import StoredMessage


class Ledger(Protocol):
    """Where messages become durable (analytics.store)."""

    def append(self, message: StoredMessage) -> asyncio.Future[None]:
        """Queue a message; the future is done when it is committed.

        It fails with a `StoreError` when nothing of it was written. Called on the event loop, in
        the order in which the messages happened; never blocks.
        """
        ...


class Commander(Protocol):
    """How commands reach chargers (ocpp_core.csms)."""

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        """Send one command and return how it ended; never raises for a charger's refusal."""
        ...


class SiteListener(Protocol):
    """Who is told what happened, after it is durable (ampherd)."""

    def committed(self, message: StoredMessage) -> None:
        """Take note of a stored message, on the event loop; must return at once."""
        ...

    def link_changed(self, change: LinkChange) -> None:
        """Take note that a charger connected or went away."""
        ...
