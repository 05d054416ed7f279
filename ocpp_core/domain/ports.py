"""What one package needs from another, as Protocols; `ampherd` joins the two sides."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from typing import Protocol

from ocpp_core.domain.commands import Command, CommandResult
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LinkChange
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.security import (
    Access,
    KeyHash,
    RefusedRequest,
    SecurityProfile,
    SignedCertificate,
)


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


class Credentials(Protocol):
    """What chargers must prove (ampherd); asked at every handshake, so it must return at once."""

    @property
    def operator(self) -> str:
        """Return the O of every charger's certificate (OCPP 2.0.1 A00: the operator's name)."""
        ...

    def access(self, charge_point_id: ChargePointId) -> Access:
        """Return what is asked of a charger, known or not."""
        ...

    def accesses(self, charge_point_ids: Iterable[ChargePointId]) -> Mapping[ChargePointId, Access]:
        """Return what is asked of each of many chargers, all as of one moment."""
        ...

    def revoked(self) -> Container[str]:
        """Return the serial numbers of certificates that count no more, in upper-case hex."""
        ...

    def used(
        self, charge_point_id: ChargePointId, profile: SecurityProfile, key: KeyHash | None
    ) -> bool:
        """Take note that a charger came in on `profile`, with `key` when it had one.

        From then on a lower profile is not accepted. True: before it is let in, that has to be
        kept. Raises StoreError when what the key says cannot be kept.
        """
        ...

    def keep(self) -> None:
        """Write down what was noted; called in a thread. Raises StoreError when it cannot."""
        ...


class CertificateAuthority(Protocol):
    """Who signs the certificates of chargers (ampherd)."""

    def sign(
        self, csr_pem: str, charge_point_id: ChargePointId
    ) -> SignedCertificate | RefusedRequest:
        """Check a request (PKCS #10, PEM) that a charger sent and sign it for that charger."""
        ...
