"""What a load measured."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PERCENTILES = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}


class Latencies:
    """How long answers took, by what was asked."""

    def __init__(self) -> None:
        self._seconds: dict[str, array[float]] = {}

    def add(self, action: str, seconds: float) -> None:
        """Take note of one answer."""
        values = self._seconds.get(action)
        if values is None:
            values = self._seconds[action] = array("d")
        values.append(seconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return count and percentiles in milliseconds of each action, and of all together."""
        found = {action: _described(sorted(values)) for action, values in self._seconds.items()}
        every = sorted(value for values in self._seconds.values() for value in values)
        return {"all": _described(every), **found} if every else {}


def _described(ordered: list[float]) -> dict[str, float]:
    last = len(ordered) - 1
    percentiles = {
        f"{name}_ms": round(ordered[min(last, int(share * len(ordered)))] * 1e3, 3)
        for name, share in PERCENTILES.items()
    }
    return {"count": len(ordered), **percentiles, "max_ms": round(ordered[last] * 1e3, 3)}


@dataclass(slots=True, kw_only=True)
class LoadReport:
    """One run; messages of connecting, booting and leaving count only in `Mode.BOOT`."""

    mode: str
    version: str
    stations: int
    rate: float | None
    """Messages a second that were asked for; None in a closed loop."""
    connected: int = 0
    connect_s: float = 0.0
    """From the first connection to the last one that was ready to work."""
    seconds: float = 0.0
    """Of the measured part."""
    sent: int = 0
    acknowledged: int = 0
    """Answered with a CALLRESULT."""
    refused: int = 0
    """Answered with a CALLERROR."""
    lost: int = 0
    """Sent and never answered: the connection ended, or the time was up."""
    unsent: int = 0
    """Due in an open loop and never sent, since the message before was not answered."""
    commands: int = 0
    """CALLs of the server, which were answered."""
    faults: Counter[str] = field(default_factory=Counter)
    """What went wrong, in words, and how often."""
    latencies: dict[str, dict[str, float]] = field(default_factory=dict)
    generator_busy: float = 0.0
    """Share of one core that the chargers took; near 1 they, not the server, were the limit."""

    server_cpu_s: float | None = None
    """CPU time of the server in the measured part, where it is known."""

    @property
    def server_cpu_us(self) -> float | None:
        """CPU time of the server for each acknowledged message, us."""
        if self.server_cpu_s is None or not self.acknowledged:
            return None
        return self.server_cpu_s / self.acknowledged * 1e6

    @property
    def acknowledged_per_s(self) -> float:
        """Rate of the measured part."""
        return self.acknowledged / self.seconds if self.seconds else 0.0

    @property
    def succeeded(self) -> bool:
        """Tell whether every station connected and every message was acknowledged."""
        return (
            self.connected == self.stations
            and self.acknowledged == self.sent
            and not self.unsent
            and not self.faults
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "mode": self.mode,
            "version": self.version,
            "stations": self.stations,
            "rate": self.rate,
            "connected": self.connected,
            "connect_s": round(self.connect_s, 3),
            "seconds": round(self.seconds, 3),
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "acknowledged_per_s": round(self.acknowledged_per_s, 1),
            "refused": self.refused,
            "lost": self.lost,
            "unsent": self.unsent,
            "commands": self.commands,
            "faults": dict(self.faults),
            "latencies": self.latencies,
            "generator_busy": round(self.generator_busy, 3),
            "server_cpu_s": None if self.server_cpu_s is None else round(self.server_cpu_s, 3),
        }
