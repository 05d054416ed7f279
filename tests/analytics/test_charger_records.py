"""What chargers keep, report and were told, as tables and questions give it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ocpp_core.domain.commands import (
    Accepted,
    CancelReservation,
    CertificateHash,
    CertificateUse,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    ConfigurationEntry,
    DeleteCertificate,
    GetConfiguration,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    GetVariables,
    InstallCertificate,
    InstalledCertificate,
    ListUpdate,
    LocalListEntry,
    LogKind,
    Rejected,
    ReserveNow,
    SendLocalList,
    SendSignedCertificate,
    SetProfile,
    SetVariables,
    TimedOut,
    UpdateDynamicSchedule,
    UpdateFirmware,
    VariableQuery,
    VariableValue,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    CertificateRequested,
    ChargingLimitCleared,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    ConnectorStatus,
    DynamicUpdatePulled,
    DynamicValuesReply,
    EnergyTransfer,
    ProfilesReported,
    ReservationEnded,
    SecurityEventReported,
    SettingsReported,
    Transfer,
    TransferStatusChanged,
    WordReply,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, MessageId, TransactionId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    DynamicValues,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)
from ocpp_core.domain.variables import VariableName, VariableReport, VariableResult
from tests.analytics.builders import NOON, make_site
from tests.analytics.desk import CP, Desk, ended, started, status

MIN = timedelta(minutes=1)
ONE = ConnectorId(1)
START, END = NOON - timedelta(days=1), NOON + timedelta(days=1)


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    desk = Desk(path)
    yield desk
    await desk.store.close()


def cells(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of some columns, missing as None."""
    chosen = frame[list(columns)].astype(object)
    return [tuple(row) for row in chosen.where(chosen.notna(), None).to_numpy()]


# Reservations -----------------------------------------------------------------------------------

RESERVE = ReserveNow(
    reservation_id=7,
    id_token=IdToken("TOKEN-1"),
    expires_at=NOON + timedelta(hours=1),
    connector_id=ONE,
)


async def reservations(desk: Desk, at: timedelta = timedelta()) -> list[tuple[Any, ...]]:
    with desk.ask() as reader:
        return cells(
            reader.reservations(NOON + at), "reservation_id", "connector_id", "state", "answer"
        )


async def test_a_reservation_is_accepted_used_and_over(desk: Desk) -> None:
    await desk.tell(RESERVE)
    assert [(7, 1, "accepted", "Accepted")] == await reservations(desk)
    assert [(7, 1, "expired", "Accepted")] == await reservations(desk, timedelta(hours=2))
    await desk.hear(started(NOON + MIN, reservation_id=7), NOON + MIN)

    assert [(7, 1, "used", "Accepted")] == await reservations(desk, timedelta(hours=2))
    with desk.ask() as reader:
        found = reader.reservations(NOON, charge_point_id="CP-1")
    assert ["***EN-1"] == list(found["id_token"])
    assert [desk.session()["session_id"]] == list(found["session_id"])


async def test_a_reservation_may_be_refused_cancelled_removed_or_unknown(desk: Desk) -> None:
    await desk.tell(RESERVE, Rejected(status="Occupied"))
    await desk.tell(replace(RESERVE, reservation_id=8), TimedOut(after_s=30))
    for number in (9, 10):
        await desk.tell(replace(RESERVE, reservation_id=number))
    await desk.tell(CancelReservation(reservation_id=9), at=NOON + MIN)
    await desk.hear(ReservationEnded(reservation_id=10, status="Removed"), NOON + MIN)
    await desk.hear(started(NOON + MIN, reservation_id=11), NOON + MIN)
    await desk.hear(started(NOON + MIN, name="0", connector=2, reservation_id=0), NOON + MIN)

    assert [
        (7, 1, "refused", "Occupied"),
        (8, 1, "unanswered", ""),
        (9, 1, "cancelled", "Accepted"),
        (10, 1, "removed", "Accepted"),
        (11, None, "used", None),
    ] == sorted(await reservations(desk))


# Local lists ------------------------------------------------------------------------------------


