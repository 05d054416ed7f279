"""Local list, cache and reservations by order of a 2.x server (OCPP 2.0.1 chapters C, D and H)."""

from __future__ import annotations

from ocpp_core.domain.commands import ListUpdate, LocalListEntry, ReserveNow, SendLocalList
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies2 import ACCEPTED, REJECTED, refused, said
from ocpp_core.sim.stamp import instant
from ocpp_core.sim.wire import Payload, Reply


def clear_cache(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ClearCache (C11)."""
    del payload
    cleared = charger.admission.clear_cache()
    return ACCEPTED if cleared else refused("NotEnabled", "there is no cache")


def list_version(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetLocalListVersion (D02); 0 where no list is kept."""
    del payload
    kept = charger.keys.flag("LocalAuthListEnabled")
    return Reply({"versionNumber": charger.admission.local_list.version if kept else 0})


def update_list(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer SendLocalList (D01)."""
    if not charger.keys.flag("LocalAuthListEnabled"):
        return said("Failed")
    command = SendLocalList(
        version=int(payload["versionNumber"]),
        update=ListUpdate(payload["updateType"]),
        entries=tuple(_entry(entry) for entry in payload.get("localAuthorizationList", ())),
    )
    return said(charger.admission.local_list.update(command).value)


def reserve(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ReserveNow (H01)."""
    place = payload.get("evseId")
    command = ReserveNow(
        reservation_id=int(payload["id"]),
        id_token=IdToken(str(payload["idToken"]["idToken"])),
        expires_at=instant(payload["expiryDateTime"]),
        connector_id=None if place is None else ConnectorId(place),
        group_token=_token(payload.get("groupIdToken")),
    )
    return said(charger.admission.reserve(command).value)


def cancel(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer CancelReservation (H02)."""
    found = charger.admission.cancel(int(payload["reservationId"]))
    return ACCEPTED if found else REJECTED


def _entry(entry: Payload) -> LocalListEntry:
    info = entry.get("idTokenInfo", {})
    expiry = info.get("cacheExpiryDateTime")
    return LocalListEntry(
        id_token=IdToken(str(entry["idToken"]["idToken"])),
        status=AuthorizationStatus(info["status"]) if info else None,
        expires_at=None if expiry is None else instant(expiry),
        group_token=_token(info.get("groupIdToken")),
    )


def _token(written: Payload | None) -> IdToken | None:
    return None if written is None else IdToken(str(written["idToken"]))
