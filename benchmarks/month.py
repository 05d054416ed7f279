"""Real months in closed loop, beside rules and beside what hindsight allows.

The Caltech garage of the ACN, 54 stations on three phase pairs, with the trace of March 2019 as in
the ACN-Sim study (stays cut at 12 h, ideal batteries of 6.6 kW, one bill for the month, the highest
5 minutes are charged for), and the recorded months of the same garage in 2019 with what drivers
said (Lee et al., IEEE T-SG 12(5), 2021). Chargers take 0 or 6 A and more, in
steps of 0.1 A, where the study lets them take any current. Needs the development data; the folder
is AMPHERD_DATA, by default `../shared/data` beside the checkout. AMPHERD_DAYS shortens the months,
AMPHERD_MONTHS names the recorded ones.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from benchmarks import _caltech
from benchmarks._recorded import DATA
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, SessionId
from ocpp_core.domain.units import Phase
from optimizer.replay import (
    EDF,
    EQUAL_SHARE,
    LLF,
    UNMANAGED,
    FromHistory,
    Information,
    Outcome,
    Pilots,
    Planned,
    RecordedStay,
    Setup,
    Strategy,
    hindsight,
    nothing_ahead,
    simulate,
)

DAYS = int(os.environ.get("AMPHERD_DAYS", "31"))
MONTHS = os.environ.get("AMPHERD_MONTHS", "2019-06,2019-09,2019-11").split(",")
PACIFIC_STANDARD = ZoneInfo("Etc/GMT+8")
"""The study reckons prices in standard time all month."""

RULES: dict[str, Strategy] = {
    "unmanaged": UNMANAGED,
    "edf": EDF,
    "llf": LLF,
    "equal-share": EQUAL_SHARE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row."""

    month: str
    kw: float
    profile: str
    """`cost`, or `energy`: without prices, so that only energy counts, as soon as possible."""
    how: str


def cases() -> list[Case]:
    """Return every row, the long ones first."""
    at_150 = (
        "lp",
        "lp, every 5 min",
        "lp, any current",
        "lp, stated",
        "lp, forecast, held back",
        "hindsight",
        *RULES,
    )
    found = [Case(month="trace", kw=150, profile="cost", how=how) for how in at_150]
    for kw in (50, 30):
        found += [
            Case(month="trace", kw=kw, profile="energy", how=how)
            for how in ("lp", "lp, any current", "hindsight", "edf", "llf", "equal-share")
        ]
        found.append(Case(month="trace", kw=kw, profile="cost", how="lp"))
    told = (
        "lp",
        "lp, stated",
        "lp, forecast",
        "lp, forecast, held back",
        "hindsight",
        "unmanaged",
    )
    for month in MONTHS:
        found += [Case(month=month, kw=150, profile="cost", how=how) for how in told]
    return found


def run(case: Case) -> dict[str, object]:
    """Run a row."""
    setup, before = _setup(case)
    outcome = _outcome(case, setup, before)
    summary = outcome.summary()
    return {
        "month": case.month,
        "kw": case.kw,
        "profile": case.profile,
        "how": case.how,
        "asked_kwh": summary.asked_kwh,
        "delivered_percent": summary.delivered_percent,
        "peak_kw": summary.peak_kw,
        "energy_usd": summary.energy_cost,
        "demand_usd": summary.demand_charge,
        "total_usd": summary.total_cost,
        "jain_index": summary.jain_index,
        "highest_ratio": summary.highest_ratio,
        "limit_s": summary.limit_s,
        "decisions": summary.decisions,
        "fallbacks": summary.fallbacks,
        "cpu_median_ms": summary.cpu_median_ms,
        "cpu_p99_ms": summary.cpu_p99_ms,
    }


def _setup(case: Case) -> tuple[Setup, tuple[RecordedStay, ...]]:
    if case.month == "trace":
        start, stays = datetime(2019, 3, 1, tzinfo=_caltech.ZONE), _caltech.march_2019()
        before: tuple[RecordedStay, ...] = ()
    else:
        start = datetime.fromisoformat(f"{case.month}-01").replace(tzinfo=_caltech.ZONE)
        every = recorded()
        before = tuple(stay for stay in every if stay.departure <= start)
        stays = tuple(stay for stay in every if stay.arrival >= start)
    end = min(start + timedelta(days=DAYS), _next_month(start))
    here = tuple(stay for stay in stays if stay.arrival < end)
    last = max([end.astimezone(UTC), *(stay.departure for stay in here)])
    setup = Setup(
        site=_caltech.garage(1000 * case.kw),
        stays=here,
        start=start.astimezone(UTC),
        end=last,
        tariff=_caltech.sce_tou_ev_4(PACIFIC_STANDARD) if case.profile == "cost" else None,
        pilots=Pilots(continuous=case.how.endswith("any current")),
        demand_s=300,
        one_bill=True,
    )
    return setup, before


