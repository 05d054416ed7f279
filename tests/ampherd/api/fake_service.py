"""The running system as far as the API sees it, without one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd

from ampherd.api import Health
from ampherd.api.frames import Row, rows_of
from ampherd.runtime.backups import BackupEntry, BackupState
from ampherd.runtime.uploads import Upload, UploadAnswer, Uploads
from analytics.reader import Reader
from analytics.site_facts import SiteInfo
from ocpp_core.domain.charger_profile import ChargerProfile
from ocpp_core.domain.commands import Accepted, Command, CommandResult
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, SessionId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.tokens import KnownToken
from ocpp_core.domain.view import (
    BatterySetpoint,
    ChargePointView,
    CircuitView,
    ConnectorView,
    LiveView,
    PlanView,
    SessionView,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SESSION = SessionView(
    session_id="s1",
    transaction_id=7,
    id_token="••••5678",
    started_at=NOON,
    energy_wh=1200.0,
    asked_wh=None,
    departure=None,
    need_stated=False,
)
CONNECTOR = ConnectorView(
    ref="CP-1/1",
    circuit_id="grid",
    online=True,
    state="Charging",
    error_code="NoError",
    power_w=7000.0,
    current_a=10.0,
    measured_at=NOON,
    limit_a=16.0,
    planned_a=16.0,
    reason="circuit",
    words="grid is full",
    session=SESSION,
)
PLAN = PlanView(
    plan_id="p1",
    made_at=NOON,
    outcome="optimal",
    why="",
    solve_ms=3.0,
    slot_starts=(NOON,),
    horizon_end=NOON,
    site_w=(1.0,),
    charging_w=(1.0,),
    building_w=(0.0,),
    pv_w=(0.0,),
    price_per_kwh=(0.2,),
    unmet=(),
)
LIVE = LiveView(
    at=NOON,
    site_id="garage",
    name="Garage",
    timezone="Europe/Amsterdam",
    currency="EUR",
    demo=False,
    speed=1.0,
    site_w=8000.0,
    charging_w=7000.0,
    building_w=1000.0,
    pv_w=0.0,
    limit_w=40_000.0,
    peak_month_w=9000.0,
    online_charge_points=1,
    configured_charge_points=1,
    connectors=(CONNECTOR, replace(CONNECTOR, ref="CP-1/2", session=None, limit_a=None)),
    circuits=(
        CircuitView(
            circuit_id="grid",
            parent_id=None,
            limit_w=40_000.0,
            limit_a=63.0,
            measured_w=8000.0,
            worst_case_w=12_000.0,
            limit_source="configured",
            value_of_one_ampere=None,
        ),
    ),
    plan=PLAN,
    alarms=(),
    counters={"messages_answered": 5},
)


class EmptyReader:
    """A read side that knows one local list and nothing else, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[object, ...], dict[str, object]]] = []
        self.site = SiteInfo(
            site_id="garage",
            name="Garage",
            timezone=ZoneInfo("Europe/Amsterdam"),
            currency="EUR",
            limit_w=None,
        )

    def __getattr__(self, question: str) -> Callable[..., pd.DataFrame]:
        def answer(*args: object, **options: object) -> pd.DataFrame:
            self.asked.append((question, args, options))
            return pd.DataFrame([{"version": 1}] if question == "local_lists" else [])

        return answer


HEALTHY = Health(
    status="ok", version="1.0", schema_version=1, database="ok", charge_points_online=1
)


