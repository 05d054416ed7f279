"""Rules of the live state: stored messages and link changes in, the site now out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ocpp_core.domain.events import (
    ACCEPTED_TOKEN,
    Booted,
    BootReply,
    BootStatus,
    ConnectorStatus,
    DomainEvent,
    Heartbeat,
    Metered,
    Reply,
    SessionStarted,
    SessionStopped,
    StartReply,
    StatusChanged,
    TimeReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    MessageId,
    SessionId,
    SiteId,
    TransactionId,
)
from ocpp_core.domain.live import LinkChange, LiveConnector, LiveSite, OpenSession
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.session import DriverNeed, session_id_of
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.units import Phase

CP, ONE = ChargePointId("CP-1"), ConnectorId(1)
REF = ConnectorRef(CP, ONE)
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SITE = Site(
    site_id=SiteId("s"),
    name="Site",
    timezone=ZoneInfo("UTC"),
    currency="EUR",
    voltage_v=230,
    circuits=(Circuit(circuit_id=CircuitId("grid"), limit_a=100),),
    charge_points=(
        ChargePoint(
            charge_point_id=CP,
            connectors=(Connector(ref=REF, circuit_id=CircuitId("grid"), max_current_a=32),),
        ),
    ),
    building_circuit_id=CircuitId("grid"),
)
START = SessionStarted(connector_id=ONE, id_token=IdToken("T"), at=NOW, meter_start_wh=1000)
NEED = DriverNeed(energy_wh=5000, departure=NOW + timedelta(hours=4))


def apply(
    live: LiveSite,
    event: DomainEvent | None,
    reply: Reply | None = None,
    *,
    at: datetime = NOW,
    charge_point_id: ChargePointId = CP,
) -> None:
    live.apply(
        StoredMessage(
            at=at,
            charge_point_id=charge_point_id,
            direction=Direction.FROM_CHARGER,
            message_id=MessageId("m"),
            action="",
            ocpp_version="ocpp1.6",
            frame="",
            answer=None,
            outcome=Outcome.ANSWERED,
            event=event,
            reply=reply,
        )
    )


def start(live: LiveSite, event: SessionStarted = START, number: int = 1) -> None:
    apply(
        live,
        event,
        StartReply(transaction_id=TransactionId(number), token=ACCEPTED_TOKEN),
    )


def connector(live: LiveSite) -> LiveConnector:
    found = live.connector(REF)
    assert found is not None
    return found


def session(live: LiveSite) -> OpenSession:
    found = connector(live).session
    assert found is not None
    return found


def sample(measurand: Measurand, value: float, seconds: float = 60, **fields: Any) -> MeterSample:
    return MeterSample(
        taken_at=NOW + timedelta(seconds=seconds),
        measurand=measurand,
        value=value,
        **{"unit": Unit.WH, **fields},
    )


def meter(live: LiveSite, *samples: MeterSample, transaction: int | None = 1) -> None:
    number = None if transaction is None else TransactionId(transaction)
    apply(live, Metered(connector_id=ONE, transaction_id=number, readings=readings_of(samples)))


def test_a_boot_and_its_answer_are_remembered_and_every_frame_is_a_sign_of_life() -> None:
    live = LiveSite(SITE)
    boot = Booted(vendor="V", model="M")
    apply(live, boot, BootReply(status=BootStatus.ACCEPTED, at=NOW, heartbeat_interval_s=60))
    apply(live, Heartbeat(), TimeReply(at=NOW), at=NOW + timedelta(seconds=9))

    point = live.charge_points[CP]
    assert (boot, BootStatus.ACCEPTED) == (point.boot, point.boot_status)
    assert NOW + timedelta(seconds=9) == point.last_frame_at


def test_a_link_makes_a_charger_online_and_its_end_offline() -> None:
    live = LiveSite(SITE)
    for charge_point_id in (CP, ChargePointId("stranger")):
        live.apply_link(LinkChange(charge_point_id=charge_point_id, at=NOW, online=True))
        assert live.charge_points[charge_point_id].online
        live.apply_link(LinkChange(charge_point_id=charge_point_id, at=NOW, online=False))
        assert not live.charge_points[charge_point_id].online


def test_a_charger_knows_since_when_it_is_online_or_offline() -> None:
    live = LiveSite(SITE)
    assert live.charge_points[CP].link_since is None
    since = []
    # A second link takes over before the first one's end: the charger was online all the time.
    for minute, online in enumerate((True, True, False, False, True)):
        at = NOW + timedelta(minutes=minute)
        live.apply_link(LinkChange(charge_point_id=CP, at=at, online=online))
        since.append(live.charge_points[CP].link_since)

    assert [NOW + timedelta(minutes=minute) for minute in (0, 0, 2, 2, 4)] == since


def test_a_status_is_of_its_connector_and_available_means_no_current() -> None:
    live = LiveSite(SITE)
    connector(live).power_w = 5.0
    for status in (ConnectorStatus.FAULTED, ConnectorStatus.AVAILABLE):
        apply(live, StatusChanged(connector_id=ONE, status=status, error_code="X"))
    apply(live, StatusChanged(connector_id=ConnectorId(7), status=ConnectorStatus.FAULTED))

    found = connector(live)
    assert (ConnectorStatus.AVAILABLE, "X", 0.0) == (
        found.status, found.error_code, found.power_w,
    )  # fmt: skip


def test_a_start_opens_a_session_once_and_a_repeat_changes_nothing() -> None:
    """OCPP.md row 1."""
    live = LiveSite(SITE)
    start(live)
    session(live).register_wh = 2000.0
    start(live)

    assert 1000.0 == session(live).energy_wh
    known = live.transaction_for(session_id_of(SITE.site_id, CP, START))
    assert known is not None
    assert TransactionId(1) == known.transaction_id
    assert live.transaction_for(SessionId("other")) is None
    assert 1 == len(live.open_sessions())


def test_a_stop_closes_its_session_and_a_replayed_start_does_not_reopen_it() -> None:
    """OCPP.md rows 1 and 2."""
    live = LiveSite(SITE)
    start(live)
    stop = SessionStopped(
        transaction_id=TransactionId(1), at=NOW + timedelta(hours=1), meter_stop_wh=3000
    )
    apply(live, stop)
    apply(live, stop)
    start(live)

    assert () == live.open_sessions()
    assert stop.at == live.transactions[TransactionId(1)].ended_at


def test_a_late_stop_does_not_close_the_next_session() -> None:
    """OCPP.md row 12."""
    live = LiveSite(SITE)
    start(live)
    start(
        live, SessionStarted(connector_id=ONE, id_token=IdToken("U"), at=NOW, meter_start_wh=9), 2
    )
    apply(live, SessionStopped(transaction_id=TransactionId(1), at=NOW, meter_stop_wh=9))
    apply(live, SessionStopped(transaction_id=TransactionId(99), at=NOW, meter_stop_wh=9))

    assert TransactionId(2) == session(live).transaction_id


def test_meter_values_give_power_current_and_the_register() -> None:
    live = LiveSite(SITE)
    start(live)
    meter(
        live,
        sample(Measurand.ENERGY_IMPORT_REGISTER, 1500),
        sample(Measurand.POWER_IMPORT, 7000, unit=Unit.W),
        sample(Measurand.CURRENT_IMPORT, 10, unit=Unit.A, phase=Phase.L1),
        sample(Measurand.CURRENT_IMPORT, 11, unit=Unit.A, phase=Phase.L2),
    )

    found = connector(live)
    assert (7000, 500.0) == (found.power_w, session(live).energy_wh)
    assert {Phase.L1: 10, Phase.L2: 11} == found.current_a


def test_an_unphased_power_is_trusted_and_else_the_phases_add_up() -> None:
    """OCPP.md row 22."""
    live = LiveSite(SITE)
    phased = [
        sample(Measurand.POWER_IMPORT, watts, unit=Unit.W, phase=phase)
        for phase, watts in ((Phase.L1, 1000.0), (Phase.L2, 2000.0))
    ]
    meter(live, *phased, transaction=None)
    assert 3000.0 == connector(live).power_w

    meter(live, *phased, sample(Measurand.POWER_IMPORT, 2900, unit=Unit.W), transaction=None)
    assert 2900.0 == connector(live).power_w


def test_older_doubtful_and_foreign_readings_change_nothing() -> None:
    live = LiveSite(SITE)
    start(live)
    meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 1500))
    meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 1900, seconds=30))
    meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 9_000_000, seconds=90, doubt="jump"))
    meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 1700, seconds=95), transaction=42)
    meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 1400, seconds=99))
    meter(live)
    apply(live, Metered(connector_id=ConnectorId(9), transaction_id=None, readings=()))

    assert 1500 == session(live).register_wh


def test_transaction_ids_are_never_given_twice_also_after_a_restart() -> None:
    """OCPP.md row 4."""
    live = LiveSite(SITE)
    assert [1, 2] == [live.next_transaction_id(), live.next_transaction_id()]

    start(live, number=40)

    assert 41 == live.next_transaction_id()


def test_only_so_many_closed_transactions_are_remembered(monkeypatch: Any) -> None:
    monkeypatch.setattr(LiveSite, "REMEMBERED_TRANSACTIONS", 2)
    live = LiveSite(SITE)
    for number in range(1, 5):
        start(
            live,
            SessionStarted(connector_id=ONE, id_token=IdToken("T"), at=NOW, meter_start_wh=number),
            number,
        )

    assert {3, 4} <= set(live.transactions)
    assert 2 >= len(live.transactions)


def test_a_transaction_that_runs_is_not_forgotten_however_many_come_after(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(LiveSite, "REMEMBERED_TRANSACTIONS", 2)
    live = LiveSite(SITE)
    start(live)
    for number in range(2, 6):
        apply(
            live,
            START,
            StartReply(transaction_id=TransactionId(number), token=ACCEPTED_TOKEN),
            charge_point_id=ChargePointId(f"elsewhere-{number}"),
        )

    assert TransactionId(1) in live.transactions
    assert len(live.transactions) == 2


def test_a_need_is_stated_for_an_open_session_only() -> None:
    live = LiveSite(SITE)
    start(live)

    assert live.state_need(session(live).session_id, NEED)
    assert not live.state_need(SessionId("other"), NEED)
    assert NEED == session(live).need


def test_a_session_that_the_store_knows_is_resumed_on_its_connector() -> None:
    first, second = LiveSite(SITE), LiveSite(SITE)
    start(first)

    for known in first.transactions.values():
        second.remember(known)
        second.place(known)

    assert session(first) == session(second)


def test_an_unknown_charger_gains_no_connectors() -> None:
    live = LiveSite(SITE)
    stranger = ChargePointId("stranger")
    apply(live, START, StartReply(
        transaction_id=TransactionId(1), token=ACCEPTED_TOKEN,
    ), charge_point_id=stranger)  # fmt: skip

    assert {} == live.charge_points[stranger].connectors
    assert () == live.open_sessions()
    assert live.connector(ConnectorRef(stranger, ONE)) is None


def test_the_same_messages_give_the_same_state() -> None:
    def replay() -> LiveSite:
        live = LiveSite(SITE)
        start(live)
        meter(live, sample(Measurand.ENERGY_IMPORT_REGISTER, 1500))
        apply(live, StatusChanged(connector_id=ONE, status=ConnectorStatus.CHARGING))
        return live

    assert replay().charge_points == replay().charge_points


def mended_live(register_factor: float, power_factor: float = 1.0) -> LiveSite:
    (point,) = SITE.charge_points
    point = replace(point, register_factor=register_factor, power_factor=power_factor)
    return LiveSite(replace(SITE, charge_points=(point,)))


def measured(at: datetime, register: float, power: float) -> Metered:
    samples = (
        (Measurand.ENERGY_IMPORT_REGISTER, register, Unit.WH),
        (Measurand.POWER_IMPORT, power, Unit.W),
    )
    return Metered(
        connector_id=ONE,
        transaction_id=None,
        readings=readings_of(
            [MeterSample(taken_at=at, measurand=m, value=v, unit=u) for m, v, u in samples]
        ),
    )


@pytest.mark.parametrize(
    ("start_wh", "factor", "registers"),
    [
        pytest.param(1000, 1000.0, (1000.5, 1002.0), id="kWh told as Wh, the start too"),
        pytest.param(1_000_000, 1000.0, (1000.5, 1002.0), id="kWh told as Wh, the start is right"),
        pytest.param(1_000_000, 0.001, (1_000_500.0, 1_002_000.0), id="mWh told as Wh"),
        pytest.param(None, 1000.0, (1000.0, 1002.0), id="no start"),
    ],
)
def test_what_runs_is_reckoned_by_the_confirmed_unit(
    start_wh: int | None, factor: float, registers: tuple[float, float]
) -> None:
    """OCPP.md row 21: as the settlement does."""
    live = mended_live(factor, power_factor=1000.0)
    start = replace(START, meter_start_wh=start_wh)
    apply(live, start, StartReply(transaction_id=TransactionId(7), token=ACCEPTED_TOKEN))
    for number, value in enumerate(registers, 1):
        apply(live, measured(NOW + timedelta(minutes=10 * number), value, 7.2))
    connector = live.connector(REF)

    assert connector is not None
    assert connector.session is not None
    expected = 2000.0 if factor > 1 else 2.0
    assert pytest.approx(expected) == connector.session.energy_wh
    assert 7200.0 == connector.power_w
    # Known again after a restart, with the same start.
    (known,) = (live.transactions.get(TransactionId(7)),)
    assert known is not None
    live.place(known)
    assert start_wh is None or pytest.approx(expected) == connector.session.energy_wh
