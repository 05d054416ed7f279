"""The messages of OCPP 1.6 that we serve and send; what is not in a table is not spoken."""

from __future__ import annotations

from typing import Any

from ocpp.v16.enums import Action

from ocpp_core.domain.commands import Command
from ocpp_core.protocol.v16 import (
    authorize,
    boot_notification,
    change_configuration,
    clear_charging_profile,
    data_transfer,
    diagnostics_status_notification,
    firmware_status_notification,
    get_composite_schedule,
    get_configuration,
    heartbeat,
    meter_values,
    remote_start_transaction,
    remote_stop_transaction,
    reset,
    set_charging_profile,
    start_transaction,
    status_notification,
    stop_transaction,
    trigger_message,
)
from ocpp_core.protocol.v16.message import Inbound, Outbound

_INBOUND: tuple[Inbound[Any, Any], ...] = (
    authorize.MESSAGE,
    boot_notification.MESSAGE,
    data_transfer.MESSAGE,
    diagnostics_status_notification.MESSAGE,
    firmware_status_notification.MESSAGE,
    heartbeat.MESSAGE,
    meter_values.MESSAGE,
    start_transaction.MESSAGE,
    status_notification.MESSAGE,
    stop_transaction.MESSAGE,
)
_OUTBOUND: tuple[Outbound[Any, Any], ...] = (
    change_configuration.MESSAGE,
    clear_charging_profile.MESSAGE,
    get_composite_schedule.MESSAGE,
    get_configuration.MESSAGE,
    remote_start_transaction.MESSAGE,
    remote_stop_transaction.MESSAGE,
    reset.MESSAGE,
    set_charging_profile.MESSAGE,
    trigger_message.MESSAGE,
)

ACTIONS: dict[str, Inbound[Any, Any]] = {message.action: message for message in _INBOUND}
"""What chargers may send us."""

COMMANDS: dict[type[Command], Outbound[Any, Any]] = {
    message.command: message for message in _OUTBOUND
}
"""What we send to chargers."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 1.6 and its security whitepaper, served or not."""
