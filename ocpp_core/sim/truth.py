"""What really flowed in a simulated site, whatever anybody ordered, planned or stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ocpp_core.domain.ids import CircuitId, ConnectorRef
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import THREE_PHASES, Phase
from ocpp_core.sim.outlet import Draw

_NEGLIGIBLE = 1e-6
"""W or A beyond a limit that are floating point, not current."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A value over time that is constant between its steps."""

    steps: tuple[tuple[datetime, float], ...]
    """Ascending; each value holds from its instant until the next."""
    end: datetime
    """Where the last value ends."""

    @property
    def peak(self) -> float:
        """The highest value that held for any time; 0 for an empty curve."""
        return max((value for _, seconds, value in self._pieces() if seconds > 0), default=0.0)

    @property
    def integral_h(self) -> float:
        """Value times hours: Wh of a power curve."""
        return sum(value * seconds for _, seconds, value in self._pieces()) / 3600

    def between(self, start: datetime, end: datetime) -> Curve:
        """Return the part of the curve within [start, end)."""
        before = [value for at, value in self.steps if at <= start]
        inside = tuple((at, value) for at, value in self.steps if start < at < end)
        first = ((start, before[-1]),) if before else ()
        return Curve(steps=(*first, *inside), end=min(end, self.end))

    def seconds_above(self, limit: float) -> float:
        """Return for how many seconds the value was above a limit."""
        return sum(s for _, s, value in self._pieces() if value > limit + _NEGLIGIBLE)

    def means(self, step_s: int = 900) -> tuple[tuple[datetime, float], ...]:
        """Return the mean of each clock-aligned interval that the curve touches, by its start.

        Intervals at the ends are averaged over the part that the curve covers.
        """
        step = timedelta(seconds=step_s)
        sums: dict[datetime, tuple[float, float]] = {}
        for start, seconds, value in self._pieces():
            end, at = start + timedelta(seconds=seconds), start
            while at < end:
                slot = datetime.fromtimestamp(at.timestamp() // step_s * step_s, UTC)
                until = min(end, slot + step)
                part_s = (until - at).total_seconds()
                total, covered_s = sums.get(slot, (0.0, 0.0))
                sums[slot] = (total + value * part_s, covered_s + part_s)
                at = until
        return tuple((slot, total / covered_s) for slot, (total, covered_s) in sums.items())

    def _pieces(self) -> Iterator[tuple[datetime, float, float]]:
        """Yield start, seconds and value of each piece."""
        for number, (start, value) in enumerate(self.steps):
            end = self.steps[number + 1][0] if number + 1 < len(self.steps) else self.end
            yield start, max(0.0, (min(end, self.end) - start).total_seconds()), value


class GroundTruth:
    """Records every change of every connector's draw; curves are built when asked for.

    Building and PV are known at the site meter's readings and hold until the next one.
    """

    def __init__(self, site: Site, start: datetime) -> None:
        self._site = site
        self._start = start
        self._end = start
        self._draws: list[Draw] = []
        self._building: list[tuple[datetime, float]] = []
        self._pv: list[tuple[datetime, float]] = []

    def drawn(self, draw: Draw) -> None:
        """Record a change; changes of different connectors may come out of order."""
        self._draws.append(draw)
        self._end = max(self._end, draw.at)

    def metered(self, at: datetime, building_w: float, pv_w: float) -> None:
        """Record a reading of the site meter."""
        self._building.append((at, building_w))
        self._pv.append((at, pv_w))
        self._end = max(self._end, at)

    def until(self, at: datetime) -> None:
        """Let the last values hold until `at`."""
        self._end = max(self._end, at)

    @property
    def charging(self) -> Curve:
        """Power of all connectors, W."""
        return self._curve(self._powers())

    @property
    def load(self) -> Curve:
        """Chargers and building, W: what every limit is kept against, without help from PV."""
        return self._curve((*self._powers(), *_as_changes("building", self._building)))

    @property
    def grid(self) -> Curve:
        """Grid import: chargers + building - PV, W; negative while feeding in."""
        pv = [(at, -value) for at, value in self._pv]
        return self._curve(
            (
                *self._powers(),
                *_as_changes("building", self._building),
                *_as_changes("pv", pv),
            )
        )

    @property
    def peak_w(self) -> float:
        """The highest charging power, W."""
        return self.charging.peak

    def seconds_above(self, limit_w: float) -> float:
        """Return for how many seconds charging power was above a limit."""
        return self.charging.seconds_above(limit_w)

    def circuit_w(self, circuit_id: CircuitId) -> Curve:
        """Power through a circuit, W, with the building where it weighs on it."""
        below = {c.ref for c in self._site.connectors_below(circuit_id)}
        changes = list(self._powers(lambda ref: ref in below))
        if self._site.building_weighs_on(circuit_id):
            changes += _as_changes("building", self._building)
        return self._curve(changes)

    def circuit_a(self, circuit_id: CircuitId, phase: Phase) -> Curve:
        """Current on one phase of a circuit, A; the building loads three phases alike."""
        below = {c.ref for c in self._site.connectors_below(circuit_id)}
        changes: list[_Change] = [
            (draw.at, draw.connector.ref, draw.current_a if phase in draw.phases else 0.0)
            for draw in self._draws
            if draw.connector.ref in below
        ]
        if self._site.building_weighs_on(circuit_id):
            volts = self._site.voltage_v * len(THREE_PHASES)
            changes += _as_changes("building", [(at, w / volts) for at, w in self._building])
        return self._curve(changes)

    def seconds_over_limits(
        self, start: datetime | None = None, end: datetime | None = None
    ) -> dict[CircuitId, float]:
        """Return, for each circuit, the longest time that one of its limits was exceeded, s.

        Limits are those of the configuration: power, and current on each phase; within
        [start, end), by default all the time.
        """

        def above(curve: Curve, limit: float) -> float:
            part = curve.between(start or self._start, end or self._end)
            return part.seconds_above(limit)

        over: dict[CircuitId, float] = {}
        for circuit in self._site.circuits:
            seconds = [0.0]
            if circuit.limit_w is not None:
                seconds.append(above(self.circuit_w(circuit.circuit_id), circuit.limit_w))
            if circuit.limit_a is not None:
                seconds += [
                    above(self.circuit_a(circuit.circuit_id, phase), circuit.limit_a)
                    for phase in THREE_PHASES
                ]
            over[circuit.circuit_id] = max(seconds)
        return over

    def _powers(self, wanted: Callable[[ConnectorRef], bool] = lambda _: True) -> Iterator[_Change]:
        for draw in self._draws:
            if wanted(draw.connector.ref):
                yield draw.at, draw.connector.ref, draw.power_w

    def _curve(self, changes: Iterable[_Change]) -> Curve:
        """Add up the sources: at each instant the sum of what each of them had last."""
        now: dict[object, float] = {}
        steps: list[tuple[datetime, float]] = [(self._start, 0.0)]
        for at, source, value in sorted(changes, key=lambda change: change[0]):
            now[source] = value
            total = sum(now.values())
            if steps[-1][0] == at:
                steps[-1] = (at, total)
            else:
                steps.append((at, total))
        return Curve(steps=tuple(steps), end=self._end)


type _Change = tuple[datetime, object, float]


def _as_changes(source: str, values: Sequence[tuple[datetime, float]]) -> list[_Change]:
    return [(at, source, value) for at, value in values]
