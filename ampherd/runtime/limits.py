"""Limits that people or the grid operator put in force: they outlive a restart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import CircuitId
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimit:
    """A limit in force beside the configured one; the lower of the two counts."""

    limit: CircuitLimit
    source: str
    """Who set it and why."""


class LimitBook:
    """Keeps limits in a small file beside the database.

    A lowered limit often stands for something that is broken: after a restart it must still hold.
    """

    def __init__(self, path: Path, site: Site) -> None:
        self._path = path
        self._site = site
        self._entries = {entry.limit.circuit_id: entry for entry in self._read()}

    @property
    def in_force(self) -> dict[CircuitId, CircuitLimit]:
        """Return the limits by circuit."""
        return {circuit_id: entry.limit for circuit_id, entry in self._entries.items()}

    def holding(self, start: datetime, end: datetime) -> tuple[CircuitLimit, ...]:
        """Return the limits that hold at any time between two instants."""
        return tuple(one for one in self.in_force.values() if one.holds_within(start, end))

    def drop_over(self, now: datetime) -> bool:
        """Forget limits whose time is over; tell whether there were any."""
        over = {
            key
            for key, e in self._entries.items()
            if e.limit.end is not None and e.limit.end <= now
        }
        if over:
            self._write({key: e for key, e in self._entries.items() if key not in over})
        return bool(over)

    @property
    def sources(self) -> dict[CircuitId, str]:
        """Return who set the limits, by circuit."""
        return {circuit_id: entry.source for circuit_id, entry in self._entries.items()}

    def put(self, limit: CircuitLimit, source: str) -> None:
        """Put a limit in force; raises StoreError, and changes nothing, when it cannot be kept."""
        self._write({**self._entries, limit.circuit_id: SetLimit(limit=limit, source=source)})

    def drop(self, circuit_id: CircuitId) -> None:
        """Go back to the configured limit; raises StoreError when that cannot be kept."""
        self._write({key: e for key, e in self._entries.items() if key != circuit_id})

    def _read(self) -> Iterator[SetLimit]:
        try:
            entries = msgspec.json.decode(self._path.read_bytes(), type=list[SetLimit])
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(
                f"the limits in {self._path} cannot be read: {error}",
                hint="look into the file; remove it to go back to the configured limits",
            ) from error
        yield from (e for e in entries if e.limit.circuit_id in self._site.circuits_by_id)

    def _write(self, entries: dict[CircuitId, SetLimit]) -> None:
        whole = self._path.with_suffix(".new")
        try:
            with whole.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(list(entries.values()))))
                file.flush()
                os.fsync(file.fileno())
            whole.replace(self._path)
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be written: {error.strerror}",
                hint="the limit was not changed",
            ) from error
        self._entries = entries
