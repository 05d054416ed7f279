"""Local list, cache and reservations by order of a 1.6 server (sections 5.1, 5.4, 5.10 to 5.15)."""

from __future__ import annotations

from ocpp_core.domain.commands import ListUpdate, LocalListEntry, ReserveNow, SendLocalList
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies16 import ACCEPTED, REJECTED, said
from ocpp_core.sim.stamp import instant
from ocpp_core.sim.wire import Payload, Reply

NO_LIST = -1
"""Version of the list of a charger that keeps none (section 5.10)."""


def clear_cache(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ClearCache."""
    del payload
    return ACCEPTED if charger.admission.clear_cache() else REJECTED


def list_version(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetLocalListVersion."""
    del payload
    kept = charger.keys.flag("LocalAuthListEnabled")
    return Reply({"listVersion": charger.admission.local_list.version if kept else NO_LIST})


def update_list(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer SendLocalList."""
    if not charger.keys.flag("LocalAuthListEnabled"):
        return said("NotSupported")
    command = SendLocalList(
        version=int(payload["listVersion"]),
        update=ListUpdate(payload["updateType"]),
        entries=tuple(_entry(entry) for entry in payload.get("localAuthorizationList", ())),
    )
    return said(charger.admission.local_list.update(command).value)


def reserve(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ReserveNow."""
    group = payload.get("parentIdTag")
    command = ReserveNow(
        reservation_id=int(payload["reservationId"]),
        id_token=IdToken(str(payload["idTag"])),
        expires_at=instant(payload["expiryDate"]),
        connector_id=ConnectorId(payload["connectorId"]) or None,
        group_token=None if group is None else IdToken(str(group)),
    )
    return said(charger.admission.reserve(command).value)


def cancel(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer CancelReservation."""
    found = charger.admission.cancel(int(payload["reservationId"]))
    return ACCEPTED if found else REJECTED


def _entry(entry: Payload) -> LocalListEntry:
    info = entry.get("idTagInfo", {})
    expiry, group = info.get("expiryDate"), info.get("parentIdTag")
    return LocalListEntry(
        id_token=IdToken(str(entry["idTag"])),
        status=AuthorizationStatus(info["status"]) if info else None,
        expires_at=None if expiry is None else instant(expiry),
        group_token=None if group is None else IdToken(str(group)),
    )
