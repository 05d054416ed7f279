"""The site's own certificate authority: a folder with its key and a list of what it issued."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ampherd.files import replace_file, sole_writer
from ampherd.security.x509 import (
    PublicKey,
    Root,
    certificate_pem,
    charger_certificate,
    new_key,
    new_root,
    new_rsa_key,
    private_pem,
    serial_of,
    server_certificate,
    sign_csr,
)
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest, SignedCertificate

ROOT_DAYS = 20 * 365
LEAF_DAYS = 2 * 365
"""How long certificates of servers and chargers hold, unless said otherwise."""


class Purpose(StrEnum):
    """What a certificate is for."""

    ROOT = "root"
    SERVER = "server"
    CHARGER = "charger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate in the authority's list."""

    serial_number: str
    """Upper-case hex."""
    purpose: Purpose
    name: str
    """CN, or the first host of a server."""
    charge_point_id: str = ""
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    certificates: tuple[Issued, ...] = ()


class SiteAuthority:
    """A `CertificateAuthority` in a folder: ca.pem, ca.key, server.*, chargers/*, issued.json."""

    def __init__(
        self,
        folder: Path,
        operator: str,
        clock: Clock,
        common_names: dict[ChargePointId, str] | None = None,
    ) -> None:
        self.folder = folder
        self._operator = operator
        self._clock = clock
        self._names = common_names or {}
        self._list = folder / "issued.json"
        self._seen: tuple[int, int, int] | None = None
        self._issued: tuple[Issued, ...] = ()
        self._revoked: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        """Tell whether there is an authority that can sign."""
        return (self.folder / "ca.key").exists()

    def init(self, *, days: int = ROOT_DAYS) -> Path:
        """Make the authority and return the file that chargers have to trust.

        Raises AmpherdError when there is one: certificates of the old one would not count any more.
        """
        if self.exists:
            raise AmpherdError(
                f"there is an authority in {self.folder}",
                hint="Every charger trusts it; move the folder away to begin anew.",
            )
        now = self._clock.now()
        root = new_root(self._operator, now=now, days=days)
        self._write("ca.key", private_pem(root.key))
        self._write("ca.pem", certificate_pem(root.certificate).encode())
        self._note(
            Issued(
                serial_number=serial_of(root.certificate),
                purpose=Purpose.ROOT,
                name=self._operator,
                issued_at=now,
                expires_at=root.certificate.not_valid_after_utc,
            )
        )
        return self.folder / "ca.pem"

    def issue_server(self, hosts: Sequence[str], *, days: int = LEAF_DAYS) -> SignedCertificate:
        """Make the server's keys and certificates for the names and addresses that chargers use.

        Two of them: a server has to speak suites with ECDSA and with RSA (OCPP 2.0.1 A00).
        """
        root, now = self._root(), self._clock.now()

        def signed_for(key: PublicKey) -> SignedCertificate:
            return server_certificate(
                root, key, operator=self._operator, hosts=hosts, now=now, days=days
            )

        rsa_key, key = new_rsa_key(), new_key()
        made = (
            ("server-rsa", private_pem(rsa_key), signed_for(rsa_key.public_key())),
            ("server", private_pem(key), signed_for(key.public_key())),
        )
        for stem, key_pem, signed in made:
            self._write(f"{stem}.key", key_pem)
            self._write(f"{stem}.pem", signed.chain_pem.encode())
            self._note(_entry(signed, Purpose.SERVER, hosts[0], now))
        return made[-1][2]

    def issue_charger(
        self, charge_point_id: ChargePointId, *, days: int = LEAF_DAYS
    ) -> SignedCertificate:
        """Make a key and certificate for a charger that cannot make its own request."""
        now, key = self._clock.now(), new_key()
        name = self._name_of(charge_point_id)
        signed = charger_certificate(
            self._root(),
            key.public_key(),
            operator=self._operator,
            common_name=name,
            now=now,
            days=days,
        )
        stem = self.charger_file(charge_point_id)
        self._write(f"{stem}.key", private_pem(key))
        self._write(f"{stem}.pem", signed.chain_pem.encode())
        self._note(_entry(signed, Purpose.CHARGER, name, now, charge_point_id))
        return signed

    def sign(
        self, csr_pem: str, charge_point_id: ChargePointId, *, days: int = LEAF_DAYS
    ) -> SignedCertificate | RefusedRequest:
        """Check a charger's request and sign it; the certificate is kept in chargers/ too."""
        if not self.exists:
            return RefusedRequest(reason="the site has no authority: ampherd cert init makes one")
        now, name = self._clock.now(), self._name_of(charge_point_id)
        signed = sign_csr(
            csr_pem, self._root(), operator=self._operator, common_name=name, now=now, days=days
        )
        if isinstance(signed, SignedCertificate):
            self._write(f"{self.charger_file(charge_point_id)}.pem", signed.chain_pem.encode())
            self._note(_entry(signed, Purpose.CHARGER, name, now, charge_point_id))
        return signed

    def revoke(self, which: str) -> tuple[Issued, ...]:
        """Revoke a certificate by its serial number, or all of a charger; return which they were.

        A server that runs refuses them at once, and soon ends connections that rest on them.
        """
        with sole_writer(self._list):
            now, found, kept = self._clock.now(), [], []
            for entry in self.entries():
                named = entry.purpose is Purpose.CHARGER and entry.charge_point_id == which
                if (named or entry.serial_number == which.upper()) and entry.revoked_at is None:
                    found.append(replace(entry, revoked_at=now))
                    kept.append(found[-1])
                else:
                    kept.append(entry)
            if found:
                self._save(tuple(kept))
        return tuple(found)

    def entries(self) -> tuple[Issued, ...]:
        """Return every certificate that was issued, the oldest first."""
        self._refresh()
        return self._issued

    def revoked(self) -> frozenset[str]:
        """Return the serial numbers of certificates that were revoked."""
        self._refresh()
        return self._revoked

    @staticmethod
    def charger_file(charge_point_id: ChargePointId) -> str:
        """Return where a charger's certificate is, below the folder and without its ending."""
        return f"chargers/{re.sub(r'[^A-Za-z0-9_@.-]', '_', charge_point_id)}"

    # -------------------------------------------------------------------------------------------

    def _name_of(self, charge_point_id: ChargePointId) -> str:
        return self._names.get(charge_point_id, charge_point_id)

    def _root(self) -> Root:
        try:
            key = serialization.load_pem_private_key(
                (self.folder / "ca.key").read_bytes(), password=None
            )
            certificate = x509.load_pem_x509_certificate((self.folder / "ca.pem").read_bytes())
        except FileNotFoundError:
            raise AmpherdError(
                f"there is no authority in {self.folder}", hint="Make one: ampherd cert init"
            ) from None
        except (OSError, ValueError, TypeError) as error:
            raise AmpherdError(f"the authority in {self.folder} cannot be read: {error}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AmpherdError(f"{self.folder / 'ca.key'} holds no key of an elliptic curve")
        return Root(certificate=certificate, key=key)

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        try:
            replace_file(path, content)
        except OSError as error:
            raise AmpherdError(f"{path} cannot be written: {error.strerror}") from error

    def _note(self, entry: Issued) -> None:
        with sole_writer(self._list):
            self._save((*self.entries(), entry))

    def _save(self, entries: tuple[Issued, ...]) -> None:
        content = msgspec.json.encode(_File(certificates=entries))
        self._write(self._list.name, msgspec.json.format(content, indent=2))
        self._seen = None

    def _refresh(self) -> None:
        try:
            stat = self._list.stat()
        except FileNotFoundError:
            self._issued, self._revoked, self._seen = (), frozenset(), None
            return
        mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if mark == self._seen:
            return
        try:
            self._issued = msgspec.json.decode(self._list.read_bytes(), type=_File).certificates
        except (OSError, msgspec.MsgspecError) as error:
            raise AmpherdError(
                f"the list of certificates {self._list} cannot be read: {error}",
                hint="Without it nobody knows which certificates are revoked: mend the file.",
            ) from error
        revoked = (e.serial_number for e in self._issued if e.revoked_at is not None)
        self._revoked, self._seen = frozenset(revoked), mark


def _entry(
    signed: SignedCertificate,
    purpose: Purpose,
    name: str,
    now: datetime,
    charge_point_id: str = "",
) -> Issued:
    return Issued(
        serial_number=signed.serial_number,
        purpose=purpose,
        name=name,
        charge_point_id=charge_point_id,
        issued_at=now,
        expires_at=signed.expires_at,
    )