def _next_month(start: datetime) -> datetime:
    later = start + timedelta(days=32)
    return later.replace(day=1)


def _outcome(case: Case, setup: Setup, before: tuple[RecordedStay, ...]) -> Outcome:
    if case.how == "hindsight":
        return hindsight(setup)
    if case.how in RULES:
        return simulate(setup, RULES[case.how])
    planned = Planned(
        replan_s=300 if "every 5 min" in case.how else 900,
        ahead=FromHistory(before=before) if "held back" in case.how else nothing_ahead,
    )
    information = Information.PERFECT
    if "stated" in case.how:
        information = Information.STATED
    if "forecast" in case.how:
        information = Information.FORECAST
    return simulate(setup, planned, information=information, before=before)


def recorded() -> tuple[RecordedStay, ...]:
    """Return the recorded sessions of the garage, with what drivers said of them.

    The recordings name their stations otherwise than the trace, so that each keeps one of the 54 by
    turns; one that is taken passes the car on to the next free one.
    """
    rows = pq.read_table(DATA / "acn_caltech_sessions_2019_2020.parquet").to_pylist()
    rows.sort(key=lambda row: (row["arrival"], row["session_id"]))
    names = sorted({str(row["station_id"]) for row in rows})
    places = [(_caltech.station(number), phase) for number, _, phase in _caltech.STATIONS]
    free_at = [datetime.min.replace(tzinfo=UTC)] * len(places)
    stays = []
    for row in rows:
        arrival, departure = row["arrival"].astimezone(UTC), row["departure"].astimezone(UTC)
        first = names.index(str(row["station_id"])) % len(places)
        at = next(
            (
                n % len(places)
                for n in range(first, first + len(places))
                if free_at[n % len(places)] <= arrival
            ),
            None,
        )
        hours = (departure - arrival).total_seconds() / 3600
        if at is None or hours <= 0:
            continue
        free_at[at] = departure
        stays.append(_stay(row, arrival, departure, *places[at]))
    return tuple(stays)


def _stay(
    row: dict[str, Any],
    arrival: datetime,
    departure: datetime,
    place: ChargePointId,
    phase: Phase,
) -> RecordedStay:
    hours = (departure - arrival).total_seconds() / 3600
    claimed = row["claimed"]
    return RecordedStay(
        session_id=SessionId(str(row["session_id"])),
        ref=ConnectorRef(place, ConnectorId(1)),
        arrival=arrival,
        departure=departure,
        energy_wh=min(1000 * row["delivered_kwh"], _caltech.CAR_W * hours),
        max_current_a=_caltech.STATION_A,
        phases=(phase,),
        accepts_w=_caltech.CAR_W,
        stated_energy_wh=1000 * row["requested_kwh"] if claimed else None,
        stated_departure=row["estimated_departure"].astimezone(UTC) if claimed else None,
    )


def main() -> dict[str, object]:
    """Print the table and return its numbers."""
    print(f"{'month':8} {'kW':>4} {'profile':7} {'how':36} {'delivered':>9} {'peak':>7}", end=" ")
    print(f"{'energy':>7} {'demand':>7} {'total':>7} {'ratio':>6}  {'ms: median':>10} {'p99':>6}")
    rows = []
    with ProcessPoolExecutor(max_workers=2) as workers:
        for row in workers.map(run, cases()):
            rows.append(row)
            print(_line(row), flush=True)
    return {"days": DAYS, "time": "CPU ms a decision", "rows": rows}


def _line(row: dict[str, object]) -> str:
    def number(key: str, form: str) -> str:
        value = row[key]
        width = int(form.split(".", maxsplit=1)[0].lstrip(">"))
        return " " * width if value is None else format(value, form)

    money: Callable[[str], str] = lambda key: number(key, ">7.0f")  # noqa: E731  (a short name)
    return (
        f"{row['month']:8} {number('kw', '>4.0f')} {row['profile']:7} {row['how']:36} "
        f"{number('delivered_percent', '>8.2f')}% {number('peak_kw', '>7.2f')} "
        f"{money('energy_usd')} {money('demand_usd')} {money('total_usd')} "
        f"{number('highest_ratio', '>6.3f')}  {number('cpu_median_ms', '>10.1f')} "
        f"{number('cpu_p99_ms', '>6.1f')}"
    )
