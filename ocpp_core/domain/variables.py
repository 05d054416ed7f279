"""Names of the settings that a charger keeps: configuration keys and device-model variables.

OCPP 1.6 has flat keys (section 9), OCPP 2.x has variables of components (part 2 chapter B and the
appendices). Both are named by one text: `HeartbeatInterval`, `OCPPCommCtrlr.HeartbeatInterval`,
`EVSE@2.Power`, `Connector@2/1.Available`, `ChargingStation.Model[second]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ocpp_core.domain.ids import ConnectorId

_NAME = re.compile(
    r"(?P<component>[^.\[\]@]+)(?:\[(?P<component_instance>[^\]]*)\])?"
    r"(?:@(?P<evse>\d+)(?:/(?P<plug>\d+))?)?"
    r"\.(?P<variable>[^\[\]@]+)(?:\[(?P<variable_instance>[^\]]*)\])?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableName:
    """One variable of one component of a charger's device model (OCPP 2.x)."""

    component: str
    variable: str
    component_instance: str = ""
    variable_instance: str = ""
    connector_id: ConnectorId | None = None
    """EVSE that the component belongs to; None: the charger as a whole."""
    plug_id: int | None = None
    """Connector of that EVSE (OCPP 2.x numbers them within the EVSE)."""

    def __str__(self) -> str:
        instance = f"[{self.component_instance}]" if self.component_instance else ""
        place = "" if self.connector_id is None else f"@{self.connector_id}"
        place += "" if self.plug_id is None else f"/{self.plug_id}"
        of_variable = f"[{self.variable_instance}]" if self.variable_instance else ""
        return f"{self.component}{instance}{place}.{self.variable}{of_variable}"

    @classmethod
    def parse(cls, text: str) -> VariableName:
        """Read `EVSE@2.Power`; raises ValueError for what names no variable of a component."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} names no variable: write it as Component.Variable")
        evse, plug = match["evse"], match["plug"]
        return cls(
            component=match["component"],
            variable=match["variable"],
            component_instance=match["component_instance"] or "",
            variable_instance=match["variable_instance"] or "",
            connector_id=None if evse is None else ConnectorId(int(evse)),
            plug_id=None if plug is None else int(plug),
        )


def plain_name(text: str) -> str:
    """Return what a setting is, wherever and however it is named: for comparisons.

    `Component.Variable` without instances and place, or a flat key, in lower case.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        return text.strip().casefold()
    return f"{match['component'].strip()}.{match['variable'].strip()}".casefold()


class VariableAttribute(StrEnum):
    """Which value of a variable is meant (OCPP 2.0.1 part 2, AttributeEnumType)."""

    ACTUAL = "Actual"
    TARGET = "Target"
    MIN_SET = "MinSet"
    MAX_SET = "MaxSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableReport:
    """One attribute of one variable as the charger reports it, with what is known of its kind."""

    name: VariableName
    attribute: VariableAttribute = VariableAttribute.ACTUAL
    value: str | None = None
    """None: write-only, or not set."""
    readonly: bool = False
    write_only: bool = False
    persistent: bool = False
    data_type: str = ""
    unit: str = ""
    min_limit: float | None = None
    max_limit: float | None = None
    values: tuple[str, ...] = ()
    """What it may be set to, where the charger lists that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableResult:
    """How reading or setting one variable ended."""

    name: VariableName
    attribute: VariableAttribute = VariableAttribute.ACTUAL
    status: str
    """The charger's own word: Accepted, Rejected, UnknownComponent, RebootRequired, …"""
    value: str | None = None
    reason: str = ""