def entry(token: str, status: AuthorizationStatus | None = AuthorizationStatus.ACCEPTED) -> Any:
    return LocalListEntry(id_token=IdToken(token), status=status)


async def test_a_full_list_replaces_and_a_differential_one_amends(desk: Desk) -> None:
    await desk.tell(SendLocalList(version=1, entries=(entry("AAAA"), entry("BBBB"))), at=NOON)
    full = SendLocalList(version=2, entries=(entry("CCCC"), entry("DDDD")))
    await desk.tell(full, at=NOON + MIN)
    change = SendLocalList(
        version=3,
        update=ListUpdate.DIFFERENTIAL,
        entries=(entry("CCCC", None), entry("EEEE", AuthorizationStatus.BLOCKED)),
    )
    await desk.tell(change, at=NOON + 2 * MIN)
    await desk.tell(
        SendLocalList(version=9, update=ListUpdate.DIFFERENTIAL, entries=(entry("FFFF"),)),
        Rejected(status="VersionMismatch"),
        NOON + 3 * MIN,
    )
    await desk.tell(GetLocalListVersion(), Accepted(local_list_version=3), NOON + 4 * MIN)

    with desk.ask() as reader:
        lists, entries = reader.local_lists(), reader.local_list_entries("CP-1")
    assert [(3, 2, "VersionMismatch", 3)] == cells(
        lists, "version", "entries", "answer", "reported_version"
    )
    assert [("DDDD", "Accepted", 2), ("EEEE", "Blocked", 3)] == cells(
        entries, "id_token", "status", "version"
    )


# Settings ---------------------------------------------------------------------------------------


async def settings(desk: Desk, *columns: str) -> list[tuple[Any, ...]]:
    with desk.ask() as reader:
        return cells(reader.settings(charge_point_id="CP-1"), "name", "value", *columns)


async def test_settings_follow_from_reports_answers_and_accepted_orders(desk: Desk) -> None:
    await desk.tell(
        GetConfiguration(),
        Accepted(
            configuration=(
                ConfigurationEntry(key="HeartbeatInterval", value="300", readonly=False),
                ConfigurationEntry(key="NumberOfConnectors", value="2", readonly=True),
            )
        ),
        NOON,
    )
    await desk.tell(
        ChangeConfiguration(key="HeartbeatInterval", value="60"),
        Accepted(status="RebootRequired"),
        NOON + MIN,
    )
    assert [
        ("HeartbeatInterval", "300", False, "60", "RebootRequired"),
        ("NumberOfConnectors", "2", True, None, None),
    ] == await settings(desk, "readonly", "ordered_value", "order_answer")
    await desk.tell(
        ChangeConfiguration(key="HeartbeatInterval", value="90"), Accepted(), NOON + 2 * MIN
    )

    assert ("HeartbeatInterval", "90", False) == (await settings(desk, "readonly"))[0]


async def test_variables_keep_their_kind_and_each_its_own_answer(desk: Desk) -> None:
    power, limit = VariableName.parse("EVSE@2.Power"), VariableName.parse("Smart.Limit")
    await desk.hear(
        SettingsReported(
            request_id=1,
            sequence=0,
            more=False,
            at=NOON,
            variables=(
                VariableReport(
                    name=power, value="0", readonly=True, data_type="decimal", unit="W",
                    max_limit=22000.0,
                ),
                VariableReport(name=limit, value="1", data_type="OptionList", values=("1", "2")),
            ),
        ),
        NOON,
    )  # fmt: skip
    await desk.tell(
        SetVariables(
            variables=(
                VariableValue(name=power, value="5"),
                VariableValue(name=limit, value="2"),
            )
        ),
        Rejected(
            status="Rejected",
            variables=(
                VariableResult(name=power, status="Rejected"),
                VariableResult(name=limit, status="Accepted"),
            ),
        ),
        NOON + MIN,
    )
    assert [
        ("EVSE@2.Power", "0", "W", None, "Rejected"),
        ("Smart.Limit", "2", None, "1,2", "Accepted"),
    ] == await settings(desk, "unit", "choices", "order_answer")
    await desk.tell(
        GetVariables(variables=(VariableQuery(name=power),)),
        Accepted(variables=(VariableResult(name=power, status="Accepted", value="7400"),)),
        NOON + 2 * MIN,
    )

    assert ("EVSE@2.Power", "7400", 22000.0) == (await settings(desk, "max_limit"))[0]


