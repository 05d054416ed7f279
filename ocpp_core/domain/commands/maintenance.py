"""Firmware and log files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFirmware:
    """Let the charger fetch and install a firmware; signed with certificate and signature.

    Sources: OCPP 1.6 section 5.19 and security whitepaper L01 (SignedUpdateFirmware); 2.0.1 L01.
    """

    location: str
    """URL of the file; may hold a password, so it is not logged."""
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signing_certificate: str = ""
    """PEM; with `signature` the charger checks the file."""
    signature: str = ""
    """Base64."""
    request_id: int | None = None
    """Number that progress reports will carry; None: the server takes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDiagnostics:
    """Let the charger upload its diagnostics (OCPP 1.6 section 5.9; 2.x: a DiagnosticsLog)."""

    location: str
    """URL of the folder; may hold a password, so it is not logged."""
    retries: int | None = None
    retry_interval_s: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: int | None = None
    """Number that progress reports will carry in OCPP 2.x; None: the server takes one."""


class LogKind(StrEnum):
    """Which log (1.6 security whitepaper, LogEnumType)."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLog:
    """Let the charger upload a log file (1.6 security whitepaper N01; 2.0.1 N01)."""

    kind: LogKind
    location: str
    """URL of the folder; may hold a password, so it is not logged."""
    retries: int | None = None
    retry_interval_s: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: int | None = None
