"""The numbers by which chargers name the order that a report belongs to (requestId)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ocpp_core.domain.clock import Clock
from ocpp_core.domain.commands import (
    Command,
    GetBaseReport,
    GetDiagnostics,
    GetLog,
    GetProfiles,
    GetReport,
    RemoteStart,
    UpdateFirmware,
)

_ZERO = datetime(2020, 1, 1, tzinfo=UTC)
"""Number 0; seconds since then fit int32 until 2088."""


class RequestNumbers:
    """Numbers of one charger: each above all before it, also above those before a restart.

    They are the clock's seconds, or one more than the last where that is higher: a restart repeats
    none unless a charger got more than one order a second for longer than the restart took.
    """

    __slots__ = ("_clock", "_last")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def numbered(self, command: Command) -> Command:
        """Return a command with its number; one that has a number keeps it."""
        match command:
            case (
                GetBaseReport(request_id=None)
                | GetDiagnostics(request_id=None)
                | GetLog(request_id=None)
                | GetProfiles(request_id=None)
                | GetReport(request_id=None)
                | RemoteStart(request_id=None)
                | UpdateFirmware(request_id=None)
            ):
                seconds = int((self._clock.now() - _ZERO).total_seconds())
                self._last = max(self._last + 1, seconds)
                return replace(command, request_id=self._last)
            case _:
                return command