async def test_the_value_of_a_secret_is_never_stored(desk: Desk) -> None:
    hidden = VariableName.parse("Vendor.Hidden")
    await desk.tell(ChangeConfiguration(key="AuthorizationKey", value="5ec3e7"))
    await desk.hear(
        SettingsReported(
            request_id=1, sequence=0, more=False, at=NOON,
            variables=(VariableReport(name=hidden, write_only=True),),
        ),
        NOON,
    )  # fmt: skip
    await desk.restart()
    await desk.tell(
        SetVariables(variables=(VariableValue(name=hidden, value="5ec3e7"),)), at=NOON + MIN
    )

    assert [("AuthorizationKey", None, True, None), ("Vendor.Hidden", None, True, None)] == (
        await settings(desk, "secret", "ordered_value")
    )


# Files, certificates, security ------------------------------------------------------------------


async def test_a_transfer_is_its_order_and_every_new_status(desk: Desk) -> None:
    place = "ftp://user:secret@files.example/fw.bin?token=abc"
    await desk.tell(UpdateFirmware(location=place, retrieve_at=NOON, request_id=5))
    for minute, word in enumerate(("Downloading", "Downloading", "Installed"), 1):
        event = TransferStatusChanged(transfer=Transfer.FIRMWARE, status=word, request_id=5)
        await desk.hear(event, NOON + minute * MIN)
        if word == "Downloading":
            await desk.restart()
    await desk.tell(
        GetLog(kind=LogKind.SECURITY, location=place, request_id=6),
        Accepted(file_name="log.tgz"),
        NOON + 5 * MIN,
    )

    with desk.ask() as reader:
        found = reader.transfers(START, END, transfer="firmware")
        logs = reader.transfers(START, END, transfer="log")
    assert [
        ("reported", "Installed", 5, ""),
        ("reported", "Downloading", 5, ""),
        ("ordered", "Accepted", 5, "ftp://files.example/fw.bin"),
    ] == cells(found, "step", "status", "request_id", "detail")
    assert [("ordered", "log.tgz")] == cells(logs, "step", "detail")


def named(serial: str) -> CertificateHash:
    return CertificateHash(
        algorithm="SHA256", issuer_name_hash="n", issuer_key_hash="k", serial_number=serial
    )


async def test_certificates_are_those_listed_last_and_not_deleted_since(desk: Desk) -> None:
    def listed(*serials: str) -> Accepted:
        return Accepted(
            certificates=tuple(
                InstalledCertificate(use=CertificateUse.CSMS_ROOT, hash=named(serial))
                for serial in serials
            )
        )

    await desk.tell(GetInstalledCertificates(), listed("1", "2", "3"))
    await desk.tell(DeleteCertificate(hash=named("2")), at=NOON + MIN)
    await desk.tell(
        GetInstalledCertificates(use=CertificateUse.CSMS_ROOT), listed("1"), NOON + 2 * MIN
    )

    async def states() -> list[tuple[Any, ...]]:
        with desk.ask() as reader:
            return cells(reader.certificates(), "serial_number", "used_for", "state")

    use = "CSMSRootCertificate"
    assert [("1", use, "installed"), ("2", use, "deleted"), ("3", use, "gone")] == await states()
    await desk.tell(GetInstalledCertificates(), Rejected(status="NotFound"), NOON + 3 * MIN)
    assert ("1", use, "gone") == (await states())[0]


