"""The central system with a simulated charger of 2.0.1 or 2.1: lists, files, certificates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ocpp_core.domain.car import Car
from ocpp_core.domain.commands import (
    Accepted,
    CancelReservation,
    CertificateUse,
    ClearCache,
    Command,
    CommandResult,
    DeleteCertificate,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    InstallCertificate,
    InstalledCertificate,
    ListUpdate,
    LocalListEntry,
    LogKind,
    Rejected,
    RemoteStart,
    ReserveNow,
    SendLocalList,
    TriggerMessage,
    UpdateFirmware,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    ReservationEnded,
    SessionStarted,
    Transfer,
)
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.dialect import Version
from tests.ocpp_core.csms.pair import Pair, talking
from tests.ocpp_core.csms.rig import START, MakeRig, eventually
from tests.ocpp_core.sim.test_certificates import Authority, pem

ONE, TWO = ConnectorId(1), ConnectorId(2)
GOOD, OTHER = IdToken("GOOD"), IdToken("OTHER")
CAR = Car(energy_wh=10_000, max_current_a=16, phase_count=3, voltage_v=230)


@pytest.fixture(params=[Version.V201, Version.V21])
async def pair(make_rig: MakeRig, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    async with talking(make_rig, request.param) as both:
        yield both


def listing(version: int, update: ListUpdate, status: AuthorizationStatus | None) -> SendLocalList:
    entry = LocalListEntry(id_token=GOOD, status=status, group_token=IdToken("G"))
    return SendLocalList(version=version, update=update, entries=(entry,))


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (CancelReservation(reservation_id=1), Rejected(status="Rejected")),
        (ClearCache(), Accepted()),
        (GetInstalledCertificates(), Accepted(status="NotFound")),
        (GetLocalListVersion(), Accepted(local_list_version=0)),
        (GetLog(kind=LogKind.SECURITY, location="ftp://x/l"), Accepted(file_name="CP1-log.log")),
        (GetDiagnostics(location="ftp://x/d"), Accepted(file_name="CP1-log.log")),
        (
            InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem="none"),
            Rejected(status="Rejected"),
        ),
        (listing(1, ListUpdate.FULL, AuthorizationStatus.ACCEPTED), Accepted()),
        (TriggerMessage(message="LogStatusNotification"), Accepted()),
        (TriggerMessage(message="FirmwareStatusNotification"), Accepted()),
        (
            UpdateFirmware(
                location="ftp://x/f.bin", retrieve_at=START, signing_certificate="c", signature="s"
            ),
            Rejected(status="InvalidCertificate"),
        ),
    ],
)
async def test_every_order_ends_in_its_typed_result(
    pair: Pair, command: Command, result: CommandResult
) -> None:
    assert result == await pair.send(command)


async def test_a_reservation_is_obeyed_used_up_and_ended(pair: Pair) -> None:
    until = START + timedelta(minutes=30)
    first = ReserveNow(reservation_id=7, id_token=GOOD, expires_at=until, connector_id=ONE)
    second = ReserveNow(reservation_id=8, id_token=GOOD, expires_at=until, connector_id=TWO)
    assert Accepted() == await pair.send(first)
    assert Accepted() == await pair.send(second)
    refused = await pair.send(RemoteStart(id_token=OTHER, connector_id=ONE))
    assert isinstance(refused, Rejected)
    await pair.charger.plug_in(ONE, CAR, GOOD)
    await pair.passes(minutes=31)
    await eventually(lambda: len(pair.events(ReservationEnded)) == 1)

    assert [7] == [event.reservation_id for event in pair.events(SessionStarted)]
    assert [(8, "Expired")] == [(e.reservation_id, e.status) for e in pair.events(ReservationEnded)]


async def test_a_local_list_is_amended(pair: Pair) -> None:
    await pair.send(listing(3, ListUpdate.FULL, AuthorizationStatus.BLOCKED))
    older = listing(3, ListUpdate.DIFFERENTIAL, None)
    assert Rejected(status="VersionMismatch") == await pair.send(older)
    assert Accepted() == await pair.send(listing(4, ListUpdate.DIFFERENTIAL, None))

    assert Accepted(local_list_version=4) == await pair.send(GetLocalListVersion())
    assert pair.charger.admission.known(GOOD) is None


async def test_a_firmware_is_followed_to_the_boot_with_it(pair: Pair) -> None:
    order = UpdateFirmware(
        location="ftp://x/2.0.bin",
        retrieve_at=START,
        signing_certificate=pem(Authority().root),
        signature="s",
        request_id=5,
    )
    assert Accepted() == await pair.send(order)
    await pair.passes(minutes=3)
    await eventually(lambda: len(pair.events(Booted)) == 2)

    assert [
        "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed",
    ] == [word for word, _ in pair.transfers(Transfer.FIRMWARE)]  # fmt: skip
    assert {5} == {number for _, number in pair.transfers(Transfer.FIRMWARE)}
    assert ["1.0", "2.0"] == [boot.firmware_version for boot in pair.events(Booted)]


async def test_a_certificate_is_renewed_on_demand(pair: Pair) -> None:
    assert Accepted() == await pair.send(TriggerMessage(message="SignChargingStationCertificate"))
    await eventually(lambda: pair.rig.count("certificates_sent") == 1)

    assert pair.charger.upkeep.certificates.chain_pem.startswith("-----BEGIN CERTIFICATE")


async def test_roots_are_installed_listed_with_their_use_and_deleted(pair: Pair) -> None:
    root = InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem=pem(Authority().root))
    assert Accepted() == await pair.send(root)
    read = await pair.send(GetInstalledCertificates())
    assert isinstance(read, Accepted)
    (kept,) = read.certificates

    assert InstalledCertificate(use=CertificateUse.V2G_ROOT, hash=kept.hash) == kept
    assert Accepted() == await pair.send(DeleteCertificate(hash=kept.hash))
    assert Rejected(status="NotFound") == await pair.send(DeleteCertificate(hash=kept.hash))
