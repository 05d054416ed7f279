"""The messages of OCPP 2.1: those of 2.0.1, and what 2.1 adds to them or says differently."""

from __future__ import annotations

from typing import Any

from ocpp.v21.enums import Action

from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v201 import actions as v201

_INBOUND: tuple[Inbound[Any, Any], ...] = ()

ACTIONS: dict[str, Inbound[Any, Any]] = v201.ACTIONS | {
    message.action: message for message in _INBOUND
}
"""What chargers may send us."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 2.1, served or not."""
