"""How good forecasts are, against naive ones, from a rolling origin on recorded data.

Every forecast is made for an instant, from what was over then. Stays: at the arrival, and again
after two hours for cars that are still there; every third stay from the fifth week on. Arrivals:
the rest of the day from 0, 7, 9 and 12 o'clock. Building load and PV: the next 12 hours from 6, 9
and 12 o'clock, every fifth day. Peak: that of the month, at the beginning of each of its weeks.
Needs the development data (AMPHERD_DATA). AMPHERD_EVERY=1 asks for every stay.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks import _recorded
from optimizer.forecast import (
    History,
    PastStay,
    PowerHistory,
    Visit,
    arrivals_forecast,
    day_peaks,
    expected_number,
    expected_peak_w,
    forecast_car,
    learned,
    power_forecast,
)
from optimizer.forecast.history import Floats

EVERY = int(os.environ.get("AMPHERD_EVERY", "3"))
WARM_UP = timedelta(days=28)
LATER = timedelta(hours=2)
LOW, HIGH = 0.2, 0.8
PEAK_QUANTILE = 0.3
FUSES = 0.9
"""Quantile of the building's load that the server's plans leave room for (`ampherd.runtime`)."""
DAY = timedelta(days=1)

type Errors = defaultdict[tuple[str, str], list[float]]
"""By month and what was asked of whom."""


@dataclass(slots=True)
class Table:
    """Mean errors by month."""

    errors: Errors

    def add(self, month: str, name: str, value: float) -> None:
        """Count an error for its month and for all of them."""
        self.errors[month, name].append(value)
        self.errors["all", name].append(value)

    def rows(self) -> dict[str, dict[str, float]]:
        """Return the means."""
        found: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for (month, name), values in sorted(self.errors.items()):
            found[month][name] = round(float(np.mean(values)), 3)
            found[month]["count"] = max(found[month].get("count", 0), len(values))
        return dict(found)

    def show(self, title: str, columns: Sequence[str]) -> None:
        """Print the means over all months."""
        row = self.rows().get("all")
        if row is None:
            return
        width = max(len(name) for name in columns) + 2
        cells = "".join(f"{row.get(c, np.nan):>{width}.2f}" for c in columns)
        print(f"\n{title}\n{'n':>6}" + "".join(f"{c:>{width}}" for c in columns))
        print(f"{row['count']:>6.0f}{cells}")


def pinball(real: float, forecast: float, share: float) -> float:
    """Loss of a quantile (Koenker, Bassett, Econometrica 46(1), 1978)."""
    return max(share * (real - forecast), (share - 1) * (real - forecast))


def month_of(at: datetime, zone: ZoneInfo) -> str:
    """Return the local month, e.g. `2019-05`."""
    return f"{at.astimezone(zone):%Y-%m}"


def stays(all_stays: list[PastStay], zone: ZoneInfo, every: int) -> dict[str, Table]:
    """Judge forecasts of stays and energies."""
    history = History.of(all_stays, zone)
    tables = {name: Table(defaultdict(list)) for name in ("stay h", "later h", "energy kWh")}
    first = all_stays[0].arrival + WARM_UP
    last: dict[str, PastStay] = {}
    for number, real in enumerate(all_stays):
        before = last.get(real.driver) if real.driver else None
        if real.driver:
            last[real.driver] = real
        if number % every == 0 and real.arrival >= first:
            _judge(tables, history, real, month_of(real.arrival, zone), before)
    return tables


def _judge(
    tables: dict[str, Table], history: History, real: PastStay, month: str, last: PastStay | None
) -> None:
    visit = Visit(
        connector=real.connector,
        driver=real.driver,
        arrival=real.arrival,
        stated_departure=real.stated_departure,
        stated_energy_wh=real.stated_energy_wh,
    )
    known = history.known_at(real.arrival)
    found = forecast_car(history, visit, at=real.arrival)
    stay_h = (real.departure - real.arrival) / timedelta(hours=1)
    said_h = (
        None
        if real.stated_departure is None
        else (real.stated_departure - real.arrival) / timedelta(hours=1)
    )
    last_h = None if last is None else (last.departure - last.arrival) / timedelta(hours=1)

    def of_stay(name: str, site: Floats, gone_h: float) -> None:
        table, forecast = tables[name], found.stay.beyond(gone_h)
        mean = float(np.mean(site))
        table.add(month, "MAE", abs(stay_h - forecast.quantile(0.5)))
        table.add(month, "site mean", abs(stay_h - mean))
        if said_h is not None:
            table.add(month, "MAE said", abs(stay_h - forecast.quantile(0.5)))
            table.add(month, "stated", abs(stay_h - max(gone_h, said_h)))
        if last_h is not None:
            table.add(month, "last stay", abs(stay_h - max(gone_h, last_h)))
        table.add(month, "low", pinball(stay_h, forecast.quantile(LOW), LOW))
        table.add(month, "low site", pinball(stay_h, float(np.quantile(site, LOW)), LOW))
        if said_h is not None:
            table.add(month, "low stated", pinball(stay_h, max(gone_h, said_h), LOW))
        table.add(month, "% below low", 100 * (stay_h < forecast.quantile(LOW)))

    of_stay("stay h", history.stay_h[known], 0.0)
    gone_h = LATER / timedelta(hours=1)
    outlasting = history.stay_h[known & (history.stay_h > gone_h)]
    if stay_h > gone_h and len(outlasting):
        of_stay("later h", outlasting, gone_h)

    kwh, energy, site = real.energy_wh / 1000, tables["energy kWh"], history.energy_kwh[known]
    energy.add(month, "MAE", abs(kwh - found.energy.quantile(0.5)))
    energy.add(month, "site mean", abs(kwh - float(np.mean(site))))
    energy.add(month, "high", pinball(kwh, found.energy.quantile(HIGH), HIGH))
    energy.add(month, "high site", pinball(kwh, float(np.quantile(site, HIGH)), HIGH))
    energy.add(month, "% below high", 100 * (kwh < found.energy.quantile(HIGH)))
    if real.stated_energy_wh is not None:
        asked = real.stated_energy_wh / 1000
        energy.add(month, "MAE said", abs(kwh - found.energy.quantile(0.5)))
        energy.add(month, "stated", abs(kwh - asked))
        energy.add(month, "high stated", pinball(kwh, asked, HIGH))
    if last is not None:
        energy.add(month, "last stay", abs(kwh - last.energy_wh / 1000))


def arrivals(all_stays: list[PastStay], zone: ZoneInfo) -> Table:
    """Judge forecasts of the energy and number of cars that come in the rest of the day."""
    history, table = History.of(all_stays, zone), Table(defaultdict(list))
    came = np.array([stay.arrival.timestamp() for stay in all_stays])
    kwh = np.array([stay.energy_wh for stay in all_stays]) / 1000

    def real(start: datetime, end: datetime) -> tuple[int, float]:
        inside = (came >= start.timestamp()) & (came < end.timestamp())
        return int(inside.sum()), float(kwh[inside].sum())

    for day in _days(all_stays, zone, 3):
        for hour in (0, 7, 9, 12):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
            midnight, end = at.replace(hour=0), at.replace(hour=0) + DAY
            month = month_of(at, zone)
            cars = arrivals_forecast(
                history, at=at.astimezone(UTC), end=end, came_today=real(midnight, at)[0]
            )
            number, energy = real(at, end)
            table.add(month, "cars", abs(expected_number(cars) - number))
            table.add(month, "kWh", abs(sum(c.number * c.energy_wh for c in cars) / 1000 - energy))
            for name, back in (("yesterday", 1), ("last week", 7)):
                then = real(at - back * DAY, end - back * DAY)
                table.add(month, f"cars {name}", abs(then[0] - number))
                table.add(month, f"kWh {name}", abs(then[1] - energy))
    return table


def power(
    read: Callable[[], tuple[list[datetime], list[float], int]], *, by_weekday: bool
) -> Table:
    """Judge forecasts of a power over the next 12 hours; errors in kW."""
    starts, watts, slot_s = read()
    zone, values = _recorded.STANDARD, np.array(watts)
    history = PowerHistory.of(
        starts,
        watts,
        zone=zone,
        by_weekday=by_weekday,
        slot_s=slot_s,
    )
    table, count, per_day = Table(defaultdict(list)), 12 * 3600 // slot_s, 86400 // slot_s
    for day in range(35, 364, 5):
        for hour in (6, 9, 12):
            first = day * per_day + hour * 3600 // slot_s
            at, rows = starts[first], np.arange(first, min(first + count, len(values)))
            found = power_forecast(learned(history, at=at), [starts[n] for n in rows], at=at)
            month = f"{at:%Y-%m}"
            for n, forecast in zip(rows, found, strict=True):
                if forecast is None:
                    continue
                table.add(month, "MAE", abs(forecast.quantile(0.5) - values[n]) / 1000)
                table.add(month, "yesterday", abs(values[n - per_day] - values[n]) / 1000)
                table.add(month, "last week", abs(values[n - 7 * per_day] - values[n]) / 1000)
                table.add(month, "as now", abs(values[first - 1] - values[n]) / 1000)
                table.add(month, "high", pinball(values[n], forecast.quantile(HIGH), HIGH) / 1000)
                table.add(
                    month,
                    "high last week",
                    pinball(values[n], values[n - 7 * per_day], HIGH) / 1000,
                )
                table.add(month, "% below high", 100 * (values[n] <= forecast.quantile(HIGH)))
                table.add(month, "% below 0.9", 100 * (values[n] <= forecast.quantile(FUSES)))
    return table


def peaks(all_stays: list[PastStay], zone: ZoneInfo, most_kw: float) -> Table:
    """Judge the expected peak of the month; errors in kW against the least possible one."""
    history, table = History.of(all_stays, zone), Table(defaultdict(list))
    days = day_peaks(
        history, at=all_stays[-1].departure + DAY, most_kw=most_kw, longest_h=12.0, since_d=10_000
    )
    highest: dict[str, float] = {}
    for day in days:
        month = f"{day.day:%Y-%m}"
        highest[month] = max(highest.get(month, 0.0), day.peak_w / 1000)
    for month, real in highest.items():
        if not real:
            continue  # the data has a gap of a whole month
        for start in (1, 8, 15, 22):
            at = datetime.fromisoformat(f"{month}-{start:02}T00:00").replace(tzinfo=zone)
            past = [day for day in days if day.day < at.date()]
            so_far = [d.peak_w for d in past if f"{d.day:%Y-%m}" == month]
            if not past:
                continue
            found = expected_peak_w(
                past, at=at, zone=zone, so_far_w=max(so_far, default=0), quantile=PEAK_QUANTILE
            )
            before = [kw for other, kw in highest.items() if other < month and kw]
            table.add(month, "error", abs(found / 1000 - real))
            table.add(month, "too high", max(0.0, found / 1000 - real))
            table.add(month, "so far", abs(max(so_far, default=0) / 1000 - real))
            if before:
                table.add(month, "last month", abs(before[-1] - real))
                table.add(month, "too high last", max(0.0, before[-1] - real))
    return table


def _days(all_stays: list[PastStay], zone: ZoneInfo, step: int) -> Iterator[date]:
    first = (all_stays[0].arrival + WARM_UP).astimezone(zone).date()
    last = all_stays[-1].arrival.astimezone(zone).date()
    known = {f"{stay.arrival.astimezone(zone):%Y-%m}" for stay in all_stays}
    day = first
    while day < last:
        if f"{day:%Y-%m}" in known:  # the data has gaps of whole months
            yield day
        day += step * DAY


STAY = ("MAE", "site mean", "last stay", "MAE said", "stated", "low", "low site", "low stated")
ENERGY = ("MAE", "site mean", "last stay", "MAE said", "stated", "high", "high site", "high stated")
COUNT = ("cars", "cars yesterday", "cars last week", "kWh", "kWh yesterday", "kWh last week")
POWER = ("MAE", "yesterday", "last week", "as now", "high", "high last week")
PEAK = ("error", "so far", "last month", "too high", "too high last")


def main() -> dict[str, object]:
    """Print the tables and return their numbers."""
    result: dict[str, object] = {"every": EVERY, "low": LOW, "high": HIGH}
    sites: list[tuple[str, list[PastStay], ZoneInfo]] = [
        ("caltech", _recorded.acn_stays("caltech"), _recorded.LOS_ANGELES),
        ("jpl", _recorded.acn_stays("jpl"), _recorded.LOS_ANGELES),
        ("trondheim", _recorded.trondheim_stays(), _recorded.OSLO),
    ]
    for name, all_stays, zone in sites:
        tables = stays(all_stays, zone, EVERY)
        tables["stay h"].show(
            f"{name}: length of stay, told at the arrival, h", (*STAY, "% below low")
        )
        tables["later h"].show(f"{name}: the same two hours later, h", (*STAY, "% below low"))
        tables["energy kWh"].show(f"{name}: energy, kWh", (*ENERGY, "% below high"))
        coming = arrivals(all_stays, zone)
        coming.show(f"{name}: cars still to come today", COUNT)
        result[name] = {
            **{title: table.rows() for title, table in tables.items()},
            "arrivals": coming.rows(),
        }
        if name != "trondheim":
            month = peaks(all_stays, zone, 6.6)
            month.show(f"{name}: peak that the month reaches, kW", PEAK)
            result[f"{name} peak"] = month.rows()
    for name, table in (
        ("building load", power(_recorded.building_load, by_weekday=True)),
        ("pv", power(_recorded.pv_power, by_weekday=False)),
    ):
        table.show(f"{name}: the next 12 hours, kW", (*POWER, "% below high", "% below 0.9"))
        result[name] = table.rows()
    return result
