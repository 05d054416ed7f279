"""How a command can end. Refusals are results: match them all."""

from __future__ import annotations

from dataclasses import dataclass

from ocpp_core.domain.commands.certificates import InstalledCertificate
from ocpp_core.domain.profile import CompositeSchedule
from ocpp_core.domain.variables import VariableResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationEntry:
    """One setting as the charger reports it: a configuration key, or a variable by its name."""

    key: str
    value: str | None
    readonly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStatus:
    """What a charger knows of a transaction (OCPP 2.0.1 GetTransactionStatus, section E14)."""

    ongoing: bool | None
    """None: asked about the queue as a whole."""
    messages_in_queue: bool
    """True: what was told of it so far is not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The charger agreed; carries what it said beyond that."""

    status: str = "Accepted"
    """The charger's own word: Accepted, RebootRequired, Scheduled, Unlocked, …"""
    reason: str = ""
    """What it added in words (statusInfo of OCPP 2.x)."""
    composite: CompositeSchedule | None = None
    configuration: tuple[ConfigurationEntry, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    local_list_version: int | None = None
    """0: the list is empty; -1: the charger keeps none (OCPP 1.6 section 5.10)."""
    certificates: tuple[InstalledCertificate, ...] = ()
    file_name: str = ""
    """Of the file that it will upload."""
    variables: tuple[VariableResult, ...] = ()
    transaction: TransactionStatus | None = None
    transaction_station_id: str = ""
    """Id of a transaction that the charger had started already (OCPP 2.x remote start)."""
    data: str = ""
    """JSON text: a vendor's answer, or the whole payload of an answer to `SendRaw`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The charger refused."""

    status: str
    """The charger's own word, or the error code of its CALLERROR."""
    reason: str = ""
    variables: tuple[VariableResult, ...] = ()
    """Where several variables were asked for: each with its own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """No answer came in time; the charger may or may not have acted."""

    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """The charger does not know the message (NotSupported, NotImplemented)."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """The charger was not connected, or the link broke; `sent` tells whether it may have acted."""

    sent: bool = False
    reason: str = ""
    """What that means for the command, where it can be told."""


type CommandResult = Accepted | Rejected | TimedOut | Unsupported | Offline
