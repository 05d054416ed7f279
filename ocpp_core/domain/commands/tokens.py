"""What a charger knows about tokens: its local list and its reservations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.events.replies import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken

CARD = "ISO14443"
"""What a token is where nobody says otherwise: an RFID card (OCPP 2.0.1 IdTokenEnumType).

Others are ISO15693, Central, Local, eMAID, KeyCode, MacAddress; OCPP 1.6 knows no types.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLocalListVersion:
    """Ask which version of the local authorisation list the charger keeps."""


class ListUpdate(StrEnum):
    """How a local list is sent (OCPP 1.6 section 7.41 UpdateType)."""

    FULL = "Full"
    DIFFERENTIAL = "Differential"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListEntry:
    """What a charger is to know of a token; a differential entry without status removes it."""

    id_token: IdToken
    status: AuthorizationStatus | None
    expires_at: datetime | None = None
    group_token: IdToken | None = None
    """Token of the group (1.6: parentIdTag) that may stop each other's transactions."""
    token_type: str = CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLocalList:
    """Replace or amend the local authorisation list."""

    version: int
    update: ListUpdate = ListUpdate.FULL
    entries: tuple[LocalListEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNow:
    """Keep a connector (None or 0: any of the charger) for a token until an instant."""

    reservation_id: int
    id_token: IdToken
    expires_at: datetime
    connector_id: ConnectorId | None = None
    group_token: IdToken | None = None
    token_type: str = CARD


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation:
    """Give a reserved connector free."""

    reservation_id: int
