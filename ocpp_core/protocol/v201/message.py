"""What messages of OCPP 2.x are made of beside what every version has."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.protocol import message

type Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Of an EVSE, a connector, a request."""


class Wire(message.Wire, frozen=True, kw_only=True):
    """A payload, or a part of one; vendors may hang `customData` onto each (CustomDataType)."""

    custom_data: Any = None


def place_of(evse_id: int | None) -> ConnectorId | None:
    """Return what one car uses at a time: the EVSE. None: the message names none."""
    return None if evse_id is None else ConnectorId(evse_id)
