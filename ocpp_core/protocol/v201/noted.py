"""Messages of OCPP 2.x that are stored and answered, and change nothing here.

Monitors and displays are not set by us (chapters N and O), nor customer information asked for
(N09), nor firmware published to local controllers (L03): what chargers tell of them is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.events import EmptyReply, StationNoted
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Wire


class PublishFirmwareStatusRequest(Wire, frozen=True, kw_only=True):
    """Progress of a local controller that publishes firmware."""

    status: str
    location: Any = None
    request_id: Int32 | None = None


class CustomerInformationRequest(Wire, frozen=True, kw_only=True):
    """A part of what is known of a customer."""

    data: str
    seq_no: Int32
    generated_at: datetime
    request_id: Int32
    tbc: bool = False


class DisplayMessagesRequest(Wire, frozen=True, kw_only=True):
    """Some of the messages that the charger shows."""

    request_id: Int32
    message_info: list[Any] = msgspec.field(default_factory=list)
    tbc: bool = False


class MonitoringReportRequest(Wire, frozen=True, kw_only=True):
    """Some of the monitors that are set."""

    request_id: Int32
    seq_no: Int32
    generated_at: datetime
    monitor: list[Any] = msgspec.field(default_factory=list)
    tbc: bool = False


def noted[RequestT: Wire](
    action: str,
    request: type[RequestT],
    summary: Callable[[RequestT], str],
    *,
    open_enums: frozenset[str] = frozenset(),
    to_payload: Callable[[EmptyReply], bytes] = no_fields,
) -> Inbound[RequestT, EmptyReply]:
    """Return a message whose meaning here is its summary in words."""

    def to_event(payload: RequestT, received_at: datetime, findings: list[str]) -> StationNoted:
        del received_at, findings
        return StationNoted(action=action, summary=summary(payload))

    return Inbound(action, request, to_event, to_payload, open_enums=open_enums, keeps=True)


PUBLISH_FIRMWARE_STATUS = noted(
    "PublishFirmwareStatusNotification",
    PublishFirmwareStatusRequest,
    lambda request: request.status[:40],
    open_enums=frozenset({"status"}),
)
# What is known of a customer is personal: it is in the raw frame only.
CUSTOMER_INFORMATION = noted(
    "NotifyCustomerInformation",
    CustomerInformationRequest,
    lambda request: f"part {request.seq_no} of the answer to {request.request_id}",
)
DISPLAY_MESSAGES = noted(
    "NotifyDisplayMessages",
    DisplayMessagesRequest,
    lambda request: f"{len(request.message_info)} messages on display",
    open_enums=frozenset({"priority", "state", "format"}),
)
MONITORING_REPORT = noted(
    "NotifyMonitoringReport",
    MonitoringReportRequest,
    lambda request: f"{len(request.monitor)} variables monitored",
    open_enums=frozenset({"type", "eventNotificationType"}),
)

MESSAGES: tuple[Inbound[Any, Any], ...] = (
    CUSTOMER_INFORMATION,
    DISPLAY_MESSAGES,
    MONITORING_REPORT,
    PUBLISH_FIRMWARE_STATUS,
)
