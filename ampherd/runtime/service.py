"""What the HTTP API may touch of the running system."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import datetime

import pandas as pd
import structlog

from ampherd import __version__
from ampherd.api.frames import Row, rows_of
from ampherd.api.service import Health, charge_point_views
from ampherd.provisioning.provisioner import Provisioner
from ampherd.runtime.backups import BackupEntry, Backups, BackupState
from ampherd.runtime.batterycontrol import BatteryControl
from ampherd.runtime.changes import Changes
from ampherd.runtime.feed import MessageFeed
from ampherd.runtime.planner import Planner, SiteNow
from ampherd.runtime.room import disk_room
from ampherd.runtime.sitealarms import SiteAlarms
from ampherd.runtime.sitetokens import SiteTokens
from ampherd.runtime.snapshot import need_of
from ampherd.runtime.uploads import Upload, UploadAnswer, Uploads
from ampherd.runtime.view import (
    Order,
    circuit_limit_w,
    circuit_views,
    connector_view,
    plan_view,
    values_of_one_ampere,
)
from ampherd.security.rotation import PasswordRotation, security_objection
from ampherd.security.site import SiteSecurity
from analytics.reader import Reader
from analytics.records import DriverNeedRecord
from analytics.schema.migrations import schema_version
from analytics.store import Store
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.charger_profile import ChargerProfile
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.commands import Command, CommandResult, Rejected
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, SessionId, TransactionId
from ocpp_core.domain.live import LiveChargePoint, LiveConnector
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.plan import CircuitLimit, LimitReason
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.tokens import KnownToken
from ocpp_core.domain.view import BatterySetpoint, ChargePointView, ConnectorView, LiveView
from optimizer.control.controller import Controller
from optimizer.control.foreign import objection
from optimizer.control.values import Target

log = structlog.get_logger(__name__)

type MeterReading = Callable[[float | None, float | None], Awaitable[None]]
"""Takes a reading of the site's meter: building W, PV W; None where it was not read."""


_EXPORTS = 10
"""Times as long as a question exports and reports may take."""


