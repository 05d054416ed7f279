"""The messages of OCPP 2.1: those of 2.0.1, and what 2.1 adds to them or says differently."""

from __future__ import annotations

from typing import Any

from ocpp.v21.enums import Action

from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v21 import (
    authorize,
    device_model,
    get_15118_ev_certificate,
    noted,
    notify_charging_limit,
    notify_ev_charging_needs,
    notify_ev_charging_schedule,
    notify_priority_charging,
    notify_web_payment_started,
    pull_dynamic_schedule_update,
    sign_certificate,
    transaction_event,
    transfers,
)
from ocpp_core.protocol.v201 import actions as v201

_INBOUND: tuple[Inbound[Any, Any], ...] = (
    authorize.MESSAGE,
    device_model.EVENT,
    device_model.REPORT,
    get_15118_ev_certificate.MESSAGE,
    notify_charging_limit.MESSAGE,
    notify_ev_charging_needs.MESSAGE,
    notify_ev_charging_schedule.MESSAGE,
    notify_priority_charging.MESSAGE,
    notify_web_payment_started.MESSAGE,
    pull_dynamic_schedule_update.MESSAGE,
    sign_certificate.MESSAGE,
    transaction_event.MESSAGE,
    transfers.FIRMWARE,
    transfers.LOG,
    *noted.MESSAGES,
)

ACTIONS: dict[str, Inbound[Any, Any]] = v201.ACTIONS | {
    message.action: message for message in _INBOUND
}
"""What chargers may send us."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 2.1, served or not."""