@dataclass
class FakeService:
    """Answers what it is told to and remembers what it was asked."""

    view: LiveView = LIVE
    state: Health = HEALTHY
    result: CommandResult = field(default_factory=Accepted)
    store_error: StoreError | None = None
    sent: list[tuple[ChargePointId, Command]] = field(default_factory=list)
    rotated: list[ChargePointId] = field(default_factory=list)
    registered: list[tuple[ChargePointId, BootStatus]] = field(default_factory=list)
    needs: list[tuple[SessionId, DriverNeed]] = field(default_factory=list)
    limits: list[tuple[CircuitLimit, str]] = field(default_factory=list)
    cleared: list[tuple[CircuitId, str]] = field(default_factory=list)
    reader: object = field(default_factory=EmptyReader)
    """Stands in for the read side."""
    tokens: list[tuple[KnownToken, str]] = field(default_factory=list)
    loads: list[tuple[float | None, float | None]] = field(default_factory=list)
    setpoint: BatterySetpoint | None = None
    """None: the site has no battery."""
    battery_reports: list[tuple[float, float]] = field(default_factory=list)
    changed: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    stored: asyncio.Queue[StoredMessage] = field(default_factory=asyncio.Queue)
    known_models: tuple[ChargerProfile, ...] = ()
    views_made: int = 0
    backing_up: bool = False
    uploads: Uploads | None = None
    """None: another file is being imported."""
    with_secrets: bool = False

    def health(self) -> Health:
        return self.state

    def now(self) -> datetime:
        return NOON

    def live(self) -> LiveView:
        self.views_made += 1
        return self.view

    async def changes(self) -> AsyncIterator[None]:
        while True:
            await self.changed.get()
            yield

    def charge_points(self) -> tuple[ChargePointView, ...]:
        return (
            ChargePointView(
                charge_point_id="CP-1",
                configured=True,
                online=True,
                stale=False,
                registration="Accepted",
                vendor="Volt",
                model="One",
                serial_number="",
                firmware_version="1.2",
                last_frame_at=NOON,
                connectors=("CP-1/1", "CP-1/2"),
            ),
        )

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        self.sent.append((charge_point_id, command))
        return self.result

    async def register(
        self, charge_point_id: ChargePointId, status: BootStatus
    ) -> CommandResult | None:
        self.registered.append((charge_point_id, status))
        return self.result if status is BootStatus.ACCEPTED else None

    async def rotate_password(self, charge_point_id: ChargePointId) -> CommandResult:
        self.rotated.append(charge_point_id)
        return self.result

    async def state_need(self, session_id: SessionId, need: DriverNeed) -> bool:
        if self.store_error is not None:
            raise self.store_error
        self.needs.append((session_id, need))
        return session_id == "s1"

    async def set_limit(self, limit: CircuitLimit, source: str) -> bool:
        self.limits.append((limit, source))
        return limit.circuit_id == "grid"

    async def clear_limit(self, circuit_id: CircuitId, source: str) -> bool:
        self.cleared.append((circuit_id, source))
        return circuit_id == "grid"

    async def set_site_load(self, *, building_w: float | None, pv_w: float | None) -> None:
        self.loads.append((building_w, pv_w))

    async def report_battery(self, *, stored_wh: float, power_w: float) -> BatterySetpoint | None:
        self.battery_reports.append((stored_wh, power_w))
        return self.setpoint

    async def follow(self, charge_point_id: ChargePointId | None) -> AsyncGenerator[StoredMessage]:
        while True:
            message = await self.stored.get()
            if charge_point_id in (None, message.charge_point_id):
                yield message

    async def ask(self, question: Callable[[Reader], pd.DataFrame]) -> list[Row]:
        return rows_of(question(cast("Reader", self.reader)))

    async def read[T](self, work: Callable[[Reader], T]) -> T:
        return work(cast("Reader", self.reader))

    def id_tokens(self) -> tuple[tuple[KnownToken, str, bool], ...]:
        return tuple((token, label, False) for token, label in self.tokens)

    async def put_id_token(self, token: KnownToken, label: str) -> bool:
        self.tokens.append((token, label))
        return token.id_token != "FIXED"

    def charger_profiles(self) -> tuple[ChargerProfile, ...]:
        return self.known_models

    def backups(self) -> tuple[BackupState, tuple[BackupEntry, ...]]:
        return BackupState(state="running" if self.backing_up else "none"), ()

    def start_backup(self, *, secrets: bool) -> bool:
        if self.backing_up:
            return False
        self.backing_up = True
        self.with_secrets = secrets
        return True

    async def import_file(self, upload: Upload) -> UploadAnswer | None:
        return None if self.uploads is None else await self.uploads.take(upload)

    async def undo_import(self, import_id: str) -> tuple[int, int]:
        assert self.uploads is not None
        return await self.uploads.undo(import_id)

    def counters(self) -> Mapping[str, int]:
        return {"messages_answered": 5, "frames-unreadable": 1}
