"""Do chargers do what they were told? Ordered against measured current (OCPP.md row 30)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.ids import ConnectorRef
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.plan import Reserve
from ocpp_core.domain.site import Connector

_SUM_SHARE = 0.5
"""Power below this share of volts times amperes times phases: the amperes are a sum of phases."""
_RATING_SLACK = 1.1
"""No phase draws more than this share of its connector's rating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePolicy:
    """When a charger counts as not following."""

    tolerance_a: float = 1.0
    tolerance_share: float = 0.05
    """Of the limit; the larger of the two tolerances holds."""
    reaction_s: float = 30.0
    """Drawing too much for this long, over at least two samples, is an alarm."""
    comply_s: float = 120.0
    """Following again for this long ends it."""
    stale_s: float = 120.0
    """Samples that were this old when they came in say nothing about now."""


@dataclass(slots=True)
class _Record:
    over_since: datetime | None = None
    complies_since: datetime | None = None
    most_a: float = 0.0
    allowed_a: float = 0.0
    reserved: bool = False


class Compliance:
    """Watches every connector's measured current; reserves what is drawn against orders."""

    def __init__(self, policy: CompliancePolicy | None = None) -> None:
        self._policy = policy or CompliancePolicy()
        self._records: dict[ConnectorRef, _Record] = {}

    def measured(
        self, ref: ConnectorRef, at: datetime, current_a: float, *, allowed_a: float
    ) -> bool:
        """Take a measurement; return whether the reserves changed.

        `allowed_a` is the highest limit that the charger may be applying by what it was told.
        """
        policy = self._policy
        record = self._records.setdefault(ref, _Record())
        tolerance_a = max(policy.tolerance_a, policy.tolerance_share * allowed_a)
        if current_a <= allowed_a + tolerance_a:
            record.over_since = None
            record.complies_since = record.complies_since or at
            lasted_s = (at - record.complies_since).total_seconds()
            if record.reserved and lasted_s >= policy.comply_s:
                del self._records[ref]
                return True
            return False
        if record.over_since is None and not record.reserved:
            record.most_a = 0.0
        record.over_since = record.over_since or at
        record.complies_since = None
        grew = current_a > record.most_a
        record.most_a = max(record.most_a, current_a)
        record.allowed_a = allowed_a
        if record.reserved:
            return grew
        record.reserved = (at - record.over_since).total_seconds() >= policy.reaction_s
        return record.reserved

    def ended(self, ref: ConnectorRef) -> bool:
        """No car charges there any more; return whether the reserves changed."""
        record = self._records.pop(ref, None)
        return record is not None and record.reserved

    def reserves(self) -> tuple[Reserve, ...]:
        """Return what connectors draw against orders."""
        return tuple(
            Reserve(ref=ref, current_a=record.most_a)
            for ref, record in self._records.items()
            if record.reserved
        )

    def alarms(self) -> tuple[str, ...]:
        """Return a sentence for each connector that does not follow."""
        return tuple(
            f"{ref} draws {record.most_a:.1f} A although it may draw {record.allowed_a:.1f} A; "
            "that much is kept free for it until it follows again"
            for ref, record in self._records.items()
            if record.reserved
        )

    def is_fresh(self, taken_at: datetime, received_at: datetime) -> bool:
        """Tell whether a reading says something about now."""
        age_s = abs((received_at - taken_at).total_seconds())
        return age_s <= self._policy.stale_s


def measured_current_a(
    readings: Iterable[Reading],
    connector: Connector,
    voltage_v: float,
    *,
    watch: Compliance,
    at: datetime,
) -> float | None:
    """Return the highest phase current of a message's fresh samples, A; None where it has none.

    Power without currents is spread over the connector's phases, which never accuses wrongly. A
    current of no phase is the sum over them at some chargers and that of one phase at others: the
    power beside it tells, or the connector's rating.
    """
    fresh = [
        reading
        for reading in readings
        if watch.is_fresh(reading.taken_at, at) and reading.layout.has_draw
    ]
    latest = max((reading.taken_at for reading in fresh), default=None)
    now = [reading for reading in fresh if reading.taken_at == latest]
    currents = [r.values[position] for r in now for _, position in r.layout.phase_currents]
    if currents:
        return max(currents)
    powers = [r.values[r.layout.power] for r in now if r.layout.power is not None]
    totals = [r.values[position] for r in now for _, position in r.layout.currents]
    if totals:
        return _of_one_phase(max(totals), powers[-1] if powers else 0.0, connector, voltage_v)
    if powers:
        return powers[-1] / (len(connector.phases) * voltage_v)
    phase_powers = [r.values[position] for r in now for position in r.layout.phase_powers]
    return max((power_w / voltage_v for power_w in phase_powers), default=None)


def _of_one_phase(
    current_a: float, power_w: float, connector: Connector, voltage_v: float
) -> float:
    """Return the phase current, A, that a current of no phase stands for."""
    phases = len(connector.phases)
    is_sum = (
        current_a > connector.max_current_a * _RATING_SLACK
        or 0 < power_w < _SUM_SHARE * phases * voltage_v * current_a
    )
    return current_a / phases if is_sum else current_a
