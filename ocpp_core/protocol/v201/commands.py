"""What we send to chargers of OCPP 2.0.1."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.commands import Command, UpdateDynamicSchedule, UsePriorityCharging
from ocpp_core.protocol.message import NamingOutbound, Outbound
from ocpp_core.protocol.v201 import (
    cancel_reservation,
    certificate_signed,
    change_availability,
    change_configuration,
    clear_cache,
    clear_charging_profile,
    cost_updated,
    delete_certificate,
    get_base_report,
    get_charging_profiles,
    get_composite_schedule,
    get_configuration,
    get_installed_certificate_ids,
    get_local_list_version,
    get_log,
    get_report,
    get_transaction_status,
    get_variables,
    install_certificate,
    request_start_transaction,
    request_stop_transaction,
    reserve_now,
    reset,
    send_data_transfer,
    send_local_list,
    set_charging_profile,
    set_network_profile,
    set_variables,
    trigger_message,
    unlock_connector,
    update_firmware,
)

type AnyOutbound = Outbound[Any, Any] | NamingOutbound[Any, Any]

_OUTBOUND: tuple[AnyOutbound, ...] = (
    cancel_reservation.MESSAGE,
    certificate_signed.MESSAGE,
    change_availability.MESSAGE,
    change_configuration.MESSAGE,
    clear_cache.MESSAGE,
    clear_charging_profile.MESSAGE,
    cost_updated.MESSAGE,
    delete_certificate.MESSAGE,
    get_base_report.MESSAGE,
    get_charging_profiles.MESSAGE,
    get_composite_schedule.MESSAGE,
    get_configuration.MESSAGE,
    get_installed_certificate_ids.MESSAGE,
    get_local_list_version.MESSAGE,
    get_log.MESSAGE,
    get_log.DIAGNOSTICS,
    get_report.MESSAGE,
    get_transaction_status.MESSAGE,
    get_variables.MESSAGE,
    install_certificate.MESSAGE,
    request_start_transaction.MESSAGE,
    request_stop_transaction.MESSAGE,
    reserve_now.MESSAGE,
    reset.MESSAGE,
    send_data_transfer.MESSAGE,
    send_local_list.MESSAGE,
    set_charging_profile.MESSAGE,
    set_network_profile.MESSAGE,
    set_variables.MESSAGE,
    trigger_message.MESSAGE,
    unlock_connector.MESSAGE,
    update_firmware.MESSAGE,
)

COMMANDS: dict[type[Command], AnyOutbound] = {message.command: message for message in _OUTBOUND}
"""Command: the message that says it."""

OTHER_WAYS: dict[type[Command], str] = {
    UpdateDynamicSchedule: "set the profile again with the same id",
    UsePriorityCharging: "set a TxProfile with a higher limit",
}
"""Why a command cannot be said, and what can be done instead."""
