"""Identifiers: what names what, as distinct types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

SiteId = NewType("SiteId", str)
CircuitId = NewType("CircuitId", str)
ChargePointId = NewType("ChargePointId", str)
"""The identity that a charger connects with (OCPP 1.6-J section 3.1.1)."""
ConnectorId = NewType("ConnectorId", int)
"""Number of a connector within its charge point, from 1; 0 is the charge point as a whole."""
TransactionId = NewType("TransactionId", int)
"""Number that we gave a transaction; positive, fits int32, unique over the fleet.

Every transaction has one, also those whose charger gave them an id of its own (OCPP 2.x)."""
UNRESOLVED = TransactionId(0)
"""Stands for a transaction that a message names by the charger's own id, until it is looked up."""
StationTransactionId = NewType("StationTransactionId", str)
"""Id that the charger gave a transaction (OCPP 2.x); unique within the charger only."""
SessionId = NewType("SessionId", str)
"""Key of a charging session, unique over servers and sites."""
IdToken = NewType("IdToken", str)
"""What a driver presents to a reader; compared without regard to case (OCPP 1.6 CiString)."""
TariffId = NewType("TariffId", str)
PlanId = NewType("PlanId", str)
MessageId = NewType("MessageId", str)


@dataclass(frozen=True, slots=True, order=True)
class ConnectorRef:
    """One connector of the site, e.g. `CP-7/1`."""

    charge_point_id: ChargePointId
    connector_id: ConnectorId

    def __str__(self) -> str:
        return f"{self.charge_point_id}/{self.connector_id}"

    @classmethod
    def parse(cls, text: str) -> ConnectorRef:
        """Read `CP-7/1`; raises ValueError when the part behind the last slash is no number."""
        charge_point_id, separator, connector_id = text.rpartition("/")
        if not separator or not connector_id.isdigit():
            raise ValueError(f"{text!r} names no connector: write it as CHARGE_POINT/NUMBER")
        return cls(ChargePointId(charge_point_id), ConnectorId(int(connector_id)))
