"""What a simulated charger knows of one of its connectors and of the transaction on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from ocpp_core.domain.composite import Session
from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile
from ocpp_core.domain.site import Connector
from ocpp_core.sim.nap import Nap
from ocpp_core.sim.outlet import Outlet


@dataclass(slots=True, kw_only=True, eq=False)
class Transaction:
    """A transaction, which exists from the moment the charger starts it."""

    connector_id: ConnectorId
    id_token: IdToken
    started_at: datetime
    meter_start_wh: int
    name: str
    """What an OCPP 2 charger calls it."""
    transaction_id: TransactionId | None = None
    """1.6: None until StartTransaction is answered; for ever when it was given up. OCPP 2: the
    charger's own number, known at once."""
    meter_stop_wh: int = 0
    """Register at its end, Wh."""
    remote_start_id: int | None = None
    """Number of the remote start that it follows (OCPP 2)."""
    reservation_id: int | None = None
    """Reservation that it uses up."""
    offline: Callable[[], bool] = lambda: False
    """Tells whether the charger has no link now."""
    told: ConnectorStatus | None = None
    """State that its last event told (OCPP 2)."""
    started: asyncio.Future[TransactionId]
    """Done when the server answered the start; cancelled when it never will."""
    _events: Iterator[int] = field(default_factory=count)

    def next_sequence(self) -> int:
        """Return the number of its next event, from 0 (OCPP 2.0.1 E02)."""
        return next(self._events)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrder:
    """A remote start that waits for its car."""

    id_token: IdToken
    profile: ChargingProfile | None
    until: datetime
    remote_start_id: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Bay:
    """One connector."""

    connector: Connector
    outlet: Outlet
    nap: Nap
    transaction: Transaction | None = None
    finished: bool = False
    """Whether the plugged car's transaction has ended."""
    operative: bool = True
    reserved: bool = False
    """Whether it is kept for somebody."""
    told: ConnectorStatus | None = None
    """Status that the server was told last; None: nothing since the boot."""
    order: RemoteOrder | None = None
    preferred: bool = False
    """Whether its transaction has priority (OCPP 2.1 K21)."""
    sampled_power_w: float = 0.0
    """Power in the last meter sample, W."""
    next_sample_at: datetime | None = None
    offered_a: float = field(default=0.0)
    """Offer at the last look, to tell an order from a tapering car."""

    @property
    def connector_id(self) -> ConnectorId:
        """Number of the connector."""
        return self.connector.ref.connector_id

    @property
    def running(self) -> Session | None:
        """The transaction, as far as profiles care."""
        if self.transaction is None:
            return None
        return Session(
            transaction_id=self.transaction.transaction_id,
            started_at=self.transaction.started_at,
            priority=self.preferred,
        )

    @property
    def status(self) -> ConnectorStatus:
        """State of the connector (OCPP 1.6 section 4.9)."""
        car, outlet = self.outlet.car, self.outlet
        if self.transaction is None:
            if not self.operative:
                return ConnectorStatus.UNAVAILABLE
            if car is None:
                return ConnectorStatus.RESERVED if self.reserved else ConnectorStatus.AVAILABLE
            return ConnectorStatus.FINISHING if self.finished else ConnectorStatus.PREPARING
        if outlet.power_w > 0:
            return ConnectorStatus.CHARGING
        if car is not None and not outlet.is_full and outlet.offered_a < car.min_current_a:
            return ConnectorStatus.SUSPENDED_EVSE
        return ConnectorStatus.SUSPENDED_EV


NOT_RUNNING = TransactionId(-1)
"""Stands for a transaction that the charger does not know."""


def number_of(bays: Iterable[Bay], name: str) -> TransactionId:
    """Return the number of the running transaction of this name; -1 when none has it."""
    for bay in bays:
        if bay.transaction is not None and bay.transaction.name == name:
            return bay.transaction.transaction_id or NOT_RUNNING
    return NOT_RUNNING
