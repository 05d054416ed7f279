"""What the store promises whoever hands it messages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics.records import (
    AlarmRecord,
    DayResultRecord,
    DriverNeedRecord,
    PriceRecord,
    SiteLoadRecord,
    TokenRecord,
)
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.commands import Accepted, SetProfile
from ocpp_core.domain.errors import ConfigurationError, StoreError
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    BootReply,
    BootStatus,
    ConnectorStatus,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, SessionId, SiteId
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from ocpp_core.domain.session import DriverNeed
from tests.analytics.builders import NOON, TARIFF, Charger, make_site
from tests.analytics.conftest import OpenStore


async def append(store: Store, messages: Iterable[StoredMessage]) -> None:
    await asyncio.gather(*(store.append(message) for message in messages))


def rows(store: Store, select: str) -> list[tuple[object, ...]]:
    found = store._database.connection.cursor().execute(select).fetchall()
    return list(found)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# Sessions ---------------------------------------------------------------------------------------


async def test_a_session_is_told_from_its_messages(open_store: OpenStore) -> None:
    store = open_store()
    messages = Charger().whole_session(NOON, 7)

    await append(store, messages)

    with store.reader() as reader:
        session = reader.sessions(NOON, NOON + timedelta(days=1)).iloc[0]
    assert "CP-1/1" == session["connector"]
    assert 14.4 == session["energy_kwh"]
    assert 6.12 == session["revenue"]  # 14.4 x 0.39 + 0.50
    assert len(messages) == store.counters["messages_stored"]


async def test_the_grid_of_a_session_sums_to_its_energy(open_store: OpenStore) -> None:
    store = open_store()

    await append(store, Charger().whole_session(NOON + minutes(7), 7))

    assert [(14_400, 14_400)] == rows(
        store, "SELECT (SELECT sum(energy_wh) FROM session_interval), energy_wh FROM session"
    )


async def test_a_running_session_has_provisional_energy_and_cost(open_store: OpenStore) -> None:
    store = open_store()
    await append(store, Charger().whole_session(NOON, 7)[:-1])

    assert 1 == await store.refresh_open_sessions(NOON + minutes(120))

    assert [(13_800, True)] == rows(
        store, "SELECT sum(energy_wh), bool_and(provisional) FROM session_interval"
    )
    assert [(13_800, None)] == rows(store, "SELECT energy_wh, ended_at FROM session")


async def test_refreshing_again_changes_nothing(open_store: OpenStore) -> None:
    store = open_store()
    await append(store, Charger().whole_session(NOON, 7)[:-1])
    tables = "SELECT * FROM session_interval ORDER BY slot_start"
    await store.refresh_open_sessions(NOON + minutes(120))
    before = rows(store, tables)

    await store.refresh_open_sessions(NOON + minutes(120))

    assert before == rows(store, tables)


async def test_the_first_stop_counts_and_a_later_one_is_a_conflict(open_store: OpenStore) -> None:
    """OCPP.md row 2."""
    store, charger = open_store(), Charger()
    await append(
        store,
        [
            charger.start(NOON, 7),
            charger.stop(NOON + minutes(60), 7, 5000),
            charger.stop(NOON + minutes(61), 7, 9000),
        ],
    )

    assert [(4000, 5000)] == rows(store, "SELECT energy_wh, meter_stop_wh FROM session")
    ((findings,),) = rows(store, "SELECT findings FROM ocpp_message WHERE findings <> ''")
    assert "9000 Wh conflicts with the first one at 5000 Wh" in str(findings)


async def test_a_stop_from_another_charger_ends_nothing(open_store: OpenStore) -> None:
    """OCPP.md row 12."""
    store = open_store()
    await append(store, [Charger().start(NOON, 7)])

    await append(store, [Charger("CP-2").stop(NOON + minutes(60), 7, 5000)])

    assert [(None,)] == rows(store, "SELECT ended_at FROM session")
    assert [("the transaction belongs to another charger",)] == [
        (str(findings).splitlines()[0],)
        for (findings,) in rows(store, "SELECT findings FROM ocpp_message WHERE findings <> ''")
    ]


async def test_a_repeated_start_keeps_one_session(open_store: OpenStore) -> None:
    """OCPP.md row 1: the charger's second try has another message id."""
    store, charger = open_store(), Charger()
    await append(store, [charger.start(NOON, 7), charger.start(NOON, 7)])

    assert [(1,)] == rows(store, "SELECT count(*) FROM session")


