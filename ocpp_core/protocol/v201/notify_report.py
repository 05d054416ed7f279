"""NotifyReport (OCPP 2.0.1 B07 and B08): the device model in parts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ocpp_core.domain.events import SettingsReported
from ocpp_core.domain.variables import VariableAttribute, VariableReport
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Inbound, Int32, no_fields
from ocpp_core.protocol.v201.message import Wire
from ocpp_core.protocol.v201.variables import Component, Variable, from_wire_name
from ocpp_core.protocol.words import reduced

_ATTRIBUTES = {reduced(attribute.value): attribute for attribute in VariableAttribute}


class Attribute(Wire, frozen=True, kw_only=True):
    """One attribute of a variable (VariableAttributeType)."""

    type: str = "Actual"
    value: str | None = None
    mutability: str = "ReadWrite"
    persistent: bool = False
    constant: bool = False


class Characteristics(Wire, frozen=True, kw_only=True):
    """What kind of variable it is (VariableCharacteristicsType)."""

    data_type: str
    supports_monitoring: bool = False
    unit: str = ""
    min_limit: float | None = None
    max_limit: float | None = None
    values_list: str = ""


class ReportData(Wire, frozen=True, kw_only=True):
    """One variable."""

    component: Component
    variable: Variable
    variable_attribute: list[Attribute]
    variable_characteristics: Characteristics | None = None


class Request(Wire, frozen=True, kw_only=True):
    """One part of a report."""

    request_id: Int32
    seq_no: Int32
    generated_at: datetime | None = None
    tbc: bool = False
    report_data: list[ReportData] = msgspec.field(default_factory=list)


def to_event(request: Request, received_at: datetime, findings: list[str]) -> SettingsReported:
    """Read every attribute of every variable."""
    return SettingsReported(
        request_id=request.request_id,
        sequence=request.seq_no,
        more=request.tbc,
        at=wiretime.read_or_receipt(request.generated_at, received_at, findings, "generatedAt"),
        variables=tuple(
            report
            for data in request.report_data
            for attribute in data.variable_attribute
            if (report := _report(data, attribute, findings)) is not None
        ),
    )


def _report(data: ReportData, attribute: Attribute, findings: list[str]) -> VariableReport | None:
    name = from_wire_name(data.component, data.variable)
    kind = _ATTRIBUTES.get(reduced(attribute.type))
    if kind is None:
        findings.append(f"{name}: attribute {attribute.type[:20]!r} is not known: left out")
        return None
    of = data.variable_characteristics
    mutability = reduced(attribute.mutability)
    return VariableReport(
        name=name,
        attribute=kind,
        value=attribute.value,
        readonly=mutability == "readonly",
        write_only=mutability == "writeonly",
        persistent=attribute.persistent or attribute.constant,
        data_type="" if of is None else of.data_type,
        unit="" if of is None else of.unit,
        min_limit=None if of is None else of.min_limit,
        max_limit=None if of is None else of.max_limit,
        values=() if of is None else _values(of.values_list),
    )


def _values(text: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in text.split(",") if value.strip())


MESSAGE = Inbound(
    "NotifyReport",
    Request,
    to_event,
    no_fields,
    open_enums=frozenset({"type", "mutability", "dataType"}),
    dispensable=frozenset({"generatedAt", "supportsMonitoring"}),
    keeps=True,
)