class Service:
    """Reads the site now and acts on it; an `ampherd.api.service.ApiService`."""

    def __init__(
        self,
        *,
        now: SiteNow,
        clock: Clock,
        store: Store,
        central: CentralSystem,
        security: SiteSecurity,
        rotation: PasswordRotation,
        controller: Controller,
        provisioner: Provisioner,
        planner: Planner,
        changes: Changes,
        replan: Callable[[str], None],
        read_meter: MeterReading,
        battery: BatteryControl,
        tokens: SiteTokens,
        feed: MessageFeed,
        alarms: SiteAlarms,
        backups: Backups,
        demo: bool,
        speed: float,
        question_timeout_s: float = 60.0,
    ) -> None:
        self._now = now
        self._uploads = Uploads(store)
        self._question_timeout_s = question_timeout_s
        self._clock = clock
        self._store = store
        self._exporting = asyncio.Lock()
        self._central = central
        self._security = security
        self._rotation = rotation
        self._controller = controller
        self._provisioner = provisioner
        self._planner = planner
        self._changes = changes
        self._replan = replan
        self._read_meter = read_meter
        self._battery = battery
        self._guarded = {p.charge_point_id for p in now.live.site.charge_points if p.managed}
        self._tokens = tokens
        self._feed = feed
        self._alarms = alarms
        self._backups = backups
        self._demo = demo
        self._speed = speed

    # Reading -----------------------------------------------------------------------------------

    def health(self) -> Health:
        """Return whether the database takes what chargers say."""
        error, room = self._store.last_error, disk_room(self._store.path)
        return Health(
            status="ok" if error is None else "degraded",
            version=__version__,
            schema_version=schema_version(),
            database="ok" if error is None else str(error),
            charge_points_online=len(self._central.online()),
            failing_since=None if error is None else self._store.failing_since,
            database_bytes=room.database_bytes,
            free_bytes=room.free_bytes,
        )

    def now(self) -> datetime:
        """Return the site's time."""
        return self._clock.now()

    def live(self) -> LiveView:
        """Return the site now."""
        now, live, site = self._now, self._now.live, self._now.live.site
        ahead = self._planner.ahead
        targets = self._planner.targets(self._clock.now())
        configured = [live.charge_points[p.charge_point_id] for p in site.charge_points]
        return LiveView(
            at=self._clock.now(),
            site_id=site.site_id,
            name=site.name,
            timezone=site.timezone.key,
            currency=site.currency,
            demo=self._demo,
            speed=self._speed,
            site_w=now.site_w,
            charging_w=now.charging_w,
            building_w=now.building_w,
            pv_w=now.pv_w,
            limit_w=circuit_limit_w(
                site.root, now.limits.get(site.root.circuit_id), site.voltage_v
            ),
            peak_month_w=now.peak.peak_w,
            online_charge_points=sum(point.online for point in configured),
            configured_charge_points=len(configured),
            connectors=tuple(
                self._connector(point, connector, targets.get(connector.connector.ref))
                for point in configured
                for connector in point.connectors.values()
            ),
            circuits=circuit_views(
                live,
                limits=now.limits,
                sources=now.limit_book.sources,
                building_w=now.building_w + now.battery_w,
                pv_w=now.pv_w,
                worst_case_w=self._controller.worst_w,
                values=values_of_one_ampere(ahead),
            ),
            plan=None if ahead is None else plan_view(ahead),
            battery=None if now.battery is None else now.battery.view(),
            alarms=self.alarms(),
            trouble=self.trouble(),
            counters=self.counters(),
        )

    def alarms(self) -> tuple[str, ...]:
        """Say what needs a person now."""
        return tuple(alarm.words for alarm in self._alarms.now())

    def charge_points(self) -> tuple[ChargePointView, ...]:
        """Return every charger that is configured or was seen."""
        profiles = self._security.profiles(self._now.live.charge_points)
        return charge_point_views(
            self._now.live,
            self._central.stale(),
            version_of=self._central.version_of,
            profile_of=profiles.get,
        )

    def charger_profiles(self) -> tuple[ChargerProfile, ...]:
        """Return what is known of every model of chargers."""
        return self._provisioner.models()

    def backups(self) -> tuple[BackupState, tuple[BackupEntry, ...]]:
        """Return the backup that runs or the last one, and all finished ones."""
        return self._backups.state, self._backups.entries()

    def start_backup(self, *, secrets: bool) -> bool:
        """Begin a backup; False when one is running."""
        return self._backups.start(secrets=secrets)

    def counters(self) -> dict[str, int]:
        """Return counts since the start."""
        return {
            **self._central.counters,
            **self._store.counters,
            "profiles_sent": self._controller.profiles_sent,
            "plans_made": self._planner.plans,
            "plans_fallen_back": self._planner.fallbacks,
        }

    def changes(self) -> AsyncIterator[None]:
        """Yield after every change of the live view."""
        return self._changes.watch()

    def trouble(self) -> str:
        """Say in words that nothing can be stored and since when; empty when it can."""
        return self._alarms.trouble()

    def _connector(
        self, point: LiveChargePoint, live: LiveConnector, target: Target | None
    ) -> ConnectorView:
        state = self._controller.state(live.connector.ref)
        reason, words = state.reason, state.words
        if live.session is None:
            reason, words = LimitReason.NO_SESSION, "No car is charging."
        return connector_view(
            point,
            live,
            Order(
                confirmed_a=state.limit_confirmed_a,
                planned_a=None if target is None else target.limit_a,
                reason=reason,
                words=words,
            ),
            None if live.session is None else need_of(live.session, self._planner.rules),
            "" if live.session is None else self._planner.expected_words(live.session),
        )

    def id_tokens(self) -> tuple[tuple[KnownToken, str, bool], ...]:
        """Return every token with its label, and whether the configuration owns it."""
        return self._tokens.known()

    def follow(self, charge_point_id: ChargePointId | None) -> AsyncGenerator[StoredMessage]:
        """Yield every message from now on, after it is stored."""
        return self._feed.watch(charge_point_id)

    async def ask(self, question: Callable[[Reader], pd.DataFrame]) -> list[Row]:
        """Ask the read side in a thread of its own: the loop waits for no query."""

        def answer() -> list[Row]:
            with self._store.reader(timeout_s=self._question_timeout_s) as reader:
                return rows_of(question(reader))

        return await asyncio.get_running_loop().run_in_executor(None, answer)

    async def read[T](self, work: Callable[[Reader], T]) -> T:
        """Do some work with the read side in a thread, one at a time: it takes the processor."""

        def done() -> T:
            with self._store.reader(timeout_s=self._question_timeout_s * _EXPORTS) as reader:
                return work(reader)

        async with self._exporting:
            return await asyncio.get_running_loop().run_in_executor(None, done)

    async def import_file(self, upload: Upload) -> UploadAnswer | None:
        """Import a file, or tell what would become of it; None: another is being imported."""
        return await self._uploads.take(upload)

    async def undo_import(self, import_id: str) -> tuple[int, int]:
        """Take an import back."""
        return await self._uploads.undo(import_id)

    # Acting ------------------------------------------------------------------------------------

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        """Send one command to a charger, unless it would undo what the guard proved."""
        why = objection(command)
        if why is None:
            reached = self._security.credentials.access(charge_point_id).profile
            why = security_objection(command, reached)
        if why is not None and charge_point_id in self._guarded:
            return Rejected(status="Guarded", reason=why)
        result = await self._central.send(charge_point_id, command)
        await self._recorded()
        return result

    async def _recorded(self) -> None:
        """Wait until what has happened is committed, so that who is answered can read it back."""
        with contextlib.suppress(StoreError):  # told and counted where it was to be stored
            await self._store.run(lambda *_: None)

    async def register(
        self, charge_point_id: ChargePointId, status: BootStatus
    ) -> CommandResult | None:
        """Decide what a charger's boots are answered; one that waits is asked to boot now."""
        point = self._now.live.charge_points.get(charge_point_id)
        waits = point is not None and point.boot_status in {BootStatus.PENDING, BootStatus.REJECTED}
        if status is BootStatus.ACCEPTED and waits:
            asked = await self._central.accept(charge_point_id)
            await self._recorded()
            return asked
        self._central.register(charge_point_id, status)
        return None

    async def rotate_password(self, charge_point_id: ChargePointId) -> CommandResult:
        """Give a charger a new random password, which nobody sees."""
        result = await self._rotation.rotate(charge_point_id)
        await self._recorded()
        return result

    async def state_need(self, session_id: SessionId, need: DriverNeed) -> bool:
        """Record what a driver wants, durably, and plan with it."""
        if all(s.session_id != session_id for s in self._now.live.open_sessions()):
            return False
        await self._store.record(
            DriverNeedRecord(session_id=session_id, at=self._clock.now(), need=need)
        )
        if not self._now.live.state_need(session_id, need):
            return False
        self._replan("a driver stated a need")
        return True

    async def state_need_of(self, transaction_id: TransactionId, need: DriverNeed) -> bool:
        """Record what the driver of a transaction wants."""
        known = self._now.live.transactions.get(transaction_id)
        return known is not None and await self.state_need(known.session_id, need)

    async def put_id_token(self, token: KnownToken, label: str) -> bool:
        """Record a token; False when the configuration owns it."""
        if self._tokens.is_configured(token.id_token):
            return False
        await self._tokens.put(token, label, self._clock.now())
        return True

    async def set_limit(self, limit: CircuitLimit, source: str) -> bool:
        """Put a limit in force beside the configured one; the lower one counts."""
        if limit.circuit_id not in self._now.live.site.circuits_by_id:
            return False
        log.info(
            "limit set",
            circuit=limit.circuit_id,
            limit_a=limit.limit_a,
            limit_w=limit.limit_w,
            source=source,
        )
        self._now.limit_book.put(limit, source)
        self._limits_changed()
        return True

    async def clear_limit(self, circuit_id: CircuitId, source: str) -> bool:
        """Go back to the configured limit."""
        if circuit_id not in self._now.live.site.circuits_by_id:
            return False
        log.info("limit cleared", circuit=circuit_id, source=source)
        self._now.limit_book.drop(circuit_id)
        self._limits_changed()
        return True

    async def set_site_load(self, *, building_w: float | None, pv_w: float | None) -> None:
        """Take a reading of the site's own meter."""
        await self._read_meter(building_w, pv_w)

    async def report_battery(self, *, stored_wh: float, power_w: float) -> BatterySetpoint | None:
        """Take a report of the battery's controller and return what it is to do."""
        return self._battery.report(stored_wh=stored_wh, power_w=power_w)

    def _limits_changed(self) -> None:
        self._controller.set_limits(self._now.limits_for_orders(self._clock.now()))
        self._changes.note()
        self._replan("a limit changed")
