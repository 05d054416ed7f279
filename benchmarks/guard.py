"""How long one round of the guard takes, by number of connectors and by what it has to do.

Processor time of the whole process, so that a busy machine does not blur the comparison.
"""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ocpp_core.domain.commands import Accepted
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SiteId,
    TransactionId,
)
from ocpp_core.domain.plan import CircuitLimit, LimitReason
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from optimizer.control import Guard, Round, Target

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
SIZES = (20, 50, 100, 200, 400)
REPEATS = 15
PER_FEEDER = 20


def a_site(count: int) -> Site:
    """Three-phase chargers of 32 A, twenty on a feeder, at 40 % of what they could draw."""
    feeders = [
        Circuit(
            circuit_id=CircuitId(f"feeder-{k}"),
            parent_id=CircuitId("main"),
            limit_a=PER_FEEDER * 32 * 0.5,
        )
        for k in range(-(-count // PER_FEEDER))
    ]
    return Site(
        site_id=SiteId("bench"),
        name="Benchmark",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=CircuitId("main"), limit_a=count * 32 * 0.4), *feeders),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=ChargePointId(f"CP-{k}"),
                connectors=(
                    Connector(
                        ref=ConnectorRef(ChargePointId(f"CP-{k}"), ConnectorId(1)),
                        circuit_id=CircuitId(f"feeder-{k // PER_FEEDER}"),
                        max_current_a=32,
                    ),
                ),
            )
            for k in range(count)
        ),
        building_circuit_id=CircuitId("main"),
    )


def answer(guard: Guard, done: Round, now: datetime) -> None:
    """Every order is sent and accepted."""
    for order in done.orders:
        guard.sent(order, now)
    for order in done.orders:
        guard.answered(order, Accepted(), now)


def timed(guard: Guard, targets: dict[ConnectorRef, Target], now: datetime) -> tuple[float, Round]:
    """Return the milliseconds of processor time of one round, and the round."""
    begun = time.process_time()
    done = guard.round(targets, now)
    return (time.process_time() - begun) * 1000, done


def wanting(guard: Guard, limit_a: float) -> dict[ConnectorRef, Target]:
    """Everybody wants the same."""
    target = Target(limit_a=limit_a, reason=LimitReason.CAR, words="")
    return dict.fromkeys(guard.site.connectors, target)


def one_run(count: int) -> dict[str, float]:
    """Take one site through its life; return milliseconds by kind of round."""
    guard = Guard(a_site(count))
    took = {}
    for point in guard.site.charge_points:
        guard.link(point.charge_point_id, online=True)
    took["all unknown: defaults"], done = timed(guard, {}, START)
    answer(guard, done, START)
    for number, ref in enumerate(guard.site.connectors, start=1):
        guard.session_started(ref, TransactionId(number))
    now = START
    # Ends of orders differ by a second each, so that every connector has its own breakpoint.
    for k, (ref, target) in enumerate(wanting(guard, 8.0).items()):
        now = START + timedelta(seconds=20 + k % 200)
        answer(guard, guard.round({ref: target}, now), now)
    now += timedelta(seconds=15)
    took["nothing to do"], _ = timed(guard, wanting(guard, 8.0), now)
    took["all want 32 A, 40 % fits"], done = timed(guard, wanting(guard, 32.0), now)
    answer(guard, done, now)
    now += timedelta(seconds=15)
    took["held: no room left"], _ = timed(guard, wanting(guard, 32.0), now)
    guard.set_limits([CircuitLimit(circuit_id=CircuitId("main"), limit_a=count * 32 * 0.2)])
    took["limit halved: shed"], done = timed(guard, wanting(guard, 32.0), now)
    took["books: exceeded()"] = _milliseconds_of_exceeded(guard, now)
    return took


def _milliseconds_of_exceeded(guard: Guard, now: datetime) -> float:
    begun = time.process_time()
    guard.exceeded(now)
    return (time.process_time() - begun) * 1000


def main() -> dict[str, object]:
    """Print medians and worst cases for each size."""
    result: dict[str, object] = {}
    one_run(SIZES[0])  # imports and caches
    print(f"{'round':<28}" + "".join(f"{f'{n} connectors':>22}" for n in SIZES))
    print(f"{'':<28}" + f"{'median (max) ms':>22}" * len(SIZES))
    runs = {count: [one_run(count) for _ in range(REPEATS)] for count in SIZES}
    for kind in runs[SIZES[0]][0]:
        cells = []
        for count in SIZES:
            values = [run[kind] for run in runs[count]]
            median, worst = statistics.median(values), max(values)
            result[f"{kind}, {count}"] = {"median_ms": round(median, 3), "max_ms": round(worst, 3)}
            cells.append(f"{f'{median:.2f} ({worst:.1f})':>22}")
        print(f"{kind:<28}" + "".join(cells))
    return result
