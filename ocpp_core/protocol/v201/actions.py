"""The messages of OCPP 2.0.1 that we serve; what is not in a table is not spoken."""

from __future__ import annotations

from typing import Any

from ocpp.v201.enums import Action

from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v201 import boot_notification, heartbeat, status_notification

_INBOUND: tuple[Inbound[Any, Any], ...] = (
    boot_notification.MESSAGE,
    heartbeat.MESSAGE,
    status_notification.MESSAGE,
)

ACTIONS: dict[str, Inbound[Any, Any]] = {message.action: message for message in _INBOUND}
"""What chargers may send us."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 2.0.1, served or not."""
