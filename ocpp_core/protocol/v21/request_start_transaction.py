"""RequestStartTransaction (OCPP 2.1 F01, F02)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import RemoteStart, Unsupported
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v21.profile_writer import to_wire_profile
from ocpp_core.protocol.v201.request_start_transaction import Response, order, to_result


def to_request(command: RemoteStart) -> dict[str, Any] | Unsupported:
    """Write the order, with all that 2.1 adds to its profile."""
    return order(command, to_wire_profile)


MESSAGE = Outbound("RequestStartTransaction", RemoteStart, to_request, Response, to_result)