async def test_steps_about_certificates_are_kept_with_their_answers(desk: Desk) -> None:
    await desk.hear(CertificateRequested(csr_pem="..."), NOON)
    await desk.tell(SendSignedCertificate(chain_pem="..."), at=NOON + MIN)
    await desk.tell(
        InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem="..."),
        Rejected(status="Failed", reason="full"),
        NOON + 2 * MIN,
    )

    with desk.ask() as reader:
        found = reader.certificate_steps(START, END)
    assert [
        ("install", "V2GRootCertificate", "Failed", "full"),
        ("handed", "ChargingStationCertificate", "Accepted", ""),
        (
            "requested",
            "ChargingStationCertificate",
            "Rejected",
            "no certificate authority is set up",
        ),
    ] == cells(found, "step", "used_for", "answer", "detail")


async def test_a_security_event_is_one_row_however_often_it_comes(desk: Desk) -> None:
    event = SecurityEventReported(kind="TamperDetectionActivated", at=NOON, info="lid")
    for _ in range(3):
        await desk.hear(event, NOON + MIN)

    with desk.ask() as reader:
        found = reader.security_events(START, END)
    assert [("CP-1", "TamperDetectionActivated", "lid")] == cells(
        found, "charge_point_id", "kind", "info"
    )


# Limits, profiles, needs ------------------------------------------------------------------------


async def test_a_limit_of_others_is_one_row_from_notice_to_end(desk: Desk) -> None:
    def limit(amps: float) -> ChargingLimitNotified:
        return ChargingLimitNotified(
            connector_id=ONE,
            source="EMS",
            grid_critical=False,
            schedules=(
                CompositeSchedule(
                    start=NOON,
                    duration_s=600,
                    rate_unit=RateUnit.A,
                    periods=(SchedulePeriod(start_s=0, limit=amps),),
                ),
            ),
        )

    await desk.hear(limit(16), NOON)
    await desk.hear(limit(16), NOON + MIN)
    await desk.restart()
    await desk.hear(limit(10), NOON + 2 * MIN)
    cleared = ChargingLimitCleared(connector_id=ONE, source="EMS")
    for minute in (3, 4):
        await desk.hear(cleared, NOON + minute * MIN)

    with desk.ask() as reader:
        found = reader.charging_limits(START, END)
    assert [
        ("A 0:10", NOON + 2 * MIN, NOON + 3 * MIN),
        ("A 0:16", NOON, NOON + 2 * MIN),
    ] == cells(found, "schedules", "notified_at", "cleared_at")


def profile(number: int, **fields: Any) -> ChargingProfile:
    return ChargingProfile(
        **{
            "profile_id": number,
            "purpose": ProfilePurpose.TX_DEFAULT,
            "kind": ProfileKind.ABSOLUTE,
            "start": NOON,
            "periods": (SchedulePeriod(start_s=0, limit=float(number)),),
            **fields,
        }
    )


async def in_force(desk: Desk, after: timedelta = MIN) -> list[tuple[Any, ...]]:
    with desk.ask() as reader:
        found = reader.profiles_in_force(NOON + after)
    return cells(found, "connector_id", "purpose", "profile_id", "source")


async def test_profiles_in_force_follow_from_accepted_orders_and_ends(desk: Desk) -> None:
    await desk.hear(started(NOON), NOON)
    transaction = TransactionId(1)
    tx = profile(9, purpose=ProfilePurpose.TX, transaction_id=transaction)
    await desk.tell(SetProfile(connector_id=ONE, profile=profile(6)))
    await desk.tell(SetProfile(connector_id=ONE, profile=profile(7)))
    await desk.tell(SetProfile(connector_id=ConnectorId(2), profile=profile(8, duration_s=3600)))
    await desk.tell(SetProfile(connector_id=ONE, profile=tx))
    refused = SetProfile(connector_id=ConnectorId(0), profile=profile(5))
    await desk.tell(refused, Rejected(status="Rejected"))

    assert [
        (1, "TxDefaultProfile", 7, "ordered"),
        (1, "TxProfile", 9, "ordered"),
        (2, "TxDefaultProfile", 8, "ordered"),
    ] == await in_force(desk)
    assert 2 == len(await in_force(desk, timedelta(hours=1)))
    await desk.restart()
    await desk.hear(ended(NOON + MIN, 1), NOON + MIN)
    assert [7, 8] == [row[2] for row in await in_force(desk)]
    await desk.tell(ClearProfile(connector_id=ONE), at=NOON + 2 * MIN)
    assert [8] == [row[2] for row in await in_force(desk)]
    await desk.tell(ClearProfile(profile_id=8), at=NOON + 3 * MIN)
    assert [] == await in_force(desk)