async def test_a_start_after_the_stop_does_not_open_the_session_again(
    open_store: OpenStore,
) -> None:
    """OCPP.md row 1."""
    store, charger = open_store(), Charger()
    await append(store, [charger.start(NOON, 7), charger.stop(NOON + minutes(60), 7, 5000)])

    await append(store, [charger.start(NOON, 7)])

    assert [(4000, True)] == rows(store, "SELECT energy_wh, ended_at IS NOT NULL FROM session")


async def test_readings_without_a_transaction_belong_to_the_session_at_the_connector(
    open_store: OpenStore,
) -> None:
    """OCPP.md row 6."""
    store, charger = open_store(), Charger()
    await append(store, [charger.start(NOON, 7), charger.metered(NOON + minutes(5), 1500, None)])

    await store.refresh_open_sessions(NOON + minutes(5))

    assert [(500,)] == rows(store, "SELECT energy_wh FROM session")


async def test_energy_after_the_stop_is_not_billed(open_store: OpenStore) -> None:
    """OCPP.md row 25."""
    store, charger = open_store(), Charger()
    await append(
        store,
        [
            charger.start(NOON, 7),
            charger.stop(NOON + minutes(60), 7, 5000),
            charger.metered(NOON + minutes(65), 6000, 7),
        ],
    )

    assert [(4000,)] == rows(store, "SELECT energy_wh FROM session")
    assert [(None,)] == rows(store, "SELECT session_id FROM meter_sample")


async def test_a_reading_that_comes_late_shapes_the_course_of_its_session(
    open_store: OpenStore,
) -> None:
    store, charger = open_store(), Charger()
    await append(store, [charger.start(NOON, 7), charger.stop(NOON + minutes(60), 7, 5000)])

    await append(store, [charger.metered(NOON + minutes(30), 5000, 7)])

    assert [2000, 2000, 0, 0] == [
        row[0] for row in rows(store, "SELECT energy_wh FROM session_interval ORDER BY slot_start")
    ]


async def test_a_session_keeps_the_tariff_version_of_its_start(open_store: OpenStore) -> None:
    first, charger = open_store(), Charger()
    await append(first, [charger.start(NOON, 7)])
    await first.close()
    dearer = replace(
        TARIFF,
        version=2,
        energy_price_per_kwh=Decimal(1),
        valid_from=NOON + minutes(30),
    )

    second = open_store(driver_tariff=dearer)
    await append(second, [charger.stop(NOON + minutes(60), 7, 11_000)])
    await append(second, [charger.start(NOON + minutes(90), 8)])
    await append(second, [charger.stop(NOON + minutes(150), 8, 11_000)])

    assert [(Decimal("3.90"), 1), (Decimal("10.00"), 2)] == rows(
        second,
        "SELECT amount, tariff_version FROM cost_line WHERE kind = 'ENERGY' ORDER BY amount",
    )


async def test_other_prices_under_the_same_version_are_refused(open_store: OpenStore) -> None:
    await open_store().close()

    with pytest.raises(ConfigurationError, match="version 1 has other prices") as refusal:
        open_store(driver_tariff=replace(TARIFF, energy_price_per_kwh=Decimal(1)))
    assert "at least 2" in refusal.value.hint


# Restart ----------------------------------------------------------------------------------------


async def test_after_a_restart_the_live_site_knows_what_was_stored(open_store: OpenStore) -> None:
    charger = Charger()
    first = open_store()
    boot = Booted(vendor="Acme", model="M1")
    boot_reply = BootReply(status=BootStatus.ACCEPTED, at=NOON, heartbeat_interval_s=300)
    started = charger.start(NOON, 7)
    await append(
        first,
        [
            charger.message(NOON, boot, boot_reply),
            charger.status(NOON, ConnectorStatus.PREPARING),
            started,
            charger.status(NOON + minutes(1), ConnectorStatus.CHARGING),
            charger.metered(NOON + minutes(5), 1500, 7),
        ],
    )
    need = DriverNeed(energy_wh=9000, departure=NOON + timedelta(hours=5))
    await first.record(
        DriverNeedRecord(session_id=SessionId(charger.session_id(started)), at=NOON, need=need)
    )
    await first.close()
    live = LiveSite(make_site())

    open_store().load_live(live)

    (session,) = live.open_sessions()
    connector = live.connector(session.ref)
    assert connector is not None
    assert (500, need) == (session.energy_wh, session.need)
    assert ConnectorStatus.CHARGING is connector.status
    assert 7 == live.last_transaction_id
    assert boot == live.charge_points[started.charge_point_id].boot
    assert live.charge_points[started.charge_point_id].boot_status is BootStatus.ACCEPTED


