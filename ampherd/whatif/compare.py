"""One function for notebooks and the command line: replay sessions under several strategies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from ampherd.whatif import frames
from ampherd.whatif.notes import notes_of
from ampherd.whatif.placing import PlacedStays, place
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.plan import PlanOptions, SiteBattery
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import SiteTariff
from optimizer.replay import (
    STRATEGIES,
    CarsGive,
    Defaults,
    Information,
    Outcome,
    Pilots,
    Progress,
    RecordedStay,
    ReplayStopped,
    Series,
    Setup,
    Task,
    run_all,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Strategies on the same sessions, as tidy frames."""

    outcomes: tuple[Outcome, ...]
    placed: PlacedStays
    information: Information
    notes: tuple[str, ...] = ()
    """What has to be known besides the numbers."""

    @property
    def table(self) -> pd.DataFrame:
        """One row for each strategy: energy, waiting, peak, money, fairness, CO2, switching."""
        return frames.table(self.outcomes, self.placed)

    @property
    def sessions(self) -> pd.DataFrame:
        """One row for each strategy and session."""
        return frames.sessions(self.outcomes)

    @property
    def slots(self) -> pd.DataFrame:
        """One row for each strategy and interval."""
        return frames.slots(self.outcomes)

    @property
    def days(self) -> pd.DataFrame:
        """One row for each strategy and local day."""
        return frames.days(self.outcomes)

    def to_parquet(self, folder: Path | str) -> tuple[Path, ...]:
        """Write `table`, `sessions`, `slots` and `days` as Parquet files; return their paths."""
        into = Path(folder)
        into.mkdir(parents=True, exist_ok=True)
        written = []
        for name in ("table", "sessions", "slots", "days"):
            frame: pd.DataFrame = getattr(self, name)
            frame.to_parquet(into / f"{name}.parquet", index=False)
            written.append(into / f"{name}.parquet")
        return tuple(written)


class ComparisonStopped(KeyboardInterrupt):
    """Ctrl-C came before every strategy was replayed; `found` holds those that were."""

    def __init__(self, found: Comparison, *, of: int) -> None:
        super().__init__(f"stopped when {len(found.outcomes)} of {of} strategies were replayed")
        self.found = found


def replay(
    *,
    sessions: Iterable[RecordedStay],
    site: Site,
    strategies: Sequence[str] = ("unmanaged", "edf", "lp", "hindsight"),
    start: datetime | None = None,
    end: datetime | None = None,
    tariff: SiteTariff | None = None,
    building: Series | None = None,
    pv: Series | None = None,
    carbon: Series | None = None,
    battery: SiteBattery | None = None,
    v2g: CarsGive | None = None,
    pilots: Pilots = Pilots(),  # noqa: B008 (a value, frozen)
    step_s: int = 300,
    revenue_per_kwh: float = 0.0,
    information: Information | str = Information.PERFECT,
    defaults: Defaults = Defaults(),  # noqa: B008 (a value, frozen)
    options: PlanOptions = PlanOptions(),  # noqa: B008 (a value, frozen)
    workers: int = 2,
    progress: Progress | None = None,
) -> Comparison:
    """Replay sessions at a site under each strategy.

    Sessions are placed at the site's connectors (`place`); those before `start` are what forecasts
    learn from. `start` and `end` are aware; not given: from the first arrival to the last
    departure. Raises ConfigurationError for an unknown strategy, and when there is no session, and
    ComparisonStopped on Ctrl-C.
    """
    for name in strategies:
        if name not in STRATEGIES:
            raise ConfigurationError(
                f"there is no strategy {name!r}", hint=f"use {', '.join(STRATEGIES)}"
            )
    every = tuple(sessions)
    first = start or min((stay.arrival for stay in every), default=None)
    last = end or max((stay.departure for stay in every), default=None)
    if first is None or last is None or last <= first:
        raise ConfigurationError("there is no session to replay")
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    # Whole seconds: what is recorded finer than that is not told apart.
    first = first.replace(microsecond=0)
    before = tuple(stay for stay in every if stay.departure <= first)
    inside = [stay for stay in every if stay.departure > first and stay.arrival < last]
    if not inside:
        zone = site.timezone
        raise ConfigurationError(
            f"there is no session between {first.astimezone(zone):%Y-%m-%d %H:%M} and "
            f"{last.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
        )
    placed = place([_seconds(stay) for stay in inside], site)
    stays = tuple(within(stay, first, last, site.voltage_v) for stay in placed.stays)
    setup = Setup(
        site=site,
        stays=stays,
        start=first,
        end=last,
        tariff=tariff,
        building=building,
        pv=pv,
        carbon=carbon,
        battery=battery,
        v2g=v2g,
        pilots=pilots,
        step_s=step_s,
        revenue_per_kwh=revenue_per_kwh,
    )
    told = Information(information)
    reach = sum(a is not b for a, b in zip(placed.stays, stays, strict=True))
    notes = (*_reaching(reach), *notes_of(setup))
    tasks = [
        Task(
            strategy=name,
            setup=setup,
            information=told,
            defaults=defaults,
            before=before,
            options=options,
        )
        for name in dict.fromkeys(strategies)
    ]
    try:
        outcomes = run_all(tasks, workers=workers, progress=progress)
    except ReplayStopped as stopped:
        done = Comparison(outcomes=stopped.outcomes, placed=placed, information=told, notes=notes)
        raise ComparisonStopped(done, of=len(tasks)) from None
    return Comparison(outcomes=outcomes, placed=placed, information=told, notes=notes)


def within(stay: RecordedStay, first: datetime, last: datetime, voltage_v: float) -> RecordedStay:
    """Return what a period has of a stay.

    One that came before wants what full power from its arrival on would have left; one that stays
    longer leaves at the end, and wants no more than fits until then.
    """
    if first <= stay.arrival and stay.departure <= last:
        return stay
    car = stay.car(voltage_v)
    full_w = car.max_current_a * car.phase_count * voltage_v
    taken_wh = full_w * max(0.0, (first - stay.arrival).total_seconds()) / 3600
    departure = min(stay.departure, last)
    fits_wh = full_w * (departure - max(stay.arrival, first)).total_seconds() / 3600
    rest_wh = max(0.0, stay.energy_wh - taken_wh)
    stated_wh = stay.stated_energy_wh
    return replace(
        stay,
        departure=departure,
        energy_wh=rest_wh if stay.departure <= last else min(rest_wh, fits_wh),
        stated_energy_wh=None if stated_wh is None else max(0.0, stated_wh - taken_wh),
    )


def _reaching(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (f"sessions over an end of the period count for the part within it: {count}",)


def _seconds(stay: RecordedStay) -> RecordedStay:
    arrival = stay.arrival.astimezone(UTC).replace(microsecond=0)
    departure = stay.departure.astimezone(UTC).replace(microsecond=0)
    return replace(stay, arrival=arrival, departure=max(departure, arrival + timedelta(seconds=1)))
