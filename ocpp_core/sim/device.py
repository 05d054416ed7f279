"""The device model of a simulated charger of OCPP 2: components, variables, what may be written.

Variables that mean the same as a configuration key of 1.6 are kept there, so that the charger
behaves alike whatever it speaks. Source: OCPP 2.0.1 part 2 appendices (standardised components).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ocpp_core.domain.site import ChargePoint
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.keys import ConfigurationKeys, KeyChange
from ocpp_core.sim.wire import Payload


class Access(StrEnum):
    """Who may do what (MutabilityEnumType)."""

    READ = "ReadOnly"
    WRITE = "WriteOnly"
    BOTH = "ReadWrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Which variable."""

    component: str
    variable: str
    evse_id: int | None = None
    connector_id: int | None = None
    component_instance: str | None = None
    variable_instance: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's description and, unless a key keeps it, its first value."""

    kind: str
    """DataEnumType."""
    value: str = ""
    access: Access = Access.READ
    unit: str = ""
    values: str = ""
    """What may be chosen from, for lists."""
    key: str = ""
    """Configuration key that keeps the value."""


class DeviceModel:
    """The variables of one charger; they survive a reset."""

    def __init__(
        self, keys: ConfigurationKeys, point: ChargePoint, *, version: Version = Version.V201
    ) -> None:
        self._keys = keys
        self._variables = dict(_variables(point, version))
        self._values = {name: v.value for name, v in self._variables.items() if not v.key}
        self.on_secret: Callable[[str], object] = lambda _: None
        """Told a new value of SecurityCtrlr.BasicAuthPassword."""
        self.state: Callable[[Name], str | None] = lambda _: None
        """Returns the value of a variable that follows what happens, None for all others."""

    def get(self, name: Name, attribute: str = "Actual") -> tuple[str, str | None]:
        """Return GetVariableStatusEnumType and the value."""
        variable = self._variables.get(name)
        if variable is None:
            return self._unknown(name), None
        if attribute != "Actual":
            return "NotSupportedAttributeType", None
        if variable.access is Access.WRITE:
            return "Rejected", None
        return "Accepted", self._text(name, variable)

    def set(self, name: Name, value: str, attribute: str = "Actual") -> str:
        """Set a variable and return SetVariableStatusEnumType."""
        variable = self._variables.get(name)
        if variable is None:
            return self._unknown(name)
        if attribute != "Actual":
            return "NotSupportedAttributeType"
        if variable.access is Access.READ or not _fits(variable, value):
            return "Rejected"
        if variable.key:
            change = self._keys.change(variable.key, value)
            return "Accepted" if change is KeyChange.ACCEPTED else "Rejected"
        self._values[name] = value
        if variable.access is Access.WRITE:
            self.on_secret(value)
        return "Accepted"

    def report(self, base: str = "FullInventory") -> list[Payload]:
        """Return the entries of a report (ReportDataType); ConfigurationInventory: the writable."""
        return [
            self._entry(name, variable)
            for name, variable in self._variables.items()
            if base == "FullInventory" or variable.access is not Access.READ
        ]

    def _unknown(self, name: Name) -> str:
        known = any(
            (n.component, n.evse_id, n.connector_id, n.component_instance)
            == (name.component, name.evse_id, name.connector_id, name.component_instance)
            for n in self._variables
        )
        return "UnknownVariable" if known else "UnknownComponent"

    def _text(self, name: Name, variable: Variable) -> str:
        followed = self.state(name)
        if followed is not None:
            return followed
        return self._keys.text(variable.key) if variable.key else self._values[name]

    def _entry(self, name: Name, variable: Variable) -> Payload:
        attribute: Payload = {"type": "Actual", "mutability": variable.access.value}
        if variable.access is not Access.WRITE:
            attribute["value"] = self._text(name, variable)
        characteristics: Payload = {"dataType": variable.kind, "supportsMonitoring": False}
        if variable.unit:
            characteristics["unit"] = variable.unit
        if variable.values:
            characteristics["valuesList"] = variable.values
        return {
            **written(name),
            "variableAttribute": [attribute],
            "variableCharacteristics": characteristics,
        }