async def test_a_profile_that_crosses_the_end_of_its_transaction_is_not_in_force(
    desk: Desk,
) -> None:
    await desk.hear(started(NOON), NOON)
    await desk.hear(ended(NOON + MIN, 1), NOON + MIN)
    tx = profile(9, purpose=ProfilePurpose.TX, transaction_id=TransactionId(1))
    await desk.tell(SetProfile(connector_id=ONE, profile=tx), at=NOON + 2 * MIN)

    assert [] == await in_force(desk)


async def test_reported_profiles_say_who_set_them(desk: Desk) -> None:
    await desk.tell(SetProfile(connector_id=ONE, profile=profile(6)))
    for source, number in (("CSO", 6), ("EMS", 90)):
        reported = profile(number)
        if source == "EMS":
            reported = replace(reported, purpose=ProfilePurpose.EXTERNAL_CONSTRAINTS)
        await desk.hear(
            ProfilesReported(
                request_id=1, connector_id=ONE, source=source, more=False, profiles=(reported,)
            ),
            NOON + MIN,
        )
    await desk.tell(ClearProfile(), at=NOON + 2 * MIN)

    assert [(1, "ChargingStationExternalConstraints", 90, "EMS")] == await in_force(desk)


async def test_what_a_car_needs_is_stored_and_outlives_a_restart(desk: Desk) -> None:
    await desk.hear(started(NOON), NOON)
    need = ChargingNeedsNotified(
        connector_id=ONE,
        transfer=EnergyTransfer.AC_THREE_PHASE,
        departure=NOON + timedelta(hours=3),
        energy_wh=12_000.0,
        max_schedule_periods=12,
    )
    decision = await desk.hear(need, NOON + MIN)
    await desk.hear(need, NOON + 2 * MIN)
    before = desk.live.open_sessions()
    await desk.restart()
    await desk.hear(need, NOON + 3 * MIN)

    assert WordReply(status="Accepted") == decision.reply
    assert before == desk.live.open_sessions()
    with desk.ask() as reader:
        found = reader.charging_needs(START, END)
    assert [("AC_three_phase", 12.0, 12, "Accepted")] == cells(
        found, "transfer", "energy_kwh", "max_schedule_periods", "answer"
    )
    car = before[0].car_need
    assert car is not None
    assert (12_000.0, NOON + timedelta(hours=3)) == (car.energy_wh, car.departure)


# Chargers ---------------------------------------------------------------------------------------


async def test_every_charger_is_told_with_how_its_messages_fared(desk: Desk) -> None:
    ahead = timedelta(seconds=90)
    await desk.hear(Booted(vendor="V", model="M", firmware_version="1.2"), NOON)
    for minute in range(1, 5):
        word = (ConnectorStatus.AVAILABLE, ConnectorStatus.OCCUPIED)[minute % 2]
        await desk.hear(status(NOON + minute * MIN + ahead, word), NOON + minute * MIN)
    await desk.tell(GetConfiguration(), TimedOut(after_s=30), NOON + 6 * MIN)

    with desk.ask() as reader:
        found = reader.chargers(START, END)
        later = reader.chargers(END, END + timedelta(days=3))
    assert [("CP-1", "V", "1.2", "ocpp2.0.1", 6, 90.0), ("CP-2", None, None, None, 0, None)] == (
        cells(
            found, "charge_point_id", "vendor", "firmware_version", "ocpp_version", "messages",
            "ahead_s",
        )
    )  # fmt: skip
    assert found["heard_at"][0] == NOON + 4 * MIN
    assert [("CP-1", 0, None), ("CP-2", 0, None)] == cells(
        later, "charge_point_id", "messages", "heard_at"
    )


# Messages ---------------------------------------------------------------------------------------


