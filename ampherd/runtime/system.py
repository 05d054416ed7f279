"""One running Ampherd: every part built once, started in order, stopped in the reverse order."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import structlog

from ampherd.api import ApiServer, create_app
from ampherd.config import Config
from ampherd.runtime import fromconfig
from ampherd.runtime.addresses import write_addresses
from ampherd.runtime.backups import CHECK_INTERVAL_S, Backups
from ampherd.runtime.batterycontrol import BatteryControl
from ampherd.runtime.changes import Changes
from ampherd.runtime.feed import MessageFeed
from ampherd.runtime.foresight import Foresight
from ampherd.runtime.ghosts import GhostWatch
from ampherd.runtime.givingcars import GivingCars, MayGive
from ampherd.runtime.history import recall_site
from ampherd.runtime.jobs import SiteJobs
from ampherd.runtime.journal import AlarmJournal
from ampherd.runtime.knowledge import build_provisioner
from ampherd.runtime.links import LinkHistory
from ampherd.runtime.loads import LoadForesight
from ampherd.runtime.occasions import occasion
from ampherd.runtime.opening import open_store
from ampherd.runtime.orders import recall_guard
from ampherd.runtime.planner import LIMITS_LOOKED_AT_S, GivingNow, Planner, SiteNow
from ampherd.runtime.service import Service
from ampherd.runtime.sitealarms import SiteAlarms
from ampherd.runtime.sitetokens import SiteTokens
from ampherd.runtime.unstored import Unstored
from ampherd.runtime.view import PlannedAhead
from ampherd.security.rotation import PasswordRotation
from ampherd.security.site import SiteSecurity
from ampherd.sqltoken import SqlTokenFile
from ampherd.tokens import Role, TokenStore
from analytics.records import PlanRecord, Record
from analytics.retention.keeper import Keeper
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.clock import AlarmClock, SystemClock
from ocpp_core.domain.errors import AmpherdError, StoreError
from ocpp_core.domain.events import (
    AuthorizationStatus,
)
from ocpp_core.domain.ids import ConnectorRef, SessionId
from ocpp_core.domain.lifecycle import Startable
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.plan import CircuitLimit
from optimizer.control.controller import Controller
from optimizer.control.scheduler import ReplanLoop, Scheduler
from optimizer.worker import PlanWorker

log = structlog.get_logger(__name__)

_DASHBOARDS = "dashboards of this server"


class System(Startable):
    """One running Ampherd of one site; start and stop, or `async with`."""

    def __init__(
        self, config: Config, clock: AlarmClock, *, demo: bool = False, speed: float = 1.0
    ) -> None:
        self.config = config
        self.clock = clock
        self._demo = demo
        self._speed = speed
        self._stack = AsyncExitStack()
        self._unstored_plans = Unstored("plans")
        self._unstored_knowledge = Unstored("what chargers taught")
        self.live = LiveSite(config.site)
        self.sql_token = secrets.token_urlsafe(24)
        """Reads the database for the dashboards of this process; not kept."""
        self.sql_url = ""
        self.viewer_token = ""
        """Reads the HTTP API: for the dashboards that this process starts; not kept."""

    # Life ---------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Build and start every part; raises AmpherdError with a hint when one cannot start."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Stop every part, the newest first; answers under way are still committed and sent."""
        await self._stack.aclose()

    async def _start(self) -> None:
        config, clock = self.config, self.clock
        self.store = open_store(config, clock, waits=not self._demo)
        self._stack.push_async_callback(self.store.close)
        self.keeper = Keeper(self.store, config.retention())
        self.backups = Backups(config, self.store)
        self._stack.push_async_callback(self.backups.stop)
        self.store.load_live(self.live)
        self.now = self._recall()
        self._holding: tuple[CircuitLimit, ...] = ()
        self.foresight = self._foresight()
        worker = await self._stack.enter_async_context(
            PlanWorker(deadline_s=2 * config.planning.time_limit_s)
        )
        self.changes = Changes()
        self.feed = MessageFeed()
        # Certificates end by the wall clock, whatever time the site is in.
        self.security = SiteSecurity(config, SystemClock())
        self._stack.callback(self._keep_profiles)
        self.tokens = SiteTokens(
            self.store,
            config.id_tokens,
            others=AuthorizationStatus.ACCEPTED
            if config.server.accept_unknown_tokens
            else AuthorizationStatus.INVALID,
        )
        self.central = self._central_system()
        with self.store.reader() as reader:
            guard = recall_guard(reader, config, self.live, clock.now())
        self.controller = Controller(
            guard,
            self.central,
            clock,
            reserves_changed=self._reserves_changed,
            runs_at=self.live.runs_at,
        )
        self.provisioner = build_provisioner(
            config,
            clock,
            live=self.live,
            central=self.central,
            guard=self.controller.guard,
            store=self.store,
            keep=self._keep_knowledge,
        )
        self.planner = self._planner(worker)
        self.replan = ReplanLoop(clock, self.planner.replan, replan_s=config.planning.replan_s)
        self.ghosts = GhostWatch(self.store.reader, self.live, clock)
        self.alarms = self._alarms()
        self.service = self._service()
        points = (point.charge_point_id for point in config.site.charge_points)
        self.links = LinkHistory(self.store, clock, points)
        await self._listen()

    async def _listen(self) -> None:
        server = self.config.server
        token_file = SqlTokenFile(self.config.sql_token_path)
        token_file.token()
        self.sql_url = self.store.serve_sql(
            server.sql_port,
            self.sql_token,
            analysts=token_file.knows,
            limits=fromconfig.statement_limits(self.config),
        )
        self._holding = self.now.limits_for_orders(self.clock.now())
        self.controller.set_limits(self._holding)
        await self._stack.enter_async_context(self.controller)
        await self._stack.enter_async_context(self.replan)
        if self.config.spec.provisioning.enabled:
            await self._stack.enter_async_context(self.provisioner)
        scheduler = Scheduler(self.clock)
        await self._jobs().add_to(scheduler)
        scheduler.every(LIMITS_LOOKED_AT_S, "begin and end limits", self._look_at_limits)
        scheduler.every(CHECK_INTERVAL_S, "make backups", self.backups.tick)
        await self._stack.enter_async_context(scheduler)
        self.api = ApiServer(
            create_app(self.service, self._tokens()), host=server.api_host, port=server.api_port
        )
        await self._stack.enter_async_context(self.api)
        self._stack.callback(
            write_addresses(self.config.addresses_path, api_url=self.api.url, sql_url=self.sql_url)
        )
        await self.links.begin()
        try:
            await self._stack.enter_async_context(self.central)
        except OSError as error:
            raise AmpherdError(
                f"chargers cannot be served on {server.ocpp_host}:{server.ocpp_port}: "
                f"{error.strerror or error}",
                hint="Another program has the port: set server.ocpp_port, or 0 for any free one.",
            ) from error
        self._stack.callback(self.links.end)

    # SiteListener -------------------------------------------------------------------------------

    def committed(self, message: StoredMessage) -> None:
        """Tell guard and planner what happened, after it is durable."""
        self.provisioner.committed(message)  # first: it says in which form a boot is answered
        self.controller.on_committed(message)
        self.feed.publish(message)
        if (why := occasion(message.event)) is not None:
            self.replan.trigger(why)
        self.changes.note()

    def link_changed(self, change: LinkChange) -> None:
        """Tell the guard that a charger came or went."""
        self.provisioner.link_changed(change)
        self.controller.on_link(change)
        self.links.changed(change)
        self.changes.note()

    # Facts from outside -------------------------------------------------------------------------

    async def read_meter(self, building_w: float | None, pv_w: float | None) -> None:
        """Take a reading of the site's own meter, W."""
        at = self.clock.now()
        if building_w is not None:
            self.now.building.reading(at, building_w)
            self.controller.set_building(at, building_w)
        if pv_w is not None:
            self.now.pv.reading(at, pv_w)
        self.now.peak.reading(at, self.now.site_w)
        self.changes.note()

    @property
    def ocpp_url(self) -> str:
        """Where chargers on this machine connect; their identity follows behind a slash."""
        if not self.config.server.ocpp_plain:
            return self.ocpp_tls_url
        return f"ws://127.0.0.1:{self.central.port}{self.config.server.ocpp_path}"

    @property
    def ocpp_tls_url(self) -> str:
        """Where chargers with TLS connect."""
        return f"wss://127.0.0.1:{self.central.tls_port}{self.config.server.ocpp_path}"

    # Jobs ---------------------------------------------------------------------------------------

    def _keep_profiles(self) -> None:
        try:
            self.security.credentials.keep()
        except StoreError as error:
            log.warning("security profiles in use not kept", reason=str(error))

    def _planned(self, ahead: PlannedAhead) -> None:
        self.controller.set_targets(self.planner.targets(self.clock.now()))
        self.changes.note()
        recorded = self.store.record(PlanRecord(outcome=ahead.outcome, snapshot=ahead.snapshot))
        recorded.add_done_callback(self._unstored_plans.note)

    async def _look_at_limits(self) -> None:
        """Give the guard the limits that its orders may meet, and forget those that are over."""
        at = self.clock.now()
        over = self.now.limit_book.drop_over(at)
        holding = self.now.limits_for_orders(at)
        if over or holding != self._holding:
            self._holding = holding
            self.controller.set_limits(holding)
            self.changes.note()
            self.replan.trigger("a limit begins or ends")

    def _keep_knowledge(self, records: tuple[Record, ...]) -> None:
        self.store.record(*records).add_done_callback(self._unstored_knowledge.note)

    def _jobs(self) -> SiteJobs:
        return SiteJobs(
            config=self.config,
            clock=self.clock,
            now=self.now,
            store=self.store,
            keeper=self.keeper,
            credentials=self.security.credentials,
            provisioner=self.provisioner,
            ghosts=self.ghosts,
            journal=AlarmJournal(self.alarms.now, self.store, self.clock, self.live.charge_points),
            replan=self.replan.trigger,
            foresight=self.foresight,
            loads=LoadForesight(
                self.store.reader,
                self.config.site.timezone,
                building=self.now.building,
                pv=self.now.pv,
                ahead=timedelta(seconds=self.config.planning.horizon_s),
            ),
        )

    # Building -----------------------------------------------------------------------------------

    def _recall(self) -> SiteNow:
        with self.store.reader() as reader:
            return recall_site(reader, self.config, self.live, self.clock)

    def _foresight(self) -> Foresight | None:
        rules = fromconfig.foresight_rules(self.config)
        return None if rules is None else Foresight(self.store.reader, self.config.site, rules)

    def _tokens(self) -> TokenStore:
        tokens = TokenStore(self.config.tokens_path)
        tokens.revoke(_DASHBOARDS)  # left behind by a server that was killed
        self.viewer_token = tokens.create(_DASHBOARDS, Role.VIEWER)
        self._stack.callback(tokens.revoke, _DASHBOARDS)
        return tokens

    def _reserves_changed(self) -> None:
        self.replan.trigger("a charger does not follow its orders")

    def _central_system(self) -> CentralSystem:
        certificates = self.security.certificates
        return CentralSystem(
            live=self.live,
            ledger=self.store,
            tokens=self.tokens,
            clock=self.clock,
            listener=self,
            credentials=self.security.credentials,
            authority=self.security if self.security.authority.exists else None,
            options=fromconfig.central_options(
                self.config, None if certificates is None else certificates.context
            ),
        )

    def _planner(self, worker: PlanWorker) -> Planner:
        return Planner(
            now=self.now,
            clock=self.clock,
            worker=worker,
            rules=fromconfig.planning_rules(self.config),
            options=self.config.planning.options(),
            tariff=self.config.site_tariff,
            orders=self._orders,
            reserves=self.controller.reserves,
            made=self._planned,
            foresight=self.foresight,
            giving=self._giving(),
        )

    def _giving(self) -> GivingNow | None:
        rules = fromconfig.giving_rules(self.config)
        if rules is None:
            return None
        cars = GivingCars(rules, self.clock.now(), self.now.so_far.given_wh)

        def look(at: datetime) -> Mapping[SessionId, MayGive]:
            given = {
                ref: self.controller.state(ref).discharge_a for ref in self.config.site.connectors
            }
            return cars.look(self.live, given, self.controller.may_give, at)

        return look

    def _orders(self) -> dict[ConnectorRef, float]:
        """Return the limit that each connector confirmed; who was told none is left out."""
        limits = {
            ref: self.controller.state(ref).limit_confirmed_a for ref in self.config.site.connectors
        }
        return {ref: limit_a for ref, limit_a in limits.items() if limit_a is not None}

    def _alarms(self) -> SiteAlarms:
        return SiteAlarms(
            live=self.live,
            clock=self.clock,
            store=self.store,
            central=self.central,
            security=self.security,
            controller=self.controller,
            provisioner=self.provisioner,
            keeper=self.keeper,
            ghosts=self.ghosts,
            backups=self.backups,
            free_bytes=self.config.spec.store.free_mb * 1_000_000,
            tariff=self.config.site_tariff,
            battery=self.now.battery,
        )

    def _service(self) -> Service:
        return Service(
            now=self.now,
            clock=self.clock,
            store=self.store,
            central=self.central,
            security=self.security,
            rotation=PasswordRotation(self.central, self.security.credentials),
            controller=self.controller,
            provisioner=self.provisioner,
            planner=self.planner,
            changes=self.changes,
            replan=self.replan.trigger,
            read_meter=self.read_meter,
            battery=BatteryControl(
                now=self.now,
                clock=self.clock,
                controller=self.controller,
                planner=self.planner,
                changes=self.changes,
                replan=self.replan.trigger,
            ),
            tokens=self.tokens,
            feed=self.feed,
            alarms=self.alarms,
            demo=self._demo,
            speed=self._speed,
            backups=self.backups,
            question_timeout_s=self.config.spec.server.question_timeout_s,
        )