def written(name: Name) -> Payload:
    """Write a variable's name as two of a message's fields: component and variable."""
    component: Payload = {"name": name.component}
    if name.component_instance is not None:
        component["instance"] = name.component_instance
    if name.evse_id is not None:
        component["evse"] = {"id": name.evse_id}
        if name.connector_id is not None:
            component["evse"]["connectorId"] = name.connector_id
    variable: Payload = {"name": name.variable}
    if name.variable_instance is not None:
        variable["instance"] = name.variable_instance
    return {"component": component, "variable": variable}


def name_of(payload: Payload) -> Name:
    """Read a variable's name."""
    component, variable = payload["component"], payload["variable"]
    evse = component.get("evse", {})
    return Name(
        component=component["name"],
        component_instance=component.get("instance"),
        evse_id=evse.get("id"),
        connector_id=evse.get("connectorId"),
        variable=variable["name"],
        variable_instance=variable.get("instance"),
    )


def _fits(variable: Variable, value: str) -> bool:
    match variable.kind:
        case "boolean":
            return value.lower() in {"true", "false"}
        case "integer":
            return value.removeprefix("-").isdecimal()
        case "OptionList":
            return value in variable.values.split(",")
        case _:
            return True


def _variables(point: ChargePoint, version: Version) -> Iterator[tuple[Name, Variable]]:
    phases = max(len(connector.phases) for connector in point.connectors)
    for component, name, variable in _STATION:
        variable_name, _, instance = name.partition("/")
        yield (
            Name(
                component=component,
                variable=variable_name,
                variable_instance=instance or None,
            ),
            variable,
        )
    if version is Version.V21:
        for component, name, variable in _STATION_21:
            yield Name(component=component, variable=name), variable
    yield (
        Name(component="ChargingStation", variable="SupplyPhases"),
        Variable("integer", str(phases)),
    )
    yield (
        Name(component="SecurityCtrlr", variable="Identity"),
        Variable("string", point.charge_point_id),
    )
    for connector in point.connectors:
        number = connector.ref.connector_id
        power_w = connector.max_current_a * len(connector.phases) * 230
        for name, variable in (
            ("AvailabilityState", Variable("OptionList", "Available", values=_STATES)),
            ("Available", Variable("boolean", "true")),
            ("Power", Variable("decimal", f"{power_w:.0f}", unit="W")),
            ("SupplyPhases", Variable("integer", str(len(connector.phases)))),
        ):
            yield Name(component="EVSE", evse_id=number, variable=name), variable
        for name, variable in (
            ("AvailabilityState", Variable("OptionList", "Available", values=_STATES)),
            ("Available", Variable("boolean", "true")),
            ("ConnectorType", Variable("string", "sType2")),
            ("SupplyPhases", Variable("integer", str(len(connector.phases)))),
        ):
            yield (
                Name(component="Connector", evse_id=number, connector_id=1, variable=name),
                variable,
            )


_STATES = "Available,Occupied,Reserved,Unavailable,Faulted"
_TRUE = Variable("boolean", "true")
_BOTH = Access.BOTH

