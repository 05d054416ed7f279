"""The central system with a simulated 1.6 charger: every order, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.commands import (
    Accepted,
    CancelReservation,
    CertificateUse,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
    CommandResult,
    DeleteCertificate,
    GetComposite,
    GetConfiguration,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    GetVariables,
    InstallCertificate,
    ListUpdate,
    LocalListEntry,
    LogKind,
    Rejected,
    RemoteStop,
    ReserveNow,
    SendLocalList,
    SendRaw,
    SendVendorData,
    SetProfile,
    TriggerMessage,
    UnlockConnector,
    Unsupported,
    UpdateFirmware,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    SecurityEventReported,
    SessionStarted,
    Transfer,
)
from ocpp_core.domain.ids import ConnectorId, IdToken, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from ocpp_core.sim.dialect import Version
from tests.ocpp_core.csms.pair import Pair, talking
from tests.ocpp_core.csms.rig import START, MakeRig, eventually
from tests.ocpp_core.sim.test_certificates import Authority, pem

ONE = ConnectorId(1)
GOOD = IdToken("GOOD")
CAR = Car(energy_wh=10_000, max_current_a=16, phase_count=3, voltage_v=230)
PROFILE = ChargingProfile(
    profile_id=1,
    purpose=ProfilePurpose.TX_DEFAULT,
    kind=ProfileKind.ABSOLUTE,
    periods=(SchedulePeriod(start_s=0, limit=8.1),),
    start=START,
)


@pytest.fixture
async def pair(make_rig: MakeRig) -> AsyncIterator[Pair]:
    async with talking(make_rig, Version.V16) as both:
        yield both


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (CancelReservation(reservation_id=1), Rejected(status="Rejected")),
        (ChangeAvailability(connector_id=ONE, operative=False), Accepted()),
        (
            ChangeAvailability(connector_id=ConnectorId(7), operative=False),
            Rejected(status="Rejected"),
        ),
        (ChangeConfiguration(key="HeartbeatInterval", value="60"), Accepted()),
        (ChangeConfiguration(key="Nothing", value="60"), Unsupported(reason="NotSupported")),
        (ClearCache(), Accepted()),
        (ClearProfile(profile_id=3), Rejected(status="Unknown")),
        (GetDiagnostics(location="ftp://x/d"), Accepted(file_name="CP1-diagnostics.log")),
        (GetInstalledCertificates(use=CertificateUse.CSMS_ROOT), Accepted(status="NotFound")),
        (GetLocalListVersion(), Accepted(local_list_version=0)),
        (GetLog(kind=LogKind.SECURITY, location="ftp://x/l"), Accepted(file_name="CP1-log.log")),
        (
            InstallCertificate(use=CertificateUse.CSMS_ROOT, certificate_pem="none"),
            Rejected(status="Rejected"),
        ),
        (RemoteStop(transaction_id=TransactionId(99)), Rejected(status="Rejected")),
        (
            SendLocalList(version=1, entries=(
                LocalListEntry(id_token=GOOD, status=AuthorizationStatus.ACCEPTED),
            )),
            Accepted(),
        ),
        (SendVendorData(vendor="Ampherd", message="Echo", data="x"), Accepted(data='"x"')),
        (SendVendorData(vendor="Other"), Rejected(status="UnknownVendorId")),
        (SetProfile(connector_id=ONE, profile=PROFILE), Accepted()),
        (TriggerMessage(message="LogStatusNotification"), Accepted()),
        (UnlockConnector(connector_id=ONE), Accepted(status="Unlocked")),
        (UnlockConnector(connector_id=ConnectorId(7)), Unsupported(reason="NotSupported")),
        (UpdateFirmware(location="ftp://x/f.bin", retrieve_at=START), Accepted()),
        (
            UpdateFirmware(
                location="ftp://x/f.bin", retrieve_at=START, signing_certificate="c", signature="s"
            ),
            Rejected(status="InvalidCertificate"),
        ),
        (
            SendRaw(action="GetLocalListVersion", payload="{}"),
            Accepted(data='{"listVersion":0}'),
        ),
        (
            GetVariables(variables=()),
            Unsupported(reason="OCPP 1.6 has no GetVariables: ask with GetConfiguration"),
        ),
    ],
)  # fmt: skip
async def test_every_order_ends_in_its_typed_result(
    pair: Pair, command: Command, result: CommandResult
) -> None:
    assert result == await pair.send(command)


async def test_settings_and_limits_are_read_back(pair: Pair) -> None:
    settings = await pair.send(GetConfiguration(keys=("NumberOfConnectors", "Nothing")))
    await pair.send(SetProfile(connector_id=ONE, profile=PROFILE))
    composite = await pair.send(GetComposite(connector_id=ONE, duration_s=60))

    assert isinstance(settings, Accepted)
    assert ["2"] == [entry.value for entry in settings.configuration]
    assert ("Nothing",) == settings.unknown_keys
    assert isinstance(composite, Accepted)
    assert composite.composite is not None
    assert 8.1 == composite.composite.periods[0].limit


async def test_a_reservation_ends_in_the_transaction_that_uses_it(pair: Pair) -> None:
    wish = ReserveNow(
        reservation_id=7,
        id_token=GOOD,
        expires_at=START + timedelta(minutes=30),
        connector_id=ONE,
    )
    assert Accepted() == await pair.send(wish)
    assert Rejected(status="Occupied") == await pair.send(
        ReserveNow(reservation_id=8, id_token=GOOD, expires_at=wish.expires_at, connector_id=ONE)
    )
    await pair.charger.plug_in(ONE, CAR, GOOD)

    assert [7] == [event.reservation_id for event in pair.events(SessionStarted)]


async def test_a_local_list_is_amended_and_its_conflict_is_a_refusal(pair: Pair) -> None:
    def change(version: int, status: AuthorizationStatus | None) -> SendLocalList:
        entry = LocalListEntry(id_token=GOOD, status=status)
        return SendLocalList(version=version, update=ListUpdate.DIFFERENTIAL, entries=(entry,))

    assert Accepted() == await pair.send(change(3, AuthorizationStatus.BLOCKED))
    assert Rejected(status="VersionMismatch") == await pair.send(change(3, None))
    assert Accepted(local_list_version=3) == await pair.send(GetLocalListVersion())


async def test_a_firmware_is_followed_to_the_boot_with_it(pair: Pair) -> None:
    order = UpdateFirmware(
        location="ftp://me:secret@x/2.0.bin",
        retrieve_at=START,
        signing_certificate=pem(Authority().root),
        signature="s",
    )
    assert Accepted() == await pair.send(order)
    await pair.passes(minutes=3)
    await eventually(lambda: len(pair.events(Booted)) == 2)

    numbers = {number for _, number in pair.transfers(Transfer.FIRMWARE)}
    sent = next(
        m.command for m in pair.rig.ledger.messages if isinstance(m.command, UpdateFirmware)
    )
    assert [sent.request_id] == list(numbers)
    assert [
        "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed",
    ] == [word for word, _ in pair.transfers(Transfer.FIRMWARE)]  # fmt: skip
    assert ["1.0", "2.0"] == [boot.firmware_version for boot in pair.events(Booted)]
    assert "secret" not in repr(pair.rig.ledger.messages)


async def test_a_log_is_followed_by_its_number(pair: Pair) -> None:
    await pair.send(GetLog(kind=LogKind.DIAGNOSTICS, location="ftp://x/l", request_id=77))
    await pair.passes(minutes=1)

    assert [("Uploading", 77), ("Uploaded", 77)] == pair.transfers(Transfer.LOG)


async def test_a_certificate_is_renewed_on_demand(pair: Pair) -> None:
    trigger = TriggerMessage(message="SignChargePointCertificate")
    assert Accepted() == await pair.send(trigger)
    await eventually(lambda: pair.rig.count("certificates_sent") == 1)

    assert pair.charger.upkeep.certificates.chain_pem.startswith("-----BEGIN CERTIFICATE")
    assert [] == pair.events(SecurityEventReported)


async def test_roots_are_installed_and_deleted_by_their_hash(pair: Pair) -> None:
    root = InstallCertificate(use=CertificateUse.CSMS_ROOT, certificate_pem=pem(Authority().root))
    assert Accepted() == await pair.send(root)
    read = await pair.send(GetInstalledCertificates(use=CertificateUse.CSMS_ROOT))
    assert isinstance(read, Accepted)
    (installed,) = read.certificates

    assert CertificateUse.CSMS_ROOT is installed.use
    assert Accepted() == await pair.send(DeleteCertificate(hash=installed.hash))
    assert Rejected(status="NotFound") == await pair.send(DeleteCertificate(hash=installed.hash))


async def test_a_connector_in_use_goes_out_of_service_later(pair: Pair) -> None:
    await pair.charger.plug_in(ONE, CAR, GOOD)
    result = await pair.send(ChangeAvailability(connector_id=ConnectorId(0), operative=False))

    assert Accepted(status="Scheduled") == result