async def test_messages_are_searched_and_paged(desk: Desk) -> None:
    for minute in range(6):
        await desk.hear(started(NOON, name=f"tx-{minute}"), NOON + minute * MIN)

    def seqs(**filters: Any) -> list[int]:
        with desk.ask() as reader:
            return list(reader.messages(START, END, charge_point_id=CP, **filters)["seq"])

    assert [6, 5] == seqs(limit=2)
    assert [4, 3] == seqs(limit=2, before=5)
    assert [3, 4] == seqs(limit=2, after=2)
    assert [2] == seqs(text="M-2")
    assert [6, 5, 4, 3, 2] == seqs(odd=True)
    assert [] == seqs(direction="to-charger")


async def test_a_message_of_ours_is_one_line_once_it_has_ended(desk: Desk) -> None:
    await desk.tell(ClearCache(), message_id="done")
    waiting = StoredMessage(
        at=NOON,
        charge_point_id=CP,
        direction=Direction.TO_CHARGER,
        message_id=MessageId("waiting"),
        action="ClearCache",
        ocpp_version="ocpp1.6",
        frame="[2]",
        answer=None,
        outcome=Outcome.SENT,
    )
    await desk.store.append(waiting)

    with desk.ask() as reader:
        found = reader.messages(START, END)
    assert [("waiting", "sent"), ("done", "answered")] == cells(found, "message_id", "outcome")
    assert 3 == len(desk.rows("SELECT * FROM ocpp_message"))


async def test_how_often_a_profile_starts_again_is_kept(desk: Desk) -> None:
    for connector, recurrency in ((1, RecurrencyKind.DAILY), (2, RecurrencyKind.WEEKLY)):
        recurring = profile(connector, kind=ProfileKind.RECURRING, recurrency=recurrency)
        await desk.tell(SetProfile(connector_id=ConnectorId(connector), profile=recurring))
    await desk.tell(
        SetProfile(connector_id=ConnectorId(0), profile=profile(3)), Rejected(status="Rejected")
    )
    await desk.restart()

    with desk.ask() as reader:
        found = reader.profiles_in_force(NOON + timedelta(days=9))
    assert [(1, "Daily"), (2, "Weekly")] == cells(found, "connector_id", "recurrency")
    assert [("Daily",), ("Weekly",), (None,)] == desk.rows(
        "SELECT recurrency FROM charging_profile WHERE outcome = 'answered' ORDER BY profile_id"
    )


@pytest.mark.parametrize(
    ("unit", "connector", "limit", "update", "answered"),
    [
        ("A", 1, 16.0, 10.5, 10.5),
        ("A", 1, 16.0, None, 16.0),
        ("W", 1, None, None, 2 * 3 * 230.0),
        ("A", 0, None, None, 2 + 2),
    ],
)
async def test_a_dynamic_value_that_is_asked_for_after_a_restart_is_known_or_the_fail_safe(
    tmp_path: Path,
    unit: str,
    connector: int,
    limit: float | None,
    update: float | None,
    answered: float,
) -> None:
    """OCPP 2.1 K28; nobody knows a limit where there was a setpoint alone."""
    site = replace(make_site(chargers=2, connectors=2), fail_safe_a=2.0)
    desk = Desk(tmp_path / "dynamic.duckdb", site)
    dynamic = profile(
        90,
        kind=ProfileKind.DYNAMIC,
        rate_unit=RateUnit(unit),
        periods=(SchedulePeriod(start_s=0, limit=limit, setpoint=1.0),),
    )
    await desk.tell(SetProfile(connector_id=ConnectorId(connector), profile=dynamic))
    await desk.tell(UpdateDynamicSchedule(profile_id=90, limit=update, setpoint=2.0))
    await desk.tell(UpdateDynamicSchedule(profile_id=90, limit=1.0), Rejected(status="Rejected"))
    await desk.restart()
    decision = await desk.hear(DynamicUpdatePulled(profile_id=90), NOON + MIN)
    other = await desk.hear(DynamicUpdatePulled(profile_id=91), NOON + MIN)
    await desk.store.close()

    assert DynamicValuesReply(values=DynamicValues(limit=answered)) == decision.reply
    assert isinstance(other.reply, WordReply)
