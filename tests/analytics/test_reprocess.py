"""Every table that follows from messages can be made anew from them, and comes out the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from analytics.reader import open_reader
from analytics.records import DriverNeedRecord
from analytics.reprocess import Reprocessed
from analytics.retention.days import roll_days
from analytics.retention.keeper import Keeper, RetentionPolicy
from ocpp_core.domain.commands import (
    ChangeConfiguration,
    ClearProfile,
    GetComposite,
    GetConfiguration,
    LocalListEntry,
    ReserveNow,
    SendLocalList,
    SetProfile,
)
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken, SessionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.session import DriverNeed
from tests.analytics.builders import NOON, make_site
from tests.analytics.wire import (
    V21,
    V201,
    WireDesk,
    differences,
    event,
    metered,
    reprocessed,
    start,
    status,
    stop,
)

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def a_day_of_16(desk: WireDesk) -> None:
    await desk.take(
        "BootNotification",
        {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1.2"},
        NOON,
    )
    await desk.take("StatusNotification", status(NOON, "Preparing"), NOON)
    answer = await desk.take("StartTransaction", start(NOON), NOON)
    number = answer["transactionId"]
    for step in range(1, 10):
        at = NOON + step * 5 * MIN
        await desk.take("MeterValues", metered(at, 1000 + 500 * step, number), at)
    end = NOON + 50 * MIN
    # A stop that names none: matched by connector, token and times.
    await desk.take("StopTransaction", stop(end, -1, 6000, idTag="TOKEN-1"), end)
    await desk.take("StopTransaction", stop(end, number, 7000), end + MIN)
    await desk.take("MeterValues", metered(end - 7 * MIN, 5300, None), end + 2 * MIN)
    await desk.take("StatusNotification", status(end, "Available"), end)
    await desk.take("StartTransaction", start(end + 10 * MIN, 6000, idTag="OTHER"), end + 10 * MIN)


async def a_day_of_2(desk: WireDesk) -> None:
    version = V201
    await desk.take(
        "TransactionEvent",
        event("Updated", NOON + MIN, 1, register_wh=1100, evse={"id": 1}),
        NOON + 2 * MIN,
        version=version,
    )
    await desk.take(
        "TransactionEvent",
        event("Started", NOON, 0, register_wh=1000, context="Transaction.Begin", offline=True),
        NOON + 3 * MIN,
        version=version,
    )
    await desk.take(
        "StatusNotification",
        {
            "timestamp": "2026-03-02T12:00:00Z",
            "connectorStatus": "Occupied",
            "evseId": 1,
            "connectorId": 1,
        },
        NOON,
        version=version,
    )
    await desk.take(
        "StatusNotification",
        {
            "timestamp": "2026-03-02T12:00:01Z",
            "connectorStatus": "Available",
            "evseId": 1,
            "connectorId": 2,
        },
        NOON,
        version=version,
    )
    await desk.restart()
    await desk.take(
        "TransactionEvent",
        event(
            "Ended",
            NOON + 40 * MIN,
            3,
            register_wh=4000,
            context="Transaction.End",
            info={"stoppedReason": "EVDisconnected"},
            idToken={"idToken": "T", "type": "ISO14443"},
        ),
        NOON + 40 * MIN,
        version=version,
    )
    await desk.take(
        "NotifyEVChargingNeeds",
        {"evseId": 1, "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase"}},
        NOON + 41 * MIN,
        version=version,
    )
    await desk.take(
        "SecurityEventNotification", {"type": "Tamper", "timestamp": "2026-03-02T12:00:00Z"},
        NOON + 42 * MIN, version=V21,
    )  # fmt: skip


def profile() -> ChargingProfile:
    return ChargingProfile(
        profile_id=7,
        stack_level=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        rate_unit=RateUnit.A,
        start=NOON,
        periods=(SchedulePeriod(start_s=0, limit=16.0), SchedulePeriod(start_s=3600, limit=8.04)),
    )


async def orders(desk: WireDesk) -> None:
    ok = {"status": "Accepted"}
    one = ConnectorId(1)
    await desk.order(SetProfile(connector_id=one, profile=profile()), ok, NOON)
    await desk.order(SetProfile(connector_id=one, profile=profile()), {"status": "Rejected"}, NOON)
    await desk.order(
        GetComposite(connector_id=one, duration_s=60),
        {
            "status": "Accepted",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
            },
        },
        NOON,
    )
    await desk.order(ClearProfile(profile_id=7), ok, NOON + MIN)
    await desk.order(ChangeConfiguration(key="AuthorizationKey", value="secret"), ok, NOON)
    await desk.order(ChangeConfiguration(key="HeartbeatInterval", value="60"), ok, NOON)
    await desk.order(
        GetConfiguration(),
        {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}]},
        NOON + MIN,
    )
    await desk.order(
        ReserveNow(
            reservation_id=3, id_token=IdToken("A"), expires_at=NOON + 60 * MIN, connector_id=one
        ),
        ok,
        NOON,
    )
    entry = LocalListEntry(id_token=IdToken("A"), status=AuthorizationStatus.ACCEPTED)
    await desk.order(SendLocalList(version=2, entries=(entry,)), ok, NOON)
    # OCPP 2.x has no key: it is a variable there, and keeps the name that was ordered.
    await desk.order(
        ChangeConfiguration(key="HeartbeatInterval", value="70"),
        {
            "setVariableResult": [
                {
                    "attributeStatus": "Accepted",
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                }
            ]
        },
        NOON + 2 * MIN,
        version=V201,
    )


@pytest.mark.parametrize("script", [a_day_of_16, a_day_of_2, orders])
def test_messages_make_the_very_same_tables_again(
    path: Path, script: Callable[[WireDesk], Awaitable[None]]
) -> None:
    async def run() -> list[str]:
        desk = WireDesk(path)
        await script(desk)
        return differences(await desk.reprocessed())

    assert [] == asyncio.run(run())


def _stored(path: Path, script: Callable[[WireDesk], Awaitable[None]] = a_day_of_16) -> WireDesk:
    async def run() -> WireDesk:
        desk = WireDesk(path)
        await script(desk)
        await desk.settled()
        await desk.store.close()
        return desk

    return asyncio.run(run())


def _tamper(path: Path, *statements: str) -> None:
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


def test_messages_are_read_some_numbers_at_a_time_whatever_gaps_these_have(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _stored(path)
    _tamper(
        path,
        "UPDATE ocpp_message SET seq = seq + 1_000_000_000_000 WHERE seq > 7",
        "UPDATE meter_reading SET message_seq = message_seq + 1_000_000_000_000 "
        "WHERE message_seq > 7",
    )
    monkeypatch.setattr("analytics.rebuild._MESSAGES", 3)

    assert [] == differences(reprocessed(path, desk.site))


def test_a_row_that_messages_do_not_make_is_told_in_words(path: Path) -> None:
    desk = _stored(path)
    _tamper(
        path,
        "UPDATE session SET meter_stop_wh = 9999 WHERE id_token = 'TOKEN-1'",
        "DELETE FROM status WHERE status = 'Preparing'",
        "UPDATE charge_point SET firmware_version = '9' WHERE booted_at IS NOT NULL",
    )

    found = reprocessed(path, desk.site)

    told = {table.table: table.differences for table in found.tables if not table.same}
    assert {"session", "status", "charge_point"} == set(told)
    assert "meter_stop_wh was 9999, messages say 6000" in told["session"][0]
    assert "messages make this row, and it is not there" in told["status"][0]
    assert "firmware_version was 9, messages say 1.2" in told["charge_point"][0]


def test_without_apply_the_database_stays_as_it_is(path: Path) -> None:
    desk = _stored(path)
    _tamper(path, "DELETE FROM meter_reading", "CHECKPOINT")
    before = path.read_bytes()

    found = reprocessed(path, desk.site)

    assert not found.same
    assert found.copy is None
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_with_apply_the_tables_are_put_right_and_the_old_database_is_kept(path: Path) -> None:
    desk = _stored(path)
    _tamper(path, "DELETE FROM meter_reading", "UPDATE session SET energy_wh = 1")

    found = reprocessed(path, desk.site, apply=True)

    assert found.copy is not None
    with duckdb.connect(found.copy) as old:
        assert [(0,)] == old.execute("SELECT count(*) FROM meter_reading").fetchall()
    assert reprocessed(path, desk.site).same
    with open_reader(path) as reader:
        sizes = {name: table.rows for name, table in reader.table_hashes().items()}
    assert (2, 10) == (sizes["session"], sizes["meter_reading"])


def test_days_are_rolled_up_anew(path: Path) -> None:
    async def a_day(desk: WireDesk) -> None:
        answer = await desk.take("StartTransaction", start(NOON - 12 * HOUR), NOON - 12 * HOUR)
        end = NOON - HOUR
        number = answer["transactionId"]
        await desk.take("MeterValues", metered(end - HOUR, 4000, number), end - HOUR)
        await desk.take("StopTransaction", stop(end, number, 6000), end)
        zone = desk.site.timezone
        await desk.store.run(lambda database, _: roll_days(database, zone, NOON + 20 * HOUR))

    def rolled() -> list[list[tuple[object, ...]]]:
        with duckdb.connect(path, read_only=True) as stored:
            return [
                stored.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
                for table in ("charging_day", "earning_day", "outcome_day")
            ]

    desk = _stored(path, a_day)
    before = rolled()
    _tamper(path, "DELETE FROM charging_day", "UPDATE earning_day SET revenue = 7")

    reprocessed(path, desk.site, apply=True)

    assert [5, 5, 5] == [len(table) for table in before]
    assert before == rolled()


def test_a_crash_on_the_way_is_harmless(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = _stored(path)
    before = path.read_bytes()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("analytics.reprocess.compare", crash)
        with pytest.raises(KeyboardInterrupt):
            reprocessed(path, desk.site, apply=True)

    assert before == path.read_bytes()
    # What a killed process leaves behind is thrown away by the next one.
    path.with_name("depot.reprocessed.duckdb").write_bytes(b"half a database")
    assert reprocessed(path, desk.site, apply=True).same


def test_a_running_server_keeps_its_database(path: Path) -> None:
    async def run() -> None:
        desk = WireDesk(path)
        await a_day_of_16(desk)
        await desk.settled()
        with pytest.raises(StoreError):
            reprocessed(path, desk.site)
        await desk.store.close()

    asyncio.run(run())


def test_what_messages_do_not_tell_is_taken_from_where_it_is_stored(path: Path) -> None:
    """What drivers need, imported sessions, prices: nothing of that is lost."""

    async def run() -> Reprocessed:
        desk = WireDesk(path)
        await desk.take("StartTransaction", start(NOON), NOON)
        ((session_id,),) = desk.rows("SELECT session_id FROM session")
        need = DriverNeed(energy_wh=9000.0, departure=NOON + 300 * MIN)
        await desk.store.record(
            DriverNeedRecord(session_id=SessionId(session_id), at=NOON, need=need)
        )
        at = NOON + 30 * MIN
        await desk.take("StopTransaction", stop(at, 1, 4000), at)
        return await desk.reprocessed()

    found = asyncio.run(run())
    assert [] == differences(found)
    _tamper(
        path,
        "UPDATE session_interval SET price_per_kwh = 0.99",
        "INSERT INTO session BY NAME SELECT * REPLACE "
        "('imported' AS session_id, 'acn' AS source) FROM session",
        "INSERT INTO session_interval BY NAME SELECT * REPLACE ('imported' AS session_id) "
        "FROM session_interval",
    )

    again = reprocessed(path, make_site(chargers=2, connectors=2), apply=True)

    assert [] == differences(again)
    with duckdb.connect(path) as connection:
        assert [(2,)] == connection.execute("SELECT count(*) FROM session").fetchall()
        assert [(4,)] == connection.execute("SELECT count(*) FROM session_interval").fetchall()


def test_messages_and_readings_in_the_archive_count(path: Path) -> None:
    """What was moved to files stays there, and is what messages say."""

    async def run() -> Reprocessed:
        desk = WireDesk(path)
        await a_day_of_16(desk)
        number = desk.rows("SELECT max(transaction_id) FROM session")[0][0]
        at = NOON + 90 * MIN
        await desk.take("StopTransaction", stop(at, number, 6100), at)
        await desk.settled()
        desk.clock.advance(100 * 86_400)
        await Keeper(desk.store, RetentionPolicy(raw_days=30)).tidy()
        assert [(0,)] == desk.rows("SELECT count(*) FROM meter_reading")
        return await desk.reprocessed(apply=True)

    found = asyncio.run(run())

    assert [] == differences(found)
    with open_reader(path) as reader:
        assert 10 == reader.table_hashes()["meter_reading"].rows
        assert 0 == reader.sql("SELECT count(*) AS n FROM meter_reading")["n"].iloc[0]
    assert reprocessed(path, make_site(chargers=2, connectors=2)).same


def test_messages_that_cannot_be_read_any_more_replace_nothing(path: Path) -> None:
    desk = _stored(path)
    _tamper(path, "UPDATE ocpp_message SET frame = 'half' WHERE action = 'StartTransaction'")

    found = reprocessed(path, desk.site)

    assert 2 == found.rebuilt.unread_count
    assert "cannot be read any more" in found.rebuilt.unread[0]
    with pytest.raises(StoreError):
        reprocessed(path, desk.site, apply=True)


def test_what_deleted_messages_made_is_not_given_up(path: Path) -> None:
    desk = _stored(path)
    _tamper(path, "DELETE FROM ocpp_message WHERE seq <= 3")

    assert 3 == reprocessed(path, desk.site).rebuilt.forgotten
    with pytest.raises(StoreError):
        reprocessed(path, desk.site, apply=True)