async def test_a_restart_in_mid_session_changes_no_total(open_store: OpenStore) -> None:
    """OCPP.md row 17."""
    messages = Charger().whole_session(NOON, 7)
    first = open_store()
    await append(first, messages[:10])
    await first.close()

    second = open_store()
    await append(second, messages[8:])  # the last two were sent again

    assert [(14_400,)] == rows(second, "SELECT energy_wh FROM session")
    assert [(len(messages),)] == rows(second, "SELECT count(*) FROM ocpp_message")


async def test_a_database_of_another_site_is_refused(open_store: OpenStore) -> None:
    await open_store().close()
    other = replace(make_site(), site_id=SiteId("elsewhere"))

    with pytest.raises(ConfigurationError, match="holds site depot, not elsewhere"):
        open_store(site=other)


async def test_a_connector_that_left_the_configuration_keeps_its_history(
    open_store: OpenStore,
) -> None:
    first = open_store()
    await append(first, Charger("CP-2").whole_session(NOON, 7))
    await first.close()

    second = open_store(site=make_site(chargers=1))

    with second.reader() as reader:
        connectors = reader.connectors().set_index("connector")["configured"]
        used = reader.utilization(NOON, NOON + timedelta(days=1))
    assert {"CP-1/1": True, "CP-2/1": False} == connectors.to_dict()
    assert ["CP-1/1", "CP-2/1"] == used["connector"].tolist()


# Messages ---------------------------------------------------------------------------------------


async def test_every_message_is_kept_as_it_was_on_the_wire(open_store: OpenStore) -> None:
    store = open_store()
    message = Charger().status(NOON, ConnectorStatus.AVAILABLE)

    await store.append(message)

    assert [(message.frame, message.answer, "answered")] == rows(
        store, "SELECT frame, answer, outcome FROM ocpp_message"
    )


async def test_a_message_that_cannot_be_interpreted_is_kept_raw(open_store: OpenStore) -> None:
    store, charger = open_store(), Charger()
    broken = charger.status(NOON, ConnectorStatus.AVAILABLE)
    object.__setattr__(broken.event, "connector_id", "seven")

    await append(store, [broken, charger.status(NOON, ConnectorStatus.CHARGING)])

    assert [(2,)] == rows(store, "SELECT count(*) FROM ocpp_message")
    assert [("Charging",)] == rows(store, "SELECT status FROM status")
    assert 1 == store.counters["messages_unread"]


async def test_an_order_is_kept_with_its_answer(open_store: OpenStore) -> None:
    store, charger = open_store(), Charger()
    profile = ChargingProfile(
        profile_id=5,
        purpose=ProfilePurpose.TX,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=16), SchedulePeriod(start_s=900, limit=8.5)),
        start=NOON,
        duration_s=1800,
    )
    order = replace(
        charger.status(NOON, ConnectorStatus.CHARGING),
        direction=Direction.TO_CHARGER,
        event=None,
        reply=None,
        command=SetProfile(connector_id=ConnectorId(1), profile=profile),
        result=Accepted(),
        outcome=Outcome.ANSWERED,
    )

    await append(store, [charger.start(NOON, 7), order])

    ((step, answer, periods, session_id),) = rows(
        store, "SELECT step, answer, periods, session_id FROM charging_profile"
    )
    assert ("ordered", "Accepted", "0:16 900:8.5") == (step, answer, periods)
    assert session_id is not None


# Facts ------------------------------------------------------------------------------------------


async def test_an_alarm_recorded_again_is_the_same_alarm(open_store: OpenStore) -> None:
    store = open_store()
    alarm = AlarmRecord(
        alarm_id="a1", raised_at=NOON, kind="over-limit", subject="CP-1/1", words="Draws too much."
    )
    await store.record(alarm)

    await store.record(replace(alarm, cleared_at=NOON + minutes(5)))

    with store.reader() as reader:
        alarms = reader.alarms(NOON, NOON + timedelta(hours=1))
    assert [NOON + minutes(5)] == alarms["cleared_at"].tolist()


