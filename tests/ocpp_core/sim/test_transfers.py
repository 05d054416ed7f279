"""What a simulated charger tells of firmware and log transfers, in any OCPP version."""

import asyncio
from datetime import timedelta

import pytest

from ocpp_core.domain.commands import GetDiagnostics, GetLog, LogKind, UpdateFirmware
from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.sim.transfers import TransferOrder, Transfers, TransferTraits, steps
from tests.ocpp_core.sim.conftest import START, Timeline

PLAIN = UpdateFirmware(location="ftp://x/f.bin", retrieve_at=START)
SIGNED = UpdateFirmware(
    location="ftp://x/f.bin",
    retrieve_at=START + timedelta(seconds=10),
    install_at=START + timedelta(hours=1),
    signing_certificate="c",
    signature="s",
    request_id=5,
)
LOG = GetLog(kind=LogKind.SECURITY, location="ftp://x", request_id=6)
DIAGNOSTICS = GetDiagnostics(location="ftp://x")


@pytest.mark.parametrize(
    ("order", "failure", "words"),
    [
        (PLAIN, "", ["Downloading", "Downloaded", "Installing", "Installed"]),
        (PLAIN, "DownloadFailed", ["Downloading", "DownloadFailed"]),
        (PLAIN, "InstallationFailed", [
            "Downloading", "Downloaded", "Installing", "InstallationFailed",
        ]),
        (PLAIN, "InvalidSignature", ["Downloading", "Downloaded", "Installing", "Installed"]),
        (SIGNED, "", [
            "DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified",
            "InstallScheduled", "Installing", "Installed",
        ]),
        (SIGNED, "InvalidSignature", [
            "DownloadScheduled", "Downloading", "Downloaded", "InvalidSignature",
        ]),
        (LOG, "", ["Uploading", "Uploaded"]),
        (LOG, "UploadFailure", ["Uploading", "UploadFailure"]),
        (DIAGNOSTICS, "", ["Uploading", "Uploaded"]),
        (DIAGNOSTICS, "UploadFailed", ["Uploading", "UploadFailed"]),
    ],
)  # fmt: skip
def test_the_steps_are_those_of_the_specification(
    order: TransferOrder, failure: str, words: list[str]
) -> None:
    told = steps(order, START, TransferTraits(failure=failure))

    assert words == [step.word for step in told]
    assert sorted(step.at for step in told) == [step.at for step in told]


async def test_every_step_is_told_at_its_time_with_the_number_of_its_order(
    time: Timeline,
) -> None:
    told: list[TransferStatusChanged] = []
    installed: list[bool] = []
    subject = Transfers(
        clock=time.clock,
        traits=TransferTraits(download_s=10, install_s=20, upload_s=5),
        tell=told.append,
        installed=lambda: installed.append(True),
    )
    running = asyncio.create_task(subject.run())
    assert "Idle" == subject.state(Transfer.FIRMWARE).status
    assert not subject.begin(SIGNED)
    assert not subject.begin(LOG)
    await time.passes(seconds=15)

    assert TransferStatusChanged(
        transfer=Transfer.FIRMWARE, status="Downloading", request_id=5
    ) == subject.state(Transfer.FIRMWARE)
    assert [("firmware", "DownloadScheduled"), ("log", "Uploading"), ("log", "Uploaded"),
            ("firmware", "Downloading")] == [(t.transfer, t.status) for t in told]  # fmt: skip
    assert {5, 6} == {t.request_id for t in told}
    assert "Idle" == subject.state(Transfer.LOG).status
    await time.passes(hours=2)
    assert "Installed" == told[-1].status
    assert [True] == installed
    running.cancel()


async def test_a_newer_order_takes_the_place_of_one_under_way(time: Timeline) -> None:
    told: list[TransferStatusChanged] = []
    subject = Transfers(clock=time.clock, traits=TransferTraits(), tell=told.append)
    running = asyncio.create_task(subject.run())
    subject.begin(LOG)
    await time.passes(seconds=5)

    assert subject.begin(LOG)
    await time.passes(minutes=1)
    assert ["Uploading", "Uploading", "Uploaded"] == [t.status for t in told]
    running.cancel()
