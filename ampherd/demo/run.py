"""Running the demonstration: history in, server up, simulated site on, results out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ampherd.config import Config, load_config
from ampherd.demo.days import day_line, day_record
from ampherd.demo.history import import_history
from ampherd.demo.recording import (
    LONGEST_STAY,
    PowerOverYear,
    Recording,
    local_midnight,
    read_recording,
    shipped,
    typical_year,
)
from ampherd.demo.report import (
    Costs,
    DemoResult,
    costs,
    feasible_wh,
    grid_limit_w,
    visit_of,
)
from ampherd.demo.site import shipped_site, site_for, write_site
from ampherd.demo.visits import Placement, place
from ampherd.runtime.serving import pages_of
from ampherd.runtime.system import System
from ocpp_core.domain.clock import PacedClock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.ids import StationTransactionId, TransactionId
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.session import DriverNeed
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.cars import RecordedVisit
from ocpp_core.sim.dialect import Version
from ocpp_core.sim.site import SimulatedSite
from ocpp_core.sim.traits import ChargerTraits

FIRST_DAY = date(2019, 9, 18)
"""Day on which the shipped recording starts to be played: 90 days lie before it, and a month whose
peak is made, so that the grid limit binds and not the demand charge."""
_OFFICE_PEAK_W = 226_000.0
"""Peak of the shipped building; the site's own peak says how far it is scaled down."""
_OVERTURE = timedelta(minutes=10)
"""Time before the first arrival at which a demonstration with pages opens."""
_VERSIONS = (Version.V16, Version.V201)
"""Chargers of a site speak these in turn."""
_AFTERGLOW = timedelta(minutes=5)
"""Time after the last departure in which the last messages come in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What `ampherd demo` was asked for."""

    days: int | None = None
    """Simulated days; None: until it is stopped or the recording ends."""
    speed: float = 60.0
    headless: bool = False
    site: Path | None = None
    sessions: Path | None = None
    start: date | None = None
    """First local day; None: that of the shipped recording, or the first of other recordings."""
    timezone: str | None = None
    """Zone of a recording that comes without a site file."""
    history_days: int = 90
    folder: Path | None = None
    """Where site file and database go; None: a new folder among the temporary ones."""
    keep_ports: bool = False
    """Use the ports of the site file instead of free ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUrls:
    """Where the parts of a running demonstration answer."""

    dashboards: str | None
    api: str
    ocpp: str
    sql: str
    folder: str
    api_token: str
    sql_token: str

    def to_json(self) -> dict[str, str | None]:
        """Return the fields as JSON takes them."""
        return asdict(self)


type Say = Callable[[str], None]


class Demo:
    """One demonstration, prepared by reading its inputs."""

    def __init__(self, options: DemoOptions, say: Say) -> None:
        self._options = options
        self._say = say
        self.folder = options.folder or Path(tempfile.mkdtemp(prefix="ampherd-demo-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config, self.recording = self._inputs()
        zone = self.config.site.timezone
        own = options.sessions is None
        self.first_day = options.start or (FIRST_DAY if own else self.recording.first_day(zone))
        self.start = local_midnight(self.first_day, zone)
        self.last_day = self._last_day(zone)
        self.end = local_midnight(self.last_day + timedelta(days=1), zone)
        scale = self.config.site.building_peak_w / _OFFICE_PEAK_W
        self.building = _typical("building_load.parquet", "electricity_kw", scale, zone)
        self.pv = _typical("pv.parquet", "dc_kw", scale, zone)
        self.placement: Placement = place(
            self.recording.between(self.start, self.end),
            self.config.site,
            end=self.end + LONGEST_STAY,
        )
        if not self.placement.placed and not self.placement.turned_away:
            raise AmpherdError(
                f"the recording has no session from {self.first_day} to {self.last_day}",
                hint="choose another --start",
            )
        self.visits = tuple(visit_of(placed) for placed in self.placement.placed)
        self.opening = self.start if options.headless else self._shortly_before_the_first()

    def _shortly_before_the_first(self) -> datetime:
        """Who watches should not have to wait through the night."""
        first = min((visit.arrival for visit in self.visits), default=self.start)
        return max(self.start, first - _OVERTURE)

    def _inputs(self) -> tuple[Config, Recording]:
        options = self._options
        if options.site is not None:
            text = _site_text(options.site)
        elif options.sessions is None:
            text = shipped_site()
        else:
            zone = options.timezone or "UTC"
            if options.timezone is None:
                self._say(f"note: no --timezone given; days and tariffs of {zone} are used")
            recording = read_recording(options.sessions, ZoneInfo(zone))
            text = site_for(recording.sessions, name=options.sessions.stem, timezone=zone)
        config = load_config(write_site(self.folder, text), _environment(options))
        _check_reachable(config)
        source = options.sessions or shipped("sessions.parquet")
        recording = read_recording(source, config.site.timezone)
        rejected = recording.reading.rejected
        for row in rejected[:5]:
            self._say(f"{source}, line {row.line}: {row.reason}; left out")
        if len(rejected) > 5:
            self._say(f"{source}: {len(rejected)} rows are left out in all")
        return config, recording

    def _last_day(self, zone: ZoneInfo) -> date:
        recorded = self.recording.sessions[-1].arrival.astimezone(zone).date()
        if self._options.days is None:
            return max(recorded, self.first_day)
        return self.first_day + timedelta(days=self._options.days - 1)

    # Running -------------------------------------------------------------------------------------

    async def run(self, started: Callable[[DemoUrls], None]) -> DemoResult:
        """Play until the last car of the last day has left, and say how it went."""
        clock = PacedClock(self.opening, self._options.speed)
        if self._options.history_days:
            await import_history(
                self.config,
                self.recording,
                start=self.opening - timedelta(days=self._options.history_days),
                end=self.opening,
                building=self.building,
                pv=self.pv,
                say=self._say,
            )
        async with AsyncExitStack() as stack:
            system = await stack.enter_async_context(
                System(self.config, clock, demo=True, speed=self._options.speed)
            )
            pages = (
                None
                if self._options.headless
                else await stack.enter_async_context(pages_of(system))
            )
            site = SimulatedSite(
                site=self.config.site,
                visits=self.visits,
                url=system.ocpp_url,
                passwords=self.config.charger_keys(),
                clock=clock,
                building_w=self.building,
                pv_w=self.pv,
                on_site_meter=lambda _, building_w, pv_w: system.read_meter(building_w, pv_w),
                on_plugged=_driver(system),
                # Values of all chargers at once share commits, as on sites with clock-aligned data.
                traits={
                    point.charge_point_id: ChargerTraits(
                        version=_VERSIONS[number % len(_VERSIONS)], samples_on_the_mark=True
                    )
                    for number, point in enumerate(self.config.site.charge_points)
                },
            )
            await stack.enter_async_context(site)
            await site.ready()
            started(
                DemoUrls(
                    dashboards=None if pages is None else pages.url,
                    api=f"{system.api.url}/api/v1",
                    ocpp=system.ocpp_url,
                    sql=system.sql_url,
                    folder=str(self.folder),
                    api_token=system.viewer_token,
                    sql_token=system.sql_token,
                )
            )
            pacing = asyncio.create_task(clock.run(), name="clock")
            stack.push_async_callback(_cancel, pacing)
            return await _while_running(pacing, self._play(system, site, clock))

    async def _play(self, system: System, site: SimulatedSite, clock: PacedClock) -> DemoResult:
        """Let the days pass, each with its line, until the last car has left."""
        day, turned = self.first_day, self.start
        while day <= self.last_day:
            turned = local_midnight(day + timedelta(days=1), self.config.site.timezone)
            await clock.sleep_until(turned)
            await self._end_day(system, site, day, turned)
            day += timedelta(days=1)
        await site.finished()
        await clock.sleep_until(clock.now() + _AFTERGLOW)
        return await self._result(system, site, clock.now())

    async def _end_day(self, system: System, site: SimulatedSite, day: date, end: datetime) -> None:
        start = local_midnight(day, self.config.site.timezone)
        visits = tuple(visit for visit in self.visits if start <= visit.arrival < end)
        with system.clock.hold():
            await system.store.refresh_open_sessions(end)
            result = await asyncio.to_thread(self._day_result, system, site, visits, start, end)
            await system.store.record(day_record(day, result))
        self._say(day_line(day, result))

    async def _result(self, system: System, site: SimulatedSite, end: datetime) -> DemoResult:
        with system.clock.hold():
            return await asyncio.to_thread(
                self._day_result, system, site, self.visits, self.start, end
            )

    def _day_result(
        self,
        system: System,
        site: SimulatedSite,
        visits: tuple[RecordedVisit, ...],
        start: datetime,
        end: datetime,
    ) -> DemoResult:
        config = self.config
        truth = site.truth
        with system.store.reader() as reader:
            sessions = reader.sessions(start, end)
        stored = sessions[(sessions["source"] == "ocpp") & (sessions["started_at"] >= start)]
        money: Costs = costs(config.site, config.site_tariff, visits, start, end, truth)
        grid = truth.grid.between(start, end)
        counters = system.service.counters()
        turned_away = sum(start <= s.arrival < end for s in self.placement.turned_away)
        return DemoResult(
            sessions_recorded=len(visits) + turned_away,
            sessions_stored=len(stored),
            energy_asked_wh=sum(visit.energy_wh for visit in visits)
            + sum(s.energy_wh for s in self.placement.turned_away if start <= s.arrival < end),
            energy_feasible_wh=feasible_wh(config.site, visits, start, end, truth),
            energy_delivered_wh=float(stored["energy_kwh"].sum()) * 1000,
            peak_w=grid.peak,
            limit_w=grid_limit_w(config.site),
            seconds_above_limit=max(truth.seconds_over_limits(start, end).values(), default=0.0),
            energy_cost=float(money.energy),
            energy_cost_unmanaged=float(money.energy_unmanaged),
            demand_charge=float(money.demand),
            demand_charge_unmanaged=float(money.demand_unmanaged),
            revenue=float(stored["revenue"].sum()),
            currency=config.site.currency,
            messages_answered=counters["messages_answered"],
            profiles_sent=counters["profiles_sent"],
            database=str(config.store_path),
            sessions_turned_away=turned_away,
            rows_rejected=len(self.recording.reading.rejected),
        )


def _driver(system: System) -> Callable[[RecordedVisit, Transaction], Awaitable[None]]:
    """Return the app in which a simulated driver says what the visit needs."""

    def number_of(visit: RecordedVisit, transaction: Transaction) -> TransactionId | None:
        # A charger of OCPP 2 knows its transaction by a name of its own, which we may know.
        known = system.live.transaction_named(
            visit.ref.charge_point_id, StationTransactionId(transaction.name)
        )
        return transaction.transaction_id if known is None else known.transaction_id

    async def state(visit: RecordedVisit, transaction: Transaction) -> None:
        number = number_of(visit, transaction)
        if (
            number is not None
            and visit.asked_wh is not None
            and visit.announced_departure is not None
        ):
            await system.service.state_need_of(
                number,
                DriverNeed(energy_wh=visit.asked_wh, departure=visit.announced_departure),
            )

    return state


def _typical(name: str, column: str, scale: float, zone: ZoneInfo) -> PowerOverYear:
    return typical_year(shipped(name), column, scale, zone)


def _site_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AmpherdError(f"{path} cannot be read: {error}") from error


def _check_reachable(config: Config) -> None:
    """Raise AmpherdError when a simulated charger could not connect."""
    shut = [
        name
        for name, access in config.security.chargers.items()
        if access.profile > SecurityProfile.BASIC
        or (access.profile is SecurityProfile.BASIC and name not in config.passwords)
    ]
    if shut:
        raise AmpherdError(
            f"the simulated {shut[0]} could not connect: it speaks without TLS, and with the "
            "password of the site file only",
            hint="Write security_profile = 0 beside its id in the site file, or a password.",
        )


def _environment(options: DemoOptions) -> dict[str, str]:
    """Put a demonstration on loopback and on free ports, whatever its site file says."""
    if options.keep_ports:
        return dict(os.environ)
    free = ("OCPP_PORT", "API_PORT", "DASHBOARDS_PORT", "SQL_PORT")
    return {
        "AMPHERD_SERVER__OCPP_HOST": "127.0.0.1",
        # Nobody else is on loopback, and who tries things out should not need a password.
        "AMPHERD_SERVER__SECURITY_PROFILE": "0",
        **{f"AMPHERD_SERVER__{name}": "0" for name in free},
        "AMPHERD_SERVER__ACCEPT_UNKNOWN_TOKENS": "true",
        "AMPHERD_STORE__PATH": "ampherd.duckdb",
    }


async def _while_running[T](pacing: asyncio.Task[None], work: Coroutine[None, None, T]) -> T:
    """Return what `work` gives; a clock that stops by a fault ends it with that fault."""
    task = asyncio.create_task(work, name="demonstration")
    try:
        await asyncio.wait({pacing, task}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await pacing
        return await task
    finally:
        await _cancel(task)


async def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
