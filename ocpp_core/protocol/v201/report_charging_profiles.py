"""ReportChargingProfiles (OCPP 2.0.1 K09)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import ProfilesReported
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Number, Wire
from ocpp_core.protocol.v201.profile import Profile, from_wire_profile


class Request(Wire, frozen=True, kw_only=True):
    """Some of the profiles that were asked for."""

    request_id: Int32
    charging_limit_source: str
    evse_id: Number
    charging_profile: list[Profile] = msgspec.field(default_factory=list)
    tbc: bool = False


def to_event(request: Request, received_at: datetime, findings: list[str]) -> ProfilesReported:
    """Read profiles; one whose meaning cannot be told is left out and told."""
    del received_at
    read = (from_wire_profile(profile, findings) for profile in request.charging_profile)
    return ProfilesReported(
        request_id=request.request_id,
        connector_id=ConnectorId(request.evse_id),
        source=request.charging_limit_source,
        more=request.tbc,
        profiles=tuple(profile for profile in read if profile is not None),
    )


MESSAGE = Inbound(
    "ReportChargingProfiles",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset(
        {
            "chargingLimitSource",
            "chargingProfileKind",
            "chargingProfilePurpose",
            "chargingRateUnit",
            "costKind",
            "operationMode",
            "recurrencyKind",
        }
    ),
    dispensable=frozenset({"chargingProfile"}),
)
