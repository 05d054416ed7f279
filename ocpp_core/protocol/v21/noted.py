"""Messages of OCPP 2.1 that are stored and answered, and change nothing here.

Grid codes (chapter R) and monitors that stream (N) are not set by us, and payment terminals settle
without us (C): what chargers tell of them is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ocpp_core.domain.events import EmptyReply
from ocpp_core.protocol.message import Inbound, Int32, encode
from ocpp_core.protocol.v21.message import StatusInfo
from ocpp_core.protocol.v201 import noted as v201
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.noted import noted
from ocpp_core.protocol.v201.words import status_info

STREAMS = "event streams are not taken here: values come with the transaction's events"


class PublishFirmwareStatusRequest(v201.PublishFirmwareStatusRequest, frozen=True, kw_only=True):
    """Progress of a local controller that publishes firmware."""

    status_info: StatusInfo | None = None


class SettlementRequest(Wire, frozen=True, kw_only=True):
    """A payment terminal settled a transaction, or could not."""

    psp_ref: str
    status: str
    settlement_amount: float
    settlement_time: datetime
    transaction_id: str = ""
    status_info: str = ""
    receipt_id: str = ""
    receipt_url: str = ""
    vat_company: Any = None
    vat_number: str = ""


class DerAlarmRequest(Wire, frozen=True, kw_only=True):
    """The grid is out of its bounds, or back."""

    control_type: str
    timestamp: datetime
    grid_event_fault: str = ""
    alarm_ended: bool = False
    extra_info: str = ""


class DerStartStopRequest(Wire, frozen=True, kw_only=True):
    """A grid control began or ended."""

    control_id: str
    started: bool
    timestamp: datetime
    superseded_ids: Any = None


class DerReportRequest(Wire, frozen=True, kw_only=True):
    """Grid controls that are set."""

    request_id: Int32
    tbc: bool = False
    curve: Any = None
    enter_service: Any = None
    fixed_pf_absorb: Any = msgspec.field(default=None, name="fixedPFAbsorb")
    fixed_pf_inject: Any = msgspec.field(default=None, name="fixedPFInject")
    fixed_var: Any = None
    freq_droop: Any = None
    gradient: Any = None
    limit_max_discharge: Any = None


class OpenStreamRequest(Wire, frozen=True, kw_only=True):
    """The charger wants to send a variable's values as a stream."""

    constant_stream_data: Any


class CloseStreamRequest(Wire, frozen=True, kw_only=True):
    """A stream ended."""

    id: Int32


class StreamRequest(Wire, frozen=True, kw_only=True):
    """Some values of a stream; a SEND, so it is not answered."""

    id: Int32
    pending: Int32
    basetime: datetime
    data: list[Any]


def _no_stream(reply: EmptyReply) -> bytes:
    """Write a refusal."""
    del reply
    return encode({"status": "Rejected", "statusInfo": status_info(STREAMS)})


def _der_alarm(request: DerAlarmRequest) -> str:
    fault = request.grid_event_fault or request.control_type
    return f"{fault[:40]} {'ended' if request.alarm_ended else 'began'}"


MESSAGES: tuple[Inbound[Any, Any], ...] = (
    noted(
        "NotifySettlement",
        SettlementRequest,
        lambda request: f"{request.status[:20]}, {request.settlement_amount:g}",
        open_enums=frozenset({"status"}),
    ),
    noted(
        "NotifyDERAlarm",
        DerAlarmRequest,
        _der_alarm,
        open_enums=frozenset({"controlType", "gridEventFault"}),
    ),
    noted(
        "NotifyDERStartStop",
        DerStartStopRequest,
        lambda request: f"{request.control_id[:40]} {'began' if request.started else 'ended'}",
    ),
    noted(
        "ReportDERControl",
        DerReportRequest,
        lambda request: f"the answer to {request.request_id}",
        open_enums=frozenset({"curveType", "powerDuringCessation", "yUnit", "unit"}),
    ),
    noted(
        "OpenPeriodicEventStream",
        OpenStreamRequest,
        lambda _: f"refused: {STREAMS}",
        to_payload=_no_stream,
    ),
    noted("ClosePeriodicEventStream", CloseStreamRequest, lambda request: f"stream {request.id}"),
    noted(
        "NotifyPeriodicEventStream",
        StreamRequest,
        lambda request: f"{len(request.data)} values of stream {request.id}",
    ),
    v201.PUBLISH_FIRMWARE_STATUS.extended(PublishFirmwareStatusRequest),
)
