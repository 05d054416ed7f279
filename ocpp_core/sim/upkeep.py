"""What keeps a simulated charger up: firmware, log files, certificates.

Sources: OCPP 1.6 sections 5.9 and 5.19 and its security whitepaper; OCPP 2.0.1 chapters A, L, M, N.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.commands import UpdateFirmware
from ocpp_core.domain.events import Transfer, TransferStatusChanged
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.sim.certificates import CertificateStore, is_certificate
from ocpp_core.sim.dialect import Dialect, Said
from ocpp_core.sim.keys import ConfigurationKeys
from ocpp_core.sim.transfers import TransferOrder, Transfers, TransferTraits, transfer_of


class Upkeep:
    """Runs transfers and tells of them; asks for certificates.

    `write` sends what is said (lasting or not), `restart` follows an installed firmware and is told
    the new version.
    """

    def __init__(
        self,
        *,
        clock: AlarmClock,
        keys: ConfigurationKeys,
        charge_point_id: ChargePointId,
        dialect: Dialect,
        traits: TransferTraits,
        write: Callable[[Said, bool], object],
        restart: Callable[[str], object],
    ) -> None:
        self.certificates = CertificateStore(
            serial_number=charge_point_id, max_roots=keys.number("CertificateStoreMaxLength")
        )
        self._clock = clock
        self._keys = keys
        self._charge_point_id = charge_point_id
        self._dialect = dialect
        self._write = write
        self._restart = restart
        self._firmware = ""
        self._transfers = Transfers(
            clock=clock, traits=traits, tell=self._told, installed=self._installed
        )

    async def run(self) -> None:
        """Tell of transfers at their times, until cancelled."""
        await self._transfers.run()

    def begin(self, order: TransferOrder) -> bool:
        """Start a transfer; True when it takes the place of one that was under way."""
        if isinstance(order, UpdateFirmware):
            self._firmware = PurePosixPath(order.location.partition("?")[0]).stem
        return self._transfers.begin(order)

    def is_busy(self, order: TransferOrder) -> bool:
        """Tell whether an order would take the place of one that is under way."""
        return self._transfers.is_busy(transfer_of(order))

    def refusal_of(self, order: UpdateFirmware) -> str:
        """Return why a firmware is refused before it is fetched; empty when it is not."""
        if order.signature and not is_certificate(order.signing_certificate):
            return "InvalidCertificate"
        return ""

    def file_name(self, kind: Transfer) -> str:
        """Name the file that will be uploaded."""
        return f"{self._charge_point_id}-{kind.value}.log"

    def say_progress(self, kind: Transfer, *, signed: bool = False) -> None:
        """Tell of a transfer because the server asked."""
        self._write(self._dialect.transfer(self._transfers.state(kind), signed=signed), False)

    def ask_for_certificate(self) -> None:
        """Make a new key and ask for its certificate."""
        csr = self.certificates.request_pem(operator=self._keys.text("CpoName"))
        self._write(self._dialect.certificate_request(csr), False)

    def take_certificate(self, chain_pem: str) -> bool:
        """Keep a certificate for the key that was asked for; tell of one that is not."""
        if self.certificates.take_signed(chain_pem):
            return True
        self._write(self._dialect.bad_certificate(self._clock.now()), True)
        return False

    def _told(self, change: TransferStatusChanged) -> None:
        signed = change.request_id is not None
        self._write(self._dialect.transfer(change, signed=signed), False)

    def _installed(self) -> None:
        self._restart(self._firmware)
