"""What a site loses by what it does not know, and how much forecasts win back, over several months.

Recorded sessions of two garages (ACN-Data) in closed loop under SCE TOU-EV-4, cost first, 6.6 kW a
car, stays cut at 12 h, no limit that binds; the first 13 days of each month. The planner is told of
the cars that are there: the truth, what drivers stated, or forecasts; `restrained` takes the peak
that such months need as given (`optimizer.forecast.restraint`), as the server does with forecasts;
`arrivals` leaves room for cars to come. Forecasts look at stays that were over, from the months
before on; nothing is fitted to a month. AMPHERD_MONTHS, e.g. `caltech 2019-09, jpl 2019-10`,
chooses months; AMPHERD_DAYS=31 has whole ones. Needs the development data (AMPHERD_DATA).
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from benchmarks import _recorded
from benchmarks._caltech import sce_tou_ev_4
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SessionId,
    SiteId,
)
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.units import Phase
from optimizer.replay import (
    FromHistory,
    Information,
    Outcome,
    Planned,
    RecordedStay,
    Setup,
    hindsight,
    nothing_ahead,
    simulate,
)
from optimizer.replay.ahead import Ahead

MONTHS = os.environ.get(
    "AMPHERD_MONTHS", "caltech 2019-06, caltech 2019-09, caltech 2019-11, jpl 2019-10"
)
DAYS = int(os.environ.get("AMPHERD_DAYS", "13"))
ZONE = _recorded.LOS_ANGELES
CAR_W, STATION_A, VOLTS = 6_600.0, 32.0, 208.0
LONGEST = timedelta(hours=12)
LIMIT_W = 500_000.0

type Case = tuple[str, Information, Ahead]


@cache
def recorded(site: str) -> tuple[RecordedStay, ...]:
    """Return every stay of a garage."""
    stays = []
    for number, past in enumerate(_recorded.acn_stays(site)):
        departure = min(past.departure, past.arrival + LONGEST)
        hours = (departure - past.arrival) / timedelta(hours=1)
        stays.append(
            RecordedStay(
                session_id=SessionId(f"{site}-{number:05}"),
                ref=ConnectorRef(ChargePointId(past.connector), ConnectorId(1)),
                arrival=past.arrival,
                departure=departure,
                energy_wh=min(past.energy_wh, CAR_W * hours),
                max_current_a=STATION_A,
                phases=(Phase.L1,),
                accepts_w=CAR_W,
                stated_energy_wh=past.stated_energy_wh,
                stated_departure=past.stated_departure,
            )
        )
    return tuple(stays)


def setup(site: str, month: str) -> tuple[Setup, tuple[RecordedStay, ...]]:
    """Return a month of a garage, and the stays before it."""
    start = datetime.fromisoformat(f"{month}-01").replace(tzinfo=ZONE)
    following = (start + timedelta(days=32)).replace(day=1)
    end = min(following, start + timedelta(days=DAYS)).astimezone(UTC)
    begin = start.astimezone(UTC)
    stays = tuple(s for s in recorded(site) if begin <= s.arrival and s.departure <= end)
    before = tuple(s for s in recorded(site) if s.arrival < begin)
    main = CircuitId("main")
    points = tuple(
        ChargePoint(
            charge_point_id=name,
            connectors=(
                Connector(
                    ref=ConnectorRef(name, ConnectorId(1)),
                    circuit_id=main,
                    phases=(Phase.L1,),
                    max_current_a=STATION_A,
                ),
            ),
        )
        for name in sorted({stay.ref.charge_point_id for stay in (*stays, *before)})
    )
    garage = Site(
        site_id=SiteId(site),
        name=site,
        timezone=ZONE,
        currency="USD",
        voltage_v=VOLTS,
        circuits=(Circuit(circuit_id=main, limit_w=LIMIT_W),),
        charge_points=points,
        building_circuit_id=main,
    )
    tariff = sce_tou_ev_4(ZONE)
    return Setup(site=garage, stays=stays, start=begin, end=end, tariff=tariff), before


def cases(before: tuple[RecordedStay, ...]) -> list[Case]:
    """Return what is told of cars, and what of the month."""
    restrained = FromHistory(before=before)
    expecting = replace(restrained, restraint=None, arrivals=True)
    return [
        ("truth", Information.PERFECT, nothing_ahead),
        ("stated", Information.STATED, nothing_ahead),
        ("stated, restrained", Information.STATED, restrained),
        ("stated, arrivals", Information.STATED, expecting),
        ("forecast", Information.FORECAST, nothing_ahead),
        ("forecast, restrained", Information.FORECAST, restrained),
        ("truth, restrained", Information.PERFECT, restrained),
        ("truth, arrivals", Information.PERFECT, expecting),
    ]


def main() -> dict[str, object]:
    """Print the table and return its numbers."""
    columns = ("delivered %", "peak kW", "energy $", "demand $", "total $")
    print(f"{'garage':<8} {'month':<8} {'told':<21}" + "".join(f"{name:>12}" for name in columns))
    rows: list[dict[str, object]] = []
    for chosen in MONTHS.split(","):
        site, month = chosen.split()
        month_setup, before = setup(site, month)
        for name, information, ahead in cases(before):
            planned = Planned(ahead=ahead)
            outcome = simulate(month_setup, planned, information=information, before=before)
            rows.append(_row(site, month, name, outcome))
        rows.append(_row(site, month, "hindsight", hindsight(month_setup)))
    return {"days": DAYS, "months": rows}


def _row(site: str, month: str, name: str, outcome: Outcome) -> dict[str, object]:
    found = outcome.summary()
    values = (found.peak_kw, found.energy_cost, found.demand_charge, found.total_cost)
    print(
        f"{site:<8} {month:<8} {name:<21}{found.delivered_percent:12.2f}"
        + "".join(f"{value:12.1f}" for value in values),
        flush=True,
    )
    return {
        "garage": site,
        "month": month,
        "told": name,
        "delivered_percent": found.delivered_percent,
        "peak_kw": found.peak_kw,
        "energy_usd": found.energy_cost,
        "demand_usd": found.demand_charge,
        "total_usd": found.total_cost,
        "fallbacks": outcome.fallbacks,
    }