async def test_facts_recorded_again_change_nothing(open_store: OpenStore) -> None:
    store = open_store()
    facts = (
        SiteLoadRecord(at=NOON, step_s=60, building_w=1000, site_w=3000),
        PriceRecord(
            starts_at=NOON,
            step_s=3600,
            value_per_kwh=Decimal("0.1"),
            currency="EUR",
            source="exchange",
        ),
        TokenRecord(id_token=IdToken("T"), status=AuthorizationStatus.ACCEPTED, at=NOON),
        DriverNeedRecord(
            session_id=SessionId("s"),
            at=NOON,
            need=DriverNeed(energy_wh=1000, departure=NOON + minutes(60)),
        ),
    )
    for _ in range(3):
        await store.record(*facts)

    for table in ("site_load", "price", "id_token", "driver_need"):
        assert [(1,)] == rows(store, f"SELECT count(*) FROM {table}"), table


async def test_a_day_result_recorded_again_replaces_the_earlier_one(open_store: OpenStore) -> None:
    store = open_store()
    day = DayResultRecord(
        day=date(2026, 3, 2),
        sessions=1,
        energy_asked_wh=1,
        energy_feasible_wh=1,
        energy_delivered_wh=1,
        peak_w=1,
        limit_w=1,
        seconds_above_limit=0,
        energy_cost=Decimal(1),
        energy_cost_unmanaged=Decimal(1),
        demand_charge=Decimal(1),
        demand_charge_unmanaged=Decimal(1),
        revenue=Decimal(1),
        currency="EUR",
    )
    await store.record(day)

    await store.record(replace(day, sessions=2))

    with store.reader() as reader:
        days = reader.days(NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert [2] == days["sessions"].tolist()


async def test_an_hour_of_load_is_found_in_each_of_its_quarters(open_store: OpenStore) -> None:
    store = open_store()

    await store.record(SiteLoadRecord(at=NOON, step_s=3600, building_w=1000, pv_w=400))

    with store.reader() as reader:
        power = reader.site_power(NOON, NOON + minutes(60))
    assert [(1000, 400, 600)] * 4 == list(
        zip(power["building_w"], power["pv_w"], power["site_w"], strict=True)
    )


# Load -------------------------------------------------------------------------------------------


async def test_what_arrives_while_a_commit_runs_goes_into_the_next_one(
    open_store: OpenStore,
) -> None:
    store, charger = open_store(), Charger()

    await append(
        store,
        [charger.metered(NOON + timedelta(seconds=n), 1000 + n, None) for n in range(1000)],
    )

    assert 1000 == store.counters["messages_stored"]
    assert 10 > store.counters["commits"]


async def test_too_many_waiting_messages_are_refused_at_once(open_store: OpenStore) -> None:
    store, charger = open_store(policy=CommitPolicy(waiting=5)), Charger()
    futures = [
        store.append(charger.metered(NOON + timedelta(seconds=n), 1000 + n, None))
        for n in range(20)
    ]

    results = await asyncio.gather(*futures, return_exceptions=True)

    refused = [result for result in results if isinstance(result, StoreError)]
    assert 15 == len(refused) == store.counters["messages_refused"]
    assert "wait for the disk" in str(refused[0])
    assert [(5,)] == rows(store, "SELECT count(*) FROM ocpp_message")


async def test_a_closed_store_takes_nothing(open_store: OpenStore) -> None:
    store = open_store()
    await store.close()

    with pytest.raises(StoreError, match="closed"):
        await store.append(Charger().start(NOON, 7))


async def test_closing_commits_what_waits(open_store: OpenStore) -> None:
    store = open_store()
    waiting = [store.append(message) for message in Charger().whole_session(NOON, 7)]

    await store.close()

    assert all(future.done() and future.exception() is None for future in waiting)
    assert [(len(waiting),)] == rows(open_store(), "SELECT count(*) FROM ocpp_message")


async def test_a_caller_that_went_away_harms_nobody(open_store: OpenStore) -> None:
    store, charger = open_store(), Charger()
    gone = store.append(charger.status(NOON, ConnectorStatus.AVAILABLE))
    gone.cancel()

    await store.append(charger.status(NOON + minutes(1), ConnectorStatus.CHARGING))

    assert [(2,)] == rows(store, "SELECT count(*) FROM status")
