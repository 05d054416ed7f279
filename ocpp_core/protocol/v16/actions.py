"""The messages of OCPP 1.6 that we serve and send; what is not in a table is not spoken."""

from __future__ import annotations

from typing import Any

from ocpp.v16.enums import Action

from ocpp_core.domain.commands import (
    Command,
    GetBaseReport,
    GetProfiles,
    GetReport,
    GetTransactionStatus,
    GetVariables,
    SetNetworkProfile,
    SetVariables,
    UpdateCost,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from ocpp_core.protocol.message import Choice, Inbound, Outbound
from ocpp_core.protocol.v16 import (
    authorize,
    boot_notification,
    cancel_reservation,
    certificate_signed,
    change_availability,
    change_configuration,
    clear_cache,
    clear_charging_profile,
    data_transfer,
    delete_certificate,
    diagnostics_status_notification,
    firmware_status_notification,
    get_composite_schedule,
    get_configuration,
    get_diagnostics,
    get_installed_certificate_ids,
    get_local_list_version,
    get_log,
    heartbeat,
    install_certificate,
    log_status_notification,
    meter_values,
    remote_start_transaction,
    remote_stop_transaction,
    reserve_now,
    reset,
    security_event_notification,
    send_data_transfer,
    send_local_list,
    set_charging_profile,
    sign_certificate,
    signed_firmware_status_notification,
    start_transaction,
    status_notification,
    stop_transaction,
    trigger_message,
    unlock_connector,
    update_firmware,
)

_INBOUND: tuple[Inbound[Any, Any], ...] = (
    authorize.MESSAGE,
    boot_notification.MESSAGE,
    data_transfer.MESSAGE,
    diagnostics_status_notification.MESSAGE,
    firmware_status_notification.MESSAGE,
    heartbeat.MESSAGE,
    log_status_notification.MESSAGE,
    meter_values.MESSAGE,
    security_event_notification.MESSAGE,
    sign_certificate.MESSAGE,
    signed_firmware_status_notification.MESSAGE,
    start_transaction.MESSAGE,
    status_notification.MESSAGE,
    stop_transaction.MESSAGE,
)
_OUTBOUND: tuple[Outbound[Any, Any] | Choice[Any], ...] = (
    cancel_reservation.MESSAGE,
    certificate_signed.MESSAGE,
    change_availability.MESSAGE,
    change_configuration.MESSAGE,
    clear_cache.MESSAGE,
    clear_charging_profile.MESSAGE,
    delete_certificate.MESSAGE,
    get_composite_schedule.MESSAGE,
    get_configuration.MESSAGE,
    get_diagnostics.MESSAGE,
    get_installed_certificate_ids.MESSAGE,
    get_local_list_version.MESSAGE,
    get_log.MESSAGE,
    install_certificate.MESSAGE,
    remote_start_transaction.MESSAGE,
    remote_stop_transaction.MESSAGE,
    reserve_now.MESSAGE,
    reset.MESSAGE,
    send_data_transfer.MESSAGE,
    send_local_list.MESSAGE,
    set_charging_profile.MESSAGE,
    trigger_message.MESSAGE,
    unlock_connector.MESSAGE,
    update_firmware.MESSAGE,
)

ACTIONS: dict[str, Inbound[Any, Any]] = {message.action: message for message in _INBOUND}
"""What chargers may send us."""

COMMANDS: dict[type[Command], Outbound[Any, Any] | Choice[Any]] = {
    message.command: message for message in _OUTBOUND
}
"""What we send to chargers."""

OTHER_WAYS: dict[type[Command], str] = {
    GetBaseReport: "ask with GetConfiguration and no keys",
    GetProfiles: "profiles cannot be read back; GetComposite tells what they come to",
    GetReport: "ask with GetConfiguration",
    GetTransactionStatus: "a charger does not tell what it still has to send",
    GetVariables: "ask with GetConfiguration",
    SetNetworkProfile: "vendors have keys of their own for it: see ChangeConfiguration",
    SetVariables: "use ChangeConfiguration, one key at a time",
    UpdateCost: "costs are not shown, or by a vendor's own message: see SendVendorData",
    UpdateDynamicSchedule: "replace the profile with SetProfile",
    UsePriorityCharging: "give the transaction another profile with SetProfile",
}
"""What OCPP 1.6 has no message for, and what can be done instead."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 1.6 and its security whitepaper, served or not."""
