"""Components and variables of the device model on the wire (OCPP 2.x part 2 chapter B)."""

from __future__ import annotations

from typing import Any

from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.variables import VariableAttribute, VariableName, VariableResult
from ocpp_core.protocol.message import Answer
from ocpp_core.protocol.v201.fields import evse, present
from ocpp_core.protocol.v201.outcome import reason_of
from ocpp_core.protocol.words import reduced, spellings

_ATTRIBUTES = spellings(VariableAttribute)


class Evse(Answer, frozen=True):
    """Where a component is."""

    id: int
    connector_id: int | None = None


class Component(Answer, frozen=True):
    """A component (ComponentType)."""

    name: str
    instance: str | None = None
    evse: Evse | None = None


class Variable(Answer, frozen=True):
    """A variable (VariableType)."""

    name: str
    instance: str | None = None


class Result(Answer, frozen=True):
    """How reading or setting one variable ended (GetVariableResultType, SetVariableResultType)."""

    attribute_status: str
    component: Component
    variable: Variable
    attribute_type: str = VariableAttribute.ACTUAL
    attribute_value: str | float | bool | None = None
    """Chargers also write numbers and truths as such."""
    attribute_status_info: Any = None


def to_wire_name(name: VariableName) -> dict[str, Any]:
    """Write which variable of which component is meant."""
    return {
        "component": to_wire_component(name),
        "variable": present(name=name.variable, instance=name.variable_instance or None),
    }


def to_wire_component(name: VariableName) -> dict[str, Any]:
    """Write the component that a variable belongs to."""
    place = None if name.connector_id is None else evse(name.connector_id, name.plug_id)
    return present(name=name.component, instance=name.component_instance or None, evse=place)


def from_wire_name(component: Component, variable: Variable) -> VariableName:
    """Read which variable of which component is meant."""
    place = component.evse
    return VariableName(
        component=component.name,
        variable=variable.name,
        component_instance=component.instance or "",
        variable_instance=variable.instance or "",
        connector_id=None if place is None else ConnectorId(place.id),
        plug_id=None if place is None else place.connector_id,
    )


def from_wire_result(wire: Result) -> VariableResult:
    """Read how one variable ended; an attribute that is not known is the actual value."""
    attribute = _ATTRIBUTES.get(reduced(wire.attribute_type), VariableAttribute.ACTUAL)
    return VariableResult(
        name=from_wire_name(wire.component, wire.variable),
        attribute=VariableAttribute(attribute),
        status=wire.attribute_status,
        value=_text(wire.attribute_value),
        reason=reason_of(wire.attribute_status_info),
    )


def _text(value: str | float | bool | None) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case float() | int():
            return f"{value:.15g}"
        case _:
            return value
