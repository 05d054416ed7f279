"""A history with something in every table that the store writes."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from analytics.database import Database
from analytics.records import (
    AlarmRecord,
    ChargerFindingsRecord,
    DayResultRecord,
    DefaultCheckRecord,
    DriftRecord,
    DriverNeedRecord,
    PlanRecord,
    PriceKind,
    PriceRecord,
    SiteLoadRecord,
    TokenRecord,
)
from analytics.retention.keeper import Keeper, RetentionPolicy
from analytics.rows import Cell
from analytics.schema.migrations import Column, tables
from analytics.settlement import Settlement
from ocpp_core.domain.charger_profile import (
    ChargerProfile,
    Drift,
    DriftState,
    Evidence,
    Fact,
    Finding,
    ModelKey,
)
from ocpp_core.domain.commands import (
    Accepted,
    CertificateHash,
    CertificateUse,
    ConfigurationEntry,
    GetConfiguration,
    GetInstalledCertificates,
    GetTransactionStatus,
    InstallCertificate,
    InstalledCertificate,
    LocalListEntry,
    ReserveNow,
    SendLocalList,
    SetProfile,
    TimedOut,
    TransactionStatus,
    UpdateFirmware,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    ConnectorStatus,
    DomainEvent,
    EnergyTransfer,
    Metered,
    SecurityEventReported,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    TransactionId,
)
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.plan import Fallback
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.units import Phase
from tests.analytics.builders import NOON
from tests.analytics.desk import CP, Desk, ended, metered, start16, started, status, stop16, updated
from tests.analytics.test_reader import PLAN, SNAPSHOT

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
ONE = ConnectorId(1)
OTHER = ChargePointId("CP-2")


async def write_history(path: Path, url: str | None = None) -> str:
    """Write it, each message twice, and return the id of a session that has a bill."""
    desk = Desk(path, waits=False, url=url)
    await _charge(desk)
    await _tell(desk)
    await desk.settled()
    session_id = str(desk.rows("SELECT session_id FROM cost_line ORDER BY ALL LIMIT 1")[0][0])
    await _record(desk, session_id)
    await desk.restart()  # what it remembers is read back
    await _repeat(desk)
    await desk.settled()
    await desk.store.refresh_open_sessions(NOON + 3 * HOUR)
    await Keeper(desk.store, RetentionPolicy()).roll_up()
    await desk.store.run(_others)
    await desk.store.close()
    return session_id


def _others(database: Database, settlement: Settlement) -> None:
    """Two rows of anything for each table that nothing above fills."""
    del settlement
    with database.transaction():
        for table in tables().values():
            found = database.connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
            if found == (0,):
                full = [_anything(column) for column in table.columns]
                bare = [
                    cell if column.required else None
                    for cell, column in zip(full, table.columns, strict=True)
                ]
                database.append(table.name, [full, bare])


def _anything(column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "VARCHAR": f"{column.name} 'ä' \N{BLACK CHESS KNIGHT}\n",
        "TIMESTAMPTZ": NOON + timedelta(microseconds=1),
        "DOUBLE": 1 / 3,
        "BIGINT": 2**62 + 1,
        "INTEGER": -7,
        "BOOLEAN": True,
        "DATE": date(2026, 3, 2),
    }
    if column.type.startswith("DECIMAL"):
        return Decimal("-1.10")
    return cells[column.type]


async def _charge(desk: Desk) -> None:
    boot = Booted(vendor="Volt", model="One", firmware_version="1.2")
    await desk.hear(boot, NOON - HOUR)
    await desk.hear(boot, NOON - HOUR, charge_point_id=OTHER)
    await _repeat(desk)
    other = start16(NOON, 500, "TOKEN-2")
    await desk.hear(other, NOON, charge_point_id=OTHER)
    for minute in range(5, 45, 5):
        at = NOON + minute * MIN
        await desk.hear(metered(at, 500 + 100 * minute), at, charge_point_id=OTHER)


async def _repeat(desk: Desk) -> None:
    """One session of each generation, from start to bill; heard again, it changes nothing."""
    events: list[tuple[DomainEvent, int]] = [
        (status(NOON, ConnectorStatus.PREPARING), 0),
        (start16(NOON), 0),
        (_many_values(10), 10),
        (metered(NOON + 20 * MIN, 2500), 20),
        (stop16(NOON + 30 * MIN, 1, 4000), 30),
        (metered(NOON + 35 * MIN, 4400), 35),
        (started(NOON, connector=2), 0),
        (updated(NOON + 5 * MIN, 1, register_wh=1500), 5),
        (updated(NOON + 10 * MIN, 3, register_wh=2000), 10),
        (ended(NOON + 40 * MIN, 4), 40),
        (ChargingLimitNotified(connector_id=ONE, source="EMS", grid_critical=False), 41),
        (_needs(), 42),
        (SecurityEventReported(kind="Tamper", at=NOON), 43),
    ]
    for number, (event, minute) in enumerate(events):
        await desk.hear(event, NOON + minute * MIN, message_id=f"once-{number}")


def _many_values(minute: int) -> DomainEvent:
    """A reading with values of its own columns, in the list, and corrected."""
    at = NOON + minute * MIN
    return Metered(
        connector_id=ONE,
        transaction_id=TransactionId(1),
        readings=readings_of(
            [
                MeterSample(taken_at=at, measurand=measurand, value=value, unit=unit, **more)
                for measurand, value, unit, more in (
                    (Measurand.ENERGY_IMPORT_REGISTER, 1750.125, Unit.WH, {"raw_value": "1.75"}),
                    (Measurand.POWER_IMPORT, 7_199.9, Unit.W, {}),
                    (Measurand.CURRENT_IMPORT, 10.1, Unit.A, {"phase": Phase.L1}),
                    (Measurand.FREQUENCY, 1 / 3, Unit.HERTZ, {}),
                    (Measurand.TEMPERATURE, -4.75, Unit.CELSIUS, {"doubt": "it is 'odd', \"too\""}),
                )
            ]
        ),
    )


def _needs() -> ChargingNeedsNotified:
    return ChargingNeedsNotified(
        connector_id=ONE, transfer=EnergyTransfer.DC, energy_wh=9000.0, departure=NOON + HOUR
    )


async def _tell(desk: Desk) -> None:
    limit = ChargingProfile(
        profile_id=7,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        start=NOON,
        periods=(SchedulePeriod(start_s=0, limit=16.0), SchedulePeriod(start_s=36_000, limit=6.0)),
    )
    certificate = InstalledCertificate(
        use=CertificateUse.CSMS_ROOT,
        hash=CertificateHash(
            algorithm="SHA256", issuer_name_hash="aa", issuer_key_hash="bb", serial_number="1"
        ),
    )
    accepted = AuthorizationStatus.ACCEPTED
    for command, result in (
        (
            GetConfiguration(),
            Accepted(configuration=(ConfigurationEntry(key="A", value="1", readonly=False),)),
        ),
        (SetProfile(connector_id=ONE, profile=limit), Accepted()),
        (UpdateFirmware(location="https://example.org/fw", retrieve_at=NOON), Accepted()),
        (
            ReserveNow(
                reservation_id=7, id_token=IdToken("T"), connector_id=ONE, expires_at=NOON + HOUR
            ),
            Accepted(),
        ),
        (
            SendLocalList(
                version=1, entries=(LocalListEntry(id_token=IdToken("T"), status=accepted),)
            ),
            Accepted(),
        ),
        (GetInstalledCertificates(), Accepted(certificates=(certificate,))),
        (
            InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem="..."),
            TimedOut(after_s=30),
        ),
        (
            GetTransactionStatus(transaction_id=TransactionId(1)),
            Accepted(transaction=TransactionStatus(ongoing=False, messages_in_queue=True)),
        ),
    ):
        await desk.tell(command, result, NOON + 50 * MIN)


async def _record(desk: Desk, session_id: str) -> None:
    store = desk.store
    finding = Finding(value="A", evidence=Evidence.ASKED, first_at=NOON, last_at=NOON)
    model = ModelKey(vendor="Volt", model="One", firmware="1.2")
    loads = (
        SiteLoadRecord(
            at=NOON + 5 * minute * MIN,
            step_s=300,
            building_w=10_000.0,
            pv_w=4_000.0,
            charging_w=7_200.0,
            site_w=13_200.0,
            limit_w=43_000.0,
        )
        for minute in range(-12, 12)
    )
    prices = (
        PriceRecord(
            starts_at=NOON + hour * HOUR,
            step_s=3600,
            value_per_kwh=Decimal("0.123456"),
            currency="EUR",
            kind=kind,
            source="exchange",
        )
        for hour in range(-1, 3)
        for kind in PriceKind
    )
    day = DayResultRecord(
        day=date(2026, 3, 2),
        sessions=3,
        energy_asked_wh=9000.0,
        energy_feasible_wh=9000.0,
        energy_delivered_wh=8000.0,
        peak_w=13_200.0,
        limit_w=43_000.0,
        seconds_above_limit=0.0,
        energy_cost=Decimal("1.23"),
        energy_cost_unmanaged=Decimal("2.34"),
        demand_charge=Decimal("3.45"),
        demand_charge_unmanaged=Decimal("4.56"),
        revenue=Decimal("5.67"),
        currency="EUR",
    )
    need = DriverNeed(energy_wh=9000.0, departure=NOON + 2 * HOUR, stated=True)
    accepted, blocked = AuthorizationStatus.ACCEPTED, AuthorizationStatus.BLOCKED
    drift = Drift(
        name="A",
        wanted="2",
        found="1",
        state=DriftState.DIFFERS,
        words="So.",
        source="",
        checked_at=NOON,
    )
    alarm = AlarmRecord(alarm_id="a", raised_at=NOON, kind="k", subject="CP-1/1", words="Look.")
    for _ in range(2):  # recorded again, each is one row
        await asyncio.gather(
            store.record(*loads),
            store.record(*prices),
            store.record(day),
            store.record(alarm),
            store.record(PlanRecord(outcome=Fallback(plan=PLAN, why="no time"), snapshot=SNAPSHOT)),
            store.record(DriverNeedRecord(session_id=SessionId(session_id), at=NOON, need=need)),
            store.record(TokenRecord(id_token=IdToken("T"), status=accepted, at=NOON)),
            store.record(
                ChargerFindingsRecord(
                    charge_point_id=CP,
                    profile=ChargerProfile(model=model, findings={Fact.RATE_UNITS: finding}),
                ),
                DriftRecord(charge_point_id=CP, drift=drift),
                DefaultCheckRecord(
                    ref=ConnectorRef(CP, ONE), state="verified", words="So.", at=NOON
                ),
            ),
        )
    await store.record(
        TokenRecord(id_token=IdToken("T"), status=blocked, at=NOON + HOUR, label="X")
    )
