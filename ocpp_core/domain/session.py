"""Charging sessions: one car at one connector under one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ocpp_core.domain.events import SessionStarted
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorRef,
    IdToken,
    SessionId,
    SiteId,
    StationTransactionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverNeed:
    """What a driver (or the site's default) wants from a session."""

    energy_wh: float
    """Energy wanted over the whole session, Wh."""
    departure: datetime
    """When the car leaves, UTC."""
    stated: bool = True
    """False when nobody said so and the site's default stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarNeed:
    """What a car said over ISO 15118 that it needs (OCPP 2.x NotifyEVChargingNeeds)."""

    energy_wh: float | None
    """Energy wanted over the whole session, Wh; None: not said."""
    departure: datetime | None
    """When it leaves, UTC; None: not said."""
    discharge_w: float | None = None
    """What it could give back, where it asked for a transfer in both directions, W (OCPP 2.1)."""
    available_wh: float | None = None
    """What it had above the least that has to stay in it, when it said so, Wh; None: not said."""


class Placed(Protocol):
    """A transaction as far as it matters for which one runs at a connector."""

    @property
    def number(self) -> int:
        """Our number of it."""
        ...

    @property
    def started_at(self) -> datetime:
        """When it started, as far as is known."""
        ...

    @property
    def adopted(self) -> bool:
        """True while its start has not been heard."""
        ...


def is_superseded(transaction: Placed, other: Placed) -> bool:
    """Tell whether `other` ran at the connector after `transaction`, so that it does not run there.

    What was heard of last runs, but for late news of a transaction whose start was never heard.
    """
    return transaction.number < other.number or (
        transaction.adopted and transaction.started_at < other.started_at
    )


def session_id_of(
    site_id: SiteId, charge_point_id: ChargePointId, start: SessionStarted
) -> SessionId:
    """Return the key of the session that `start` opens: the same start gives the same key.

    The natural key is (site, charge point, connector, token, start time, start register): a
    charger that repeats StartTransaction after a lost answer repeats all of them. A charger that
    gave the transaction an id of its own (OCPP 2.x) has that as its key instead.
    """
    if start.notice is not None:
        return station_session_id(site_id, charge_point_id, start.notice.station_id)
    return natural_session_id(
        site_id,
        ConnectorRef(charge_point_id, start.connector_id),
        start.id_token,
        start.at,
        start.meter_start_wh,
    )


def natural_session_id(
    site_id: SiteId, ref: ConnectorRef, id_token: IdToken, at: datetime, meter_start_wh: int | None
) -> SessionId:
    """Return the session key of a natural key; importers use it for recorded sessions."""
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return _key(site_id, str(ref), id_token.casefold(), stamp, str(meter_start_wh))


def station_session_id(
    site_id: SiteId, charge_point_id: ChargePointId, station_id: StationTransactionId
) -> SessionId:
    """Return the session key of a transaction that its charger named."""
    return _key(site_id, charge_point_id, "transaction", station_id)


def renewed_session_id(
    site_id: SiteId,
    charge_point_id: ChargePointId,
    station_id: StationTransactionId,
    at: datetime,
) -> SessionId:
    """Return the key of a transaction for which its charger uses the id of an ended one again."""
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return _key(site_id, charge_point_id, "transaction", station_id, stamp)


def _key(*parts: str) -> SessionId:
    # Unit separators: no identity or token contains one, so that no two keys read alike.
    text = "\x1f".join(parts)
    return SessionId(hashlib.blake2b(text.encode(), digest_size=12).hexdigest())
