"""Transactions of OCPP 2.x and 1.6, in every order that chargers tell them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocpp_core.domain.commands import Accepted, GetTransactionStatus, TransactionStatus
from ocpp_core.domain.events import (
    AuthorizationStatus,
    ChargingState,
    ConnectorStatus,
    DomainEvent,
    StartReply,
    UpdateReply,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, IdToken, TransactionId
from ocpp_core.domain.tokens import KnownToken
from tests.analytics.builders import NOON
from tests.analytics.desk import (
    CP,
    Desk,
    ended,
    metered,
    read,
    start16,
    started,
    status,
    stop16,
    updated,
)

MIN = timedelta(minutes=1)
REF = ConnectorRef(CP, ConnectorId(1))


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    desk = Desk(path)
    yield desk
    await desk.store.close()


async def test_a_transaction_told_in_order_is_one_session(desk: Desk) -> None:
    first = await desk.hear(started(NOON), NOON)
    await desk.hear(updated(NOON + 10 * MIN, 1, register_wh=2000), NOON + 10 * MIN)
    await desk.hear(ended(NOON + 20 * MIN, 2, meter_wh=3000), NOON + 20 * MIN)

    session = desk.session()
    assert isinstance(first.reply, StartReply)
    assert (2.0, "metered", "", 1, "tx", False) == (
        session["energy_kwh"], session["trust"], session["findings"], session["transaction_id"],
        session["station_transaction_id"], session["adopted"],
    )  # fmt: skip


async def test_missing_events_are_named_once_the_transaction_ended(desk: Desk) -> None:
    """OCPP.md section 2.2: gaps are legal and are reported."""
    await desk.hear(started(NOON), NOON)
    await desk.hear(updated(NOON + MIN, 3), NOON + MIN)
    assert "" == desk.session()["findings"]
    await desk.hear(ended(NOON + 2 * MIN, 5, meter_wh=1500), NOON + 2 * MIN)

    assert "of the events 0 to 5 these never came: 1 to 2, 4" == desk.session()["findings"]
    with desk.ask() as reader:
        gaps = reader.transaction_gaps(NOON - MIN, NOON + MIN)
        events = reader.transaction_events(desk.session()["session_id"])
    assert [("1, 2, 4", 3, True, True)] == list(
        zip(gaps.missing_numbers, gaps.missing, gaps.started, gaps.ended, strict=True)
    )
    assert [2, 1] == list(events["missing_before"].dropna())


async def test_an_event_that_comes_late_closes_the_gap(desk: Desk) -> None:
    await desk.hear(started(NOON), NOON)
    await desk.hear(ended(NOON + 2 * MIN, 2, meter_wh=1500), NOON + 2 * MIN)
    late = updated(NOON + MIN, 1, register_wh=1200, offline=True)
    decision = await desk.hear(late, NOON + 9 * MIN)

    assert "ended" in decision.findings[0]
    assert ("", 0.5) == tuple(desk.session()[["findings", "energy_kwh"]])
    assert () == desk.live.open_sessions()


async def test_an_end_before_the_start_is_merged_with_it(desk: Desk) -> None:
    await desk.hear(ended(NOON + 60 * MIN, 4, meter_wh=5000, connector=2), NOON + 60 * MIN)
    adopted = desk.session()
    assert (True, "doubtful", 0.0) == tuple(adopted[["adopted", "trust", "energy_kwh"]])
    await desk.hear(started(NOON, connector=2), NOON + 61 * MIN)

    session = desk.session()
    assert (False, "metered", 4.0, "CP-1/2") == tuple(
        session[["adopted", "trust", "energy_kwh", "connector"]]
    )
    assert NOON == session["started_at"]
    assert () == desk.live.open_sessions()


async def test_a_transaction_of_which_only_updates_come_is_adopted(desk: Desk) -> None:
    await desk.hear(updated(NOON, 7, connector=2, register_wh=9000), NOON)
    await desk.hear(updated(NOON + 30 * MIN, 8, register_wh=12_000), NOON + 30 * MIN)

    (session,) = desk.live.open_sessions()
    assert (3000.0, AuthorizationStatus.ACCEPTED, 9000) == (
        session.energy_wh, session.status, session.meter_start_wh,
    )  # fmt: skip
    await desk.hear(ended(NOON + 40 * MIN, 9, meter_wh=12_500), NOON + 40 * MIN)
    assert (3.5, True) == tuple(desk.session()[["energy_kwh", "adopted"]])
    assert "its start never came" in desk.session()["findings"]


async def test_repeated_events_change_nothing_also_under_another_id(desk: Desk) -> None:
    """OCPP.md rows 1, 3 and 16."""
    last = ended(NOON + 20 * MIN, 2)
    events: list[DomainEvent] = [
        started(NOON),
        updated(NOON + 10 * MIN, 1, register_wh=2000),
        last,
    ]
    for event in events:
        await desk.hear(event, NOON + 20 * MIN)
    selects = (
        "SELECT * EXCLUDE (findings, remarks) FROM session ORDER BY ALL",
        *(
            f"SELECT * FROM {table} ORDER BY ALL"
            for table in ("transaction_event", "meter_sample", "session_interval", "cost_line")
        ),
    )
    once = [desk.rows(select) for select in selects]
    for event in events[:-1]:
        await desk.hear(event, NOON + 30 * MIN)
    decision = await desk.hear(last, NOON + 30 * MIN)
    again = [desk.rows(select) for select in selects]

    assert once == again
    assert "ended before" in decision.findings[0]


async def test_a_token_and_a_connector_may_come_later(desk: Desk) -> None:
    desk.know(KnownToken(id_token=IdToken("LATE"), status=AuthorizationStatus.BLOCKED))
    await desk.hear(started(NOON, connector=0, token=""), NOON)
    assert () == desk.live.open_sessions()
    decision = await desk.hear(updated(NOON + MIN, 1, connector=2, token="LATE"), NOON + MIN)

    assert isinstance(decision.reply, UpdateReply)
    (session,) = desk.live.open_sessions()
    assert ("LATE", AuthorizationStatus.BLOCKED, 2) == (
        session.id_token, session.status, session.ref.connector_id,
    )  # fmt: skip
    assert [("LATE", "Blocked", 2)] == desk.rows(
        "SELECT id_token, token_status, connector_id FROM session"
    )


async def test_the_card_that_ends_a_transaction_is_not_the_one_that_pays(desk: Desk) -> None:
    await desk.hear(started(NOON), NOON)
    await desk.hear(updated(NOON + MIN, 1, token="OTHER", cable_max_current_a=32.0), NOON + MIN)

    assert [("TOKEN-1",)] == desk.rows("SELECT id_token FROM session")
    assert "TOKEN-1" == desk.live.open_sessions()[0].id_token


async def test_two_evses_of_a_charger_and_two_chargers_may_use_one_transaction_id(
    desk: Desk,
) -> None:
    other = ChargePointId("CP-2")
    await desk.hear(started(NOON, name="1"), NOON)
    await desk.hear(started(NOON, name="2", connector=2), NOON)
    await desk.hear(started(NOON, name="1"), NOON, charge_point_id=other)
    await desk.hear(ended(NOON + MIN, 1, "1"), NOON + MIN, charge_point_id=other)

    assert {TransactionId(1), TransactionId(2)} == {
        s.transaction_id for s in desk.live.open_sessions()
    }
    assert [(1,), (2,)] == desk.rows(
        "SELECT transaction_id FROM session WHERE ended_at IS NULL ORDER BY 1"
    )


async def test_an_id_that_a_charger_uses_again_opens_another_session(desk: Desk) -> None:
    await desk.hear(started(NOON, name="1"), NOON)
    await desk.hear(ended(NOON + MIN, 1, "1"), NOON + MIN)
    decision = await desk.hear(started(NOON + 5 * MIN, name="1"), NOON + 5 * MIN)
    repeat = await desk.hear(started(NOON + 5 * MIN, name="1"), NOON + 5 * MIN)
    await desk.restart()
    await desk.hear(ended(NOON + 9 * MIN, 1, "1", meter_wh=7000), NOON + 9 * MIN)

    assert "second time" in decision.findings[0]
    assert decision.session_id == repeat.session_id
    assert [(1, 3000), (2, 7000)] == desk.rows(
        "SELECT transaction_id, meter_stop_wh FROM session ORDER BY 1"
    )


async def test_a_restart_in_mid_transaction_changes_nothing(desk: Desk) -> None:
    """OCPP.md row 17."""
    await desk.hear(status(NOON, ConnectorStatus.OCCUPIED), NOON)
    await desk.hear(started(NOON, meter_wh=None), NOON)
    await desk.hear(updated(NOON + MIN, 1, register_wh=5000), NOON + MIN)
    before = desk.live
    await desk.restart()

    after = desk.live
    assert before.open_sessions() == after.open_sessions()
    assert dict(before.transactions) == dict(after.transactions)
    connector = after.connector(REF)
    assert connector is not None
    assert ConnectorStatus.CHARGING is connector.status
    await desk.hear(updated(NOON + 9 * MIN, 2, register_wh=6000), NOON + 9 * MIN)
    await desk.hear(ended(NOON + 10 * MIN, 3, meter_wh=6500), NOON + 10 * MIN)
    assert 1.5 == desk.session()["energy_kwh"]


async def test_a_transaction_that_waits_in_the_charger_is_never_closed_by_us(desk: Desk) -> None:
    """OCPP.md row 5."""
    await desk.hear(started(NOON), NOON)
    await desk.tell(
        GetTransactionStatus(transaction_id=TransactionId(1)),
        Accepted(transaction=TransactionStatus(ongoing=False, messages_in_queue=True)),
        NOON + 30 * MIN,
    )

    with desk.ask() as reader:
        told = reader.transaction_status(session_id=desk.session()["session_id"])
        ghosts = reader.ghosts(NOON + 31 * MIN)
    assert [(False, True)] == list(zip(told.ongoing, told.messages_in_queue, strict=True))
    assert ["its charger says that it is over and that messages of it still wait"] == list(
        ghosts["reasons"]
    )
    assert 1 == len(desk.live.open_sessions())
    await desk.hear(ended(NOON + 20 * MIN, 1, offline=True), NOON + 60 * MIN)
    assert NOON + 20 * MIN == desk.session()["ended_at"]


async def test_readings_without_a_transaction_join_by_evse_and_time(desk: Desk) -> None:
    """OCPP.md row 6."""
    await desk.hear(started(NOON), NOON)
    await desk.hear(metered(NOON + 10 * MIN, 2000), NOON + 10 * MIN)
    await desk.hear(metered(NOON + 10 * MIN, 70_000, connector=2), NOON + 10 * MIN)
    await desk.hear(ended(NOON + 20 * MIN, 1, meter_wh=None), NOON + 20 * MIN)
    assert 1.0 == desk.session()["energy_kwh"]
    await desk.hear(metered(NOON + 15 * MIN, 2500), NOON + 30 * MIN)
    await desk.hear(metered(NOON + 25 * MIN, 2900), NOON + 30 * MIN)

    assert 1.5 == desk.session()["energy_kwh"]
    assert [(2000.0,), (2500.0,)] == desk.rows(
        "SELECT value FROM meter_sample WHERE session_id IS NOT NULL ORDER BY taken_at"
    )
    with desk.ask() as reader:
        rest = reader.unassigned_energy(NOON, NOON + 60 * MIN)
    assert rest.empty  # its stop was not metered: nothing to compare with


async def test_energy_after_a_stop_is_reported_as_nobodys(desk: Desk) -> None:
    """OCPP.md row 25."""
    await desk.hear(start16(NOON), NOON)
    await desk.hear(stop16(NOON + 20 * MIN, 1, 3000), NOON + 20 * MIN)
    await desk.hear(metered(NOON + 25 * MIN, 3400), NOON + 25 * MIN)
    with desk.ask() as reader:
        assert [0.4] == list(reader.unassigned_energy(NOON, NOON + 60 * MIN)["energy_kwh"])
    await desk.hear(start16(NOON + 30 * MIN, meter_wh=3600), NOON + 30 * MIN)

    with desk.ask() as reader:
        rest = reader.unassigned_energy(NOON, NOON + 60 * MIN)
    assert [(0.6, NOON + 30 * MIN)] == list(zip(rest.energy_kwh, rest.to_at, strict=True))


@pytest.mark.parametrize("number", [-1, 0])
async def test_a_stop_with_a_number_that_means_unknown_is_matched_and_marked(
    desk: Desk, number: int
) -> None:
    """OCPP.md rows 10 and 11."""
    await desk.hear(start16(NOON), NOON)
    await desk.hear(stop16(NOON + MIN, number, 1500, "TOKEN-1"), NOON + MIN)

    session = desk.session()
    assert (0.5, "repaired") == tuple(session[["energy_kwh", "trust"]])
    assert "matched by connector, token and times" in session["findings"]
    assert () == desk.live.open_sessions()


async def test_a_stop_without_a_number_that_comes_again_ends_nobody_else(desk: Desk) -> None:
    """OCPP.md rows 10 and 11: also after a restart, which forgets the answers given."""
    await desk.hear(start16(NOON, token="A", connector=2), NOON)
    await desk.hear(start16(NOON, token="B"), NOON)
    stop = stop16(NOON + MIN, -1, 1500, "B")
    for _ in range(3):
        await desk.hear(stop, NOON + MIN, message_id="stop")
        await desk.restart()

    assert [TransactionId(1)] == [s.transaction_id for s in desk.live.open_sessions()]


async def test_readings_that_come_before_the_connector_is_known_count(desk: Desk) -> None:
    await desk.hear(started(NOON, connector=0, meter_wh=None, state=None), NOON)
    first = updated(NOON + MIN, 1, register_wh=5000, state=ChargingState.SUSPENDED_EV)
    await desk.hear(first, NOON + MIN)
    assert () == desk.live.open_sessions()
    await desk.hear(updated(NOON + 5 * MIN, 2, register_wh=5300, state=None), NOON + 5 * MIN)
    await desk.store.refresh_open_sessions(NOON + 6 * MIN)
    assert (0.3, "CP-1/0") == tuple(desk.session()[["energy_kwh", "connector"]])
    await desk.hear(updated(NOON + 9 * MIN, 3, connector=1, state=None), NOON + 9 * MIN)
    await desk.hear(metered(NOON + 10 * MIN, 5600), NOON + 10 * MIN)

    connector = desk.live.connector(REF)
    assert connector is not None
    assert connector.session is not None
    assert (600.0, ConnectorStatus.SUSPENDED_EV) == (connector.session.energy_wh, connector.status)


async def test_a_stop_with_anothers_number_closes_nothing_of_the_other(desk: Desk) -> None:
    """OCPP.md rows 12 and 13."""
    other = ChargePointId("CP-2")
    await desk.hear(start16(NOON, token="A"), NOON)
    await desk.hear(start16(NOON, token="B"), NOON, charge_point_id=other)
    decision = await desk.hear(stop16(NOON + MIN, 1, token="C"), NOON + MIN, charge_point_id=other)
    await desk.hear(stop16(NOON + 2 * MIN, 2), NOON + 2 * MIN, charge_point_id=other)

    assert "belongs to none" in decision.findings[0]
    assert [TransactionId(1)] == [s.transaction_id for s in desk.live.open_sessions()]


async def test_a_conflicting_stop_is_kept_as_a_remark(desk: Desk) -> None:
    """OCPP.md row 2."""
    await desk.hear(start16(NOON), NOON)
    await desk.hear(stop16(NOON + 20 * MIN, 1, 3000), NOON + 20 * MIN)
    for _ in range(2):
        await desk.hear(stop16(NOON + 21 * MIN, 1, 4000), NOON + 21 * MIN)

    session = desk.session()
    assert 2.0 == session["energy_kwh"]
    assert 1 == session["findings"].count("conflicts")


async def test_a_stop_register_below_the_start_is_never_billed_negative(desk: Desk) -> None:
    """OCPP.md row 14."""
    await desk.hear(start16(NOON, meter_wh=5000), NOON)
    await desk.hear(metered(NOON + 10 * MIN, 6000), NOON + 10 * MIN)
    await desk.hear(stop16(NOON + 20 * MIN, 1, 700), NOON + 20 * MIN)

    assert (1.0, "repaired") == tuple(desk.session()[["energy_kwh", "trust"]])


async def test_an_unmetered_start_counts_from_the_first_good_reading(desk: Desk) -> None:
    """OCPP.md rows 7 and 19: a zero before a lifetime register is no reading."""
    await desk.hear(started(NOON, meter_wh=None, readings=read(NOON, 0.0)), NOON)
    await desk.hear(updated(NOON + 5 * MIN, 1, register_wh=910_000), NOON + 5 * MIN)
    await desk.hear(updated(NOON + 15 * MIN, 2, register_wh=911_000), NOON + 15 * MIN)
    assert 1000.0 == desk.live.open_sessions()[0].energy_wh
    await desk.restart()
    assert 1000.0 == desk.live.open_sessions()[0].energy_wh
    await desk.hear(ended(NOON + 20 * MIN, 3, meter_wh=911_400), NOON + 20 * MIN)

    session = desk.session()
    assert (1.4, "repaired") == tuple(session[["energy_kwh", "trust"]])
    assert [(None,)] == desk.rows("SELECT meter_start_wh FROM session")


async def test_readings_that_count_from_the_start_are_added_to_it_live_and_settled(
    desk: Desk,
) -> None:
    """OCPP.md row 18."""
    await desk.hear(start16(NOON, meter_wh=1_000_000), NOON)
    await desk.hear(metered(NOON + 10 * MIN, 800), NOON + 10 * MIN)
    await desk.hear(metered(NOON + 20 * MIN, 1600), NOON + 20 * MIN)
    assert 1600.0 == desk.live.open_sessions()[0].energy_wh
    await desk.restart()
    assert 1600.0 == desk.live.open_sessions()[0].energy_wh
    await desk.hear(stop16(NOON + 25 * MIN, 1, 1_001_700), NOON + 25 * MIN)

    assert 1.7 == desk.session()["energy_kwh"]


async def test_a_register_that_jumps_and_comes_back_leaves_the_energy_as_it_is(desk: Desk) -> None:
    """OCPP.md row 20."""
    await desk.hear(start16(NOON), NOON)
    for minute, value in ((5, 1500), (6, 9_000_000), (7, 3), (8, 1600)):
        await desk.hear(metered(NOON + minute * MIN, value), NOON + minute * MIN)

    assert 600.0 == desk.live.open_sessions()[0].energy_wh


async def test_ghosts_are_named_with_their_reasons(desk: Desk) -> None:
    """OCPP.md row 9."""
    await desk.hear(start16(NOON, token="A"), NOON)
    await desk.tell(
        GetTransactionStatus(transaction_id=TransactionId(1)),
        Accepted(transaction=TransactionStatus(ongoing=True, messages_in_queue=True)),
        NOON,
    )
    await desk.hear(start16(NOON + MIN, token="B"), NOON + MIN)
    await desk.hear(start16(NOON, token="C", connector=2), NOON)
    await desk.hear(status(NOON + 2 * MIN, ConnectorStatus.AVAILABLE, 2), NOON + 2 * MIN)

    with desk.ask() as reader:
        soon = reader.ghosts(NOON + 3 * MIN)
        later = reader.ghosts(NOON + timedelta(hours=20))
    assert {
        1: "transaction 2 started on the connector since",
        3: "its connector has been reported free since",
    } == dict(zip(soon.transaction_id, soon.reasons, strict=True))
    assert 3 == len(later)
    assert "nothing was heard of it for 20.0 h" in later.iloc[0]["reasons"]
    assert [TransactionId(2), TransactionId(3)] == [
        s.transaction_id for s in desk.live.open_sessions()
    ]


async def test_a_transaction_state_says_more_than_occupied(desk: Desk) -> None:
    connector = desk.live.connector(REF)
    assert connector is not None
    await desk.hear(status(NOON, ConnectorStatus.OCCUPIED), NOON)
    found = [connector.status]
    await desk.hear(started(NOON), NOON)
    found.append(connector.status)
    for number, state in enumerate(
        (ChargingState.CHARGING, ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE), 1
    ):
        await desk.hear(updated(NOON + number * MIN, number, state=state), NOON + number * MIN)
        found.append(connector.status)
    late = updated(NOON, 1, state=ChargingState.IDLE)
    await desk.hear(late, NOON + 5 * MIN)
    found.append(connector.status)
    await desk.hear(ended(NOON + 6 * MIN, 4), NOON + 6 * MIN)
    found.append(connector.status)

    assert [
        ConnectorStatus.OCCUPIED,
        ConnectorStatus.PREPARING,
        ConnectorStatus.CHARGING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.OCCUPIED,
    ] == found


async def test_a_clock_that_is_wrong_is_estimated_and_corrected_beside_the_raw_times(
    desk: Desk,
) -> None:
    """OCPP.md row 28."""
    ahead = timedelta(hours=1)
    await desk.hear(started(NOON + ahead), NOON)
    for minute in range(1, 6):
        at = NOON + minute * MIN
        await desk.hear(updated(at + ahead, minute), at + timedelta(seconds=minute == 3))
    queued = updated(NOON - 90 * MIN, 6)
    await desk.hear(queued, NOON + 6 * MIN)

    session = desk.session()
    assert (3600.0, NOON + ahead, NOON) == (
        session["clock_ahead_s"], session["started_at"], session["started_at_corrected"],
    )  # fmt: skip
    assert 3600.0 == desk.live.charge_points[CP].clock.ahead_s


async def test_a_token_for_one_transaction_at_a_time_is_told_so(desk: Desk) -> None:
    desk.know(KnownToken(id_token=IdToken("ONE"), single=True))
    await desk.hear(started(NOON, name="a", token="ONE"), NOON)
    second = await desk.hear(started(NOON, name="b", token="one", connector=2), NOON)
    third = await desk.hear(updated(NOON, 1, "a", token="ONE"), NOON)

    assert isinstance(second.reply, StartReply)
    assert isinstance(third.reply, UpdateReply)
    assert third.reply.token is not None
    assert (AuthorizationStatus.CONCURRENT_TX, AuthorizationStatus.ACCEPTED) == (
        second.reply.status, third.reply.token.status,
    )  # fmt: skip


async def test_a_card_of_the_group_stops_and_an_expired_one_is_told_so(desk: Desk) -> None:
    group = IdToken("FAMILY")
    for name in ("A", "B"):
        desk.know(KnownToken(id_token=IdToken(name), group_token=group))
    desk.know(KnownToken(id_token=IdToken("OLD"), expires_at=NOON))
    await desk.hear(start16(NOON, token="A"), NOON)
    old = await desk.hear(start16(NOON, token="OLD", connector=2), NOON)
    await desk.hear(stop16(NOON + MIN, 555, token="B"), NOON + MIN)

    assert isinstance(old.reply, StartReply)
    assert AuthorizationStatus.EXPIRED is old.reply.status
    assert [TransactionId(2)] == [s.transaction_id for s in desk.live.open_sessions()]


async def test_what_a_charger_says_before_it_knows_the_time_is_dated_as_received(
    desk: Desk,
) -> None:
    """OCPP.md row 27."""
    unset = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    first = await desk.hear(start16(unset), NOON)
    again = await desk.hear(start16(unset), NOON + MIN)
    await desk.restart()
    later = await desk.hear(start16(unset), NOON + 2 * MIN)
    await desk.hear(metered(unset + 9 * MIN, 1400), NOON + 9 * MIN)
    await desk.hear(status(unset, ConnectorStatus.CHARGING), NOON + 9 * MIN)
    await desk.hear(stop16(NOON + 20 * MIN, 1, 2000), NOON + 20 * MIN)

    assert first.reply == again.reply == later.reply
    assert "stamped 1970-01-01 00:05:00" in first.findings[0]
    session = desk.session()
    assert (NOON, 1.0, "metered") == tuple(session[["started_at", "energy_kwh", "trust"]])
    assert [(NOON + 9 * MIN,)] == desk.rows("SELECT changed_at FROM status")
    assert [(NOON + 9 * MIN, session["session_id"])] == desk.rows(
        "SELECT taken_at, session_id FROM meter_sample"
    )


async def test_a_named_transaction_with_stamps_that_cannot_be_is_not_opened_twice(
    desk: Desk,
) -> None:
    """OCPP.md row 27."""
    unset = datetime(1970, 1, 1, tzinfo=UTC)
    await desk.hear(started(unset), NOON)
    await desk.hear(updated(unset + MIN, 1, register_wh=1200), NOON + MIN)
    await desk.hear(ended(NOON + 9 * MIN, 2, meter_wh=1500), NOON + 9 * MIN)
    decision = await desk.hear(started(unset), NOON + 10 * MIN)

    assert "has ended" in decision.findings[1]
    assert 0.5 == desk.session()["energy_kwh"]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("A1 B2 A1", "B2 A1"),
        ("A1 B2 A1 A1", "B2 A1"),
        ("A1 B2 A1 B2", "A1 B2"),
        ("A1 B2 A1 C3", "B2 A1 C3"),
        ("A1 B1 A1", "A1 B1 A1"),
        ("A1 B1 A1 A1", "A1 B1 A1"),
        ("A3 B2 A3", "B2 A3"),
        ("A1 A1", "A1"),
        ("A2 B1", "A2 B1"),
    ],
)
@pytest.mark.parametrize("waits", [True, False], ids=["each in its commit", "in few commits"])
async def test_the_state_that_came_last_is_the_present_one_also_after_a_restart(
    tmp_path: Path, told: str, kept: str, waits: bool
) -> None:
    """Told again with its old stamp after another state, or by a clock that stands still."""
    desk = Desk(tmp_path / "states.duckdb", waits=waits)
    states = {
        "A": ConnectorStatus.AVAILABLE,
        "B": ConnectorStatus.CHARGING,
        "C": ConnectorStatus.FINISHING,
    }

    def read(words: str) -> list[tuple[ConnectorStatus, datetime]]:
        return [(states[word[0]], NOON + int(word[1]) * MIN) for word in words.split()]

    def reported() -> ConnectorStatus | None:
        connector = desk.live.connector(REF)
        return None if connector is None else connector.reported

    for number, (state, at) in enumerate(read(told)):
        await desk.hear(status(at, state), NOON + number * MIN)
    await desk.settled()
    rows = desk.rows("SELECT status, changed_at FROM status ORDER BY received_at")
    now = reported()
    await desk.restart()
    then = reported()
    await desk.hear(status(NOON + 9 * MIN, ConnectorStatus.FAULTED), NOON + 90 * MIN)
    await desk.settled()
    (count,) = desk.rows("SELECT count(*) FROM status")[0]
    await desk.store.close()

    assert read(kept) == rows
    assert read(told)[-1][0] is now is then
    assert len(rows) + 1 == count
