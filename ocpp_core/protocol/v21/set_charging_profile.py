"""SetChargingProfile (OCPP 2.1 K01 to K04)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import SetProfile, Unsupported
from ocpp_core.protocol.message import NamingOutbound
from ocpp_core.protocol.translator import TransactionNames
from ocpp_core.protocol.v21.profile_writer import to_wire_profile
from ocpp_core.protocol.v201.outcome import StatusAnswer
from ocpp_core.protocol.v201.set_charging_profile import setting, to_result


def to_request(command: SetProfile, names: TransactionNames) -> dict[str, Any] | Unsupported:
    """Write the profile, with all that 2.1 adds, and its EVSE."""
    return setting(command, names, to_wire_profile)


MESSAGE = NamingOutbound("SetChargingProfile", SetProfile, to_request, StatusAnswer, to_result)
