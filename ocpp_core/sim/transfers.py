"""What a simulated charger downloads, installs and uploads, and what it tells of it meanwhile.

Nothing is really fetched or sent: the steps and their words are those of OCPP 1.6 sections 4.4 and
4.5, its security whitepaper (use cases L01 and N01), and OCPP 2.0.1 chapters L and N.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.commands import GetDiagnostics, GetLog, UpdateFirmware
from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.sim.nap import Nap

type TransferOrder = GetDiagnostics | GetLog | UpdateFirmware


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTraits:
    """How long a charger takes, and where it fails."""

    download_s: float = 30.0
    install_s: float = 60.0
    upload_s: float = 20.0
    failure: str = ""
    """Word that the next transfers end with, where they can: `DownloadFailed`,
    `InstallationFailed`, `InvalidSignature` (signed firmware), `UploadFailed` (diagnostics),
    `UploadFailure` (log). Empty: they succeed."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to tell."""

    at: datetime
    word: str


IDLE = "Idle"
_FINAL = frozenset({
    "DownloadFailed", "InstallationFailed", "Installed", "InvalidSignature",
    "UploadFailed", "UploadFailure", "Uploaded",
})  # fmt: skip


def steps(order: TransferOrder, now: datetime, traits: TransferTraits) -> tuple[Step, ...]:
    """Return what a charger will tell of an order, up to the failure if there is one."""
    told: list[Step] = []
    for step in _planned(order, now, traits):
        told.append(step)
        if step.word == traits.failure:
            break
    return tuple(told)


def _planned(order: TransferOrder, now: datetime, traits: TransferTraits) -> Iterator[Step]:
    """Yield the steps of a success, with those of the failure before the ones they replace."""
    fails = traits.failure
    if not isinstance(order, UpdateFirmware):
        done = now + timedelta(seconds=traits.upload_s)
        yield Step(now, "Uploading")
        if fails == ("UploadFailure" if isinstance(order, GetLog) else "UploadFailed"):
            yield Step(done, fails)
        yield Step(done, "Uploaded")
        return
    signed = bool(order.signature)
    begin = max(now, order.retrieve_at)
    if signed and begin > now:
        yield Step(now, "DownloadScheduled")
    yield Step(begin, "Downloading")
    downloaded = begin + timedelta(seconds=traits.download_s)
    if fails == "DownloadFailed":
        yield Step(downloaded, fails)
    yield Step(downloaded, "Downloaded")
    install = downloaded
    if signed:
        if fails == "InvalidSignature":
            yield Step(downloaded, fails)
        yield Step(downloaded, "SignatureVerified")
        if order.install_at is not None and order.install_at > downloaded:
            install = order.install_at
            yield Step(downloaded, "InstallScheduled")
    yield Step(install, "Installing")
    installed = install + timedelta(seconds=traits.install_s)
    if fails == "InstallationFailed":
        yield Step(installed, fails)
    yield Step(installed, "Installed")


def transfer_of(order: TransferOrder) -> Transfer:
    """Return what kind of transfer an order starts."""
    match order:
        case UpdateFirmware():
            return Transfer.FIRMWARE
        case GetDiagnostics():
            return Transfer.DIAGNOSTICS
        case GetLog():
            return Transfer.LOG


class Transfers:
    """The transfers of one charger: at most one of each kind, a newer order replaces an older one.

    `tell` is called with each word at its time, while `run` runs.
    """

    def __init__(
        self,
        *,
        clock: AlarmClock,
        traits: TransferTraits,
        tell: Callable[[TransferStatusChanged], object],
        installed: Callable[[], object] = lambda: None,
    ) -> None:
        self.traits = traits
        self._clock = clock
        self._tell = tell
        self._installed = installed
        self._nap = Nap(clock)
        self._due: dict[Transfer, list[Step]] = {}
        self._orders: dict[Transfer, TransferOrder] = {}
        self._last: dict[Transfer, str] = {}

    def begin(self, order: TransferOrder) -> bool:
        """Start an order; True when it took the place of one that was under way."""
        kind = transfer_of(order)
        replaced = kind in self._due
        self._due[kind] = list(steps(order, self._clock.now(), self.traits))
        self._orders[kind] = order
        self._last.pop(kind, None)
        self._nap.wake()
        return replaced

    def is_busy(self, kind: Transfer) -> bool:
        """Tell whether a transfer of a kind is under way."""
        return kind in self._due

    def state(self, kind: Transfer) -> TransferStatusChanged:
        """Return what is to be said when asked: the last word of what is under way, else Idle."""
        if kind not in self._due:
            return TransferStatusChanged(transfer=kind, status=IDLE)
        return self._said(kind, self._last.get(kind, IDLE))

    async def run(self) -> None:
        """Tell every step at its time, until cancelled."""
        while True:
            now = self._clock.now()
            for kind, due in tuple(self._due.items()):
                while due and due[0].at <= now:
                    self._take(kind, due.pop(0).word)
                if not due:
                    self._due.pop(kind)
            upcoming = (due[0].at for due in self._due.values())
            await self._nap.until(min(upcoming, default=None))

    def _take(self, kind: Transfer, word: str) -> None:
        self._last[kind] = IDLE if word in _FINAL else word
        self._tell(self._said(kind, word))
        if word == "Installed":
            self._installed()

    def _said(self, kind: Transfer, word: str) -> TransferStatusChanged:
        order = self._orders[kind]
        number = None if isinstance(order, GetDiagnostics) else order.request_id
        return TransferStatusChanged(transfer=kind, status=word, request_id=number)
