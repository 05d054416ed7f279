"""NotifyReport and NotifyEvent (OCPP 2.1): with sizes of lists, and severities."""

from __future__ import annotations

import msgspec

from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.v201 import notify_event, notify_report


class Characteristics(notify_report.Characteristics, frozen=True, kw_only=True):
    """What kind of variable it is."""

    max_elements: Int32 | None = None


class ReportData(notify_report.ReportData, frozen=True, kw_only=True):
    """One variable."""

    variable_characteristics: Characteristics | None = None


class ReportRequest(notify_report.Request, frozen=True, kw_only=True):
    """One part of a report."""

    report_data: list[ReportData] = msgspec.field(default_factory=list)  # type: ignore[assignment]


class EventData(notify_event.EventData, frozen=True, kw_only=True):
    """One event of one variable."""

    severity: Int32 | None = None


class EventRequest(notify_event.Request, frozen=True, kw_only=True):
    """Some events."""

    event_data: list[EventData]  # type: ignore[assignment]


REPORT = notify_report.MESSAGE.extended(ReportRequest)
EVENT = notify_event.MESSAGE.extended(EventRequest)
