"""FirmwareStatusNotification and LogStatusNotification (OCPP 2.1): with a reason in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ocpp_core.domain.events import TransferStatusChanged
from ocpp_core.protocol.v21.message import StatusInfo
from ocpp_core.protocol.v201 import firmware_status_notification, log_status_notification


class FirmwareRequest(firmware_status_notification.Request, frozen=True, kw_only=True):
    """Progress of a firmware update."""

    status_info: StatusInfo | None = None


class LogRequest(log_status_notification.Request, frozen=True, kw_only=True):
    """Progress of a log upload."""

    status_info: StatusInfo | None = None


def to_firmware_event(
    request: FirmwareRequest, received_at: datetime, findings: list[str]
) -> TransferStatusChanged:
    """Read the progress."""
    event = firmware_status_notification.to_event(request, received_at, findings)
    return _with_reason(event, request.status_info)


def to_log_event(
    request: LogRequest, received_at: datetime, findings: list[str]
) -> TransferStatusChanged:
    """Read the progress."""
    event = log_status_notification.to_event(request, received_at, findings)
    return _with_reason(event, request.status_info)


def _with_reason(event: TransferStatusChanged, info: StatusInfo | None) -> TransferStatusChanged:
    return event if info is None else replace(event, reason=info.words)


FIRMWARE = firmware_status_notification.MESSAGE.extended(
    FirmwareRequest, to_event=to_firmware_event
)
LOG = log_status_notification.MESSAGE.extended(LogRequest, to_event=to_log_event)