_STATION: tuple[tuple[str, str, Variable], ...] = (
    ("ChargingStation", "AvailabilityState", Variable("OptionList", "Available", values=_STATES)),
    ("ChargingStation", "Available", _TRUE),
    ("ChargingStation", "Model", Variable("string", "Simulated")),
    ("ChargingStation", "VendorName", Variable("string", "Ampherd")),
    ("OCPPCommCtrlr", "HeartbeatInterval",
     Variable("integer", access=_BOTH, unit="s", key="HeartbeatInterval")),
    ("OCPPCommCtrlr", "MessageAttempts/TransactionEvent",
     Variable("integer", access=_BOTH, key="TransactionMessageAttempts")),
    ("OCPPCommCtrlr", "MessageAttemptInterval/TransactionEvent",
     Variable("integer", access=_BOTH, unit="s", key="TransactionMessageRetryInterval")),
    ("OCPPCommCtrlr", "MessageTimeout/Default", Variable("integer", "30", unit="s")),
    ("OCPPCommCtrlr", "OfflineThreshold", Variable("integer", "60", _BOTH, unit="s")),
    ("OCPPCommCtrlr", "WebSocketPingInterval",
     Variable("integer", access=_BOTH, unit="s", key="WebSocketPingInterval")),
    ("OCPPCommCtrlr", "RetryBackOffWaitMinimum", Variable("integer", "1", _BOTH, unit="s")),
    ("OCPPCommCtrlr", "ResetRetries", Variable("integer", "1", _BOTH)),
    ("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", Variable("boolean", "true", _BOTH)),
    ("OCPPCommCtrlr", "NetworkConfigurationPriority", Variable("SequenceList", "1", _BOTH)),
    ("SampledDataCtrlr", "TxUpdatedInterval",
     Variable("integer", access=_BOTH, unit="s", key="MeterValueSampleInterval")),
    ("SampledDataCtrlr", "TxUpdatedMeasurands",
     Variable("MemberList", access=_BOTH, key="MeterValuesSampledData")),
    ("SampledDataCtrlr", "TxStartedMeasurands",
     Variable("MemberList", "Energy.Active.Import.Register")),
    ("SampledDataCtrlr", "TxEndedMeasurands",
     Variable("MemberList", "Energy.Active.Import.Register")),
    ("SampledDataCtrlr", "TxEndedInterval", Variable("integer", "0", unit="s")),
    ("SampledDataCtrlr", "Enabled", _TRUE),
    ("AlignedDataCtrlr", "Interval", Variable("integer", "0", unit="s")),
    ("AlignedDataCtrlr", "Enabled", Variable("boolean", "false")),
    ("SmartChargingCtrlr", "Available", _TRUE),
    ("SmartChargingCtrlr", "Enabled", _TRUE),
    ("SmartChargingCtrlr", "ProfileStackLevel",
     Variable("integer", key="ChargeProfileMaxStackLevel")),
    ("SmartChargingCtrlr", "RateUnit", Variable("MemberList", "A,W")),
    ("SmartChargingCtrlr", "PeriodsPerSchedule",
     Variable("integer", key="ChargingScheduleMaxPeriods")),
    ("SmartChargingCtrlr", "Entries/ChargingProfiles",
     Variable("integer", key="MaxChargingProfilesInstalled")),
    ("SmartChargingCtrlr", "Phases3to1", Variable("boolean", "false")),
    ("TxCtrlr", "EVConnectionTimeOut",
     Variable("integer", access=_BOTH, unit="s", key="ConnectionTimeOut")),
    ("TxCtrlr", "StopTxOnInvalidId",
     Variable("boolean", access=_BOTH, key="StopTransactionOnInvalidId")),
    ("TxCtrlr", "StopTxOnEVSideDisconnect", _TRUE),
    ("TxCtrlr", "TxStartPoint", Variable("MemberList", "PowerPathClosed")),
    ("TxCtrlr", "TxStopPoint", Variable("MemberList", "EVConnected,Authorized")),
    ("AuthCtrlr", "AuthorizeRemoteStart",
     Variable("boolean", access=_BOTH, key="AuthorizeRemoteTxRequests")),
    ("AuthCtrlr", "LocalAuthorizeOffline",
     Variable("boolean", access=_BOTH, key="LocalAuthorizeOffline")),
    ("AuthCtrlr", "Enabled", _TRUE),
    ("DeviceDataCtrlr", "ItemsPerMessage/GetVariables", Variable("integer", "50")),
    ("DeviceDataCtrlr", "ItemsPerMessage/SetVariables", Variable("integer", "50")),
    ("DeviceDataCtrlr", "ItemsPerMessage/GetReport", Variable("integer", "16")),
    ("SecurityCtrlr", "BasicAuthPassword", Variable("string", access=Access.WRITE)),
    ("SecurityCtrlr", "SecurityProfile", Variable("integer", "1")),
    ("SecurityCtrlr", "OrganizationName", Variable("string", "Ampherd", _BOTH)),
    ("ClockCtrlr", "TimeSource", Variable("SequenceList", "Heartbeat")),
)  # fmt: skip
"""Component, variable (and its instance after a slash), description."""

_STATION_21: tuple[tuple[str, str, Variable], ...] = (
    ("SmartChargingCtrlr", "SupportsDynamicProfiles", _TRUE),
    ("SmartChargingCtrlr", "SupportedAdditionalPurposes",
     Variable("MemberList", "PriorityCharging,LocalGeneration")),
)  # fmt: skip
