"""Settings of a charger: flat keys (OCPP 1.6) and variables (OCPP 2.x)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ocpp_core.domain.variables import VariableAttribute, VariableName


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConfiguration:
    """Set one setting by its key or variable name; the value of a secret is never logged."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConfiguration:
    """Read settings by key or variable name; none named reads all (OCPP 1.6)."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableValue:
    """A variable and what it is to be."""

    name: VariableName
    value: str
    attribute: VariableAttribute = VariableAttribute.ACTUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableQuery:
    """A variable to read."""

    name: VariableName
    attribute: VariableAttribute = VariableAttribute.ACTUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables:
    """Set variables; each is accepted or refused by itself (OCPP 2.x B05)."""

    variables: tuple[VariableValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVariables:
    """Read variables (OCPP 2.x B06)."""

    variables: tuple[VariableQuery, ...]


class ReportBase(StrEnum):
    """How much of the device model a report covers (OCPP 2.0.1 ReportBaseEnumType)."""

    CONFIGURATION = "ConfigurationInventory"
    FULL = "FullInventory"
    SUMMARY = "SummaryInventory"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBaseReport:
    """Ask for the device model; it comes as events (OCPP 2.x B07)."""

    base: ReportBase = ReportBase.FULL
    request_id: int | None = None
    """Number that the reports will carry; None: the server takes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReport:
    """Ask for a part of the device model; it comes as events (OCPP 2.x B08)."""

    variables: tuple[VariableName, ...] = ()
    criteria: tuple[str, ...] = ()
    """Of `Active`, `Available`, `Enabled`, `Problem`."""
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNetworkProfile:
    """Tell the charger where and how it may connect (OCPP 2.x B09); it is used after a reset."""

    slot: int
    url: str
    security_profile: int
    ocpp_version: str = "OCPP20"
    interface: str = "Wired0"
    message_timeout_s: int = 30
