"""The messages of OCPP 2.0.1 that we serve; what is not in a table is not spoken."""

from __future__ import annotations

from typing import Any

from ocpp.v201.enums import Action

from ocpp_core.protocol.message import Inbound
from ocpp_core.protocol.v201 import (
    authorize,
    boot_notification,
    cleared_charging_limit,
    data_transfer,
    firmware_status_notification,
    get_15118_ev_certificate,
    get_certificate_status,
    heartbeat,
    log_status_notification,
    meter_values,
    noted,
    notify_charging_limit,
    notify_ev_charging_needs,
    notify_ev_charging_schedule,
    notify_event,
    notify_report,
    report_charging_profiles,
    reservation_status_update,
    security_event_notification,
    sign_certificate,
    status_notification,
    transaction_event,
)

_INBOUND: tuple[Inbound[Any, Any], ...] = (
    authorize.MESSAGE,
    boot_notification.MESSAGE,
    cleared_charging_limit.MESSAGE,
    data_transfer.MESSAGE,
    firmware_status_notification.MESSAGE,
    get_15118_ev_certificate.MESSAGE,
    get_certificate_status.MESSAGE,
    heartbeat.MESSAGE,
    log_status_notification.MESSAGE,
    meter_values.MESSAGE,
    notify_charging_limit.MESSAGE,
    notify_ev_charging_needs.MESSAGE,
    notify_ev_charging_schedule.MESSAGE,
    notify_event.MESSAGE,
    notify_report.MESSAGE,
    report_charging_profiles.MESSAGE,
    reservation_status_update.MESSAGE,
    security_event_notification.MESSAGE,
    sign_certificate.MESSAGE,
    status_notification.MESSAGE,
    transaction_event.MESSAGE,
    *noted.MESSAGES,
)

ACTIONS: dict[str, Inbound[Any, Any]] = {message.action: message for message in _INBOUND}
"""What chargers may send us."""

KNOWN_ACTIONS = frozenset(action.value for action in Action)
"""Every action of 2.0.1, served or not."""
