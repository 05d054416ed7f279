"""The security of one running site: its credentials, certificates and authority, built together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ampherd.config import Config
from ampherd.security.authority import SiteAuthority
from ampherd.security.credentials import CredentialStore
from ampherd.security.tls import ServerCertificates
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest, SecurityProfile, SignedCertificate

_LOOPBACK = ("127.", "localhost", "::1")
_LISTED = 3


class SiteSecurity:
    """Everything that keeps strangers out; raises AmpherdError when a part cannot be used."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.settings = config.security
        self.authority = authority_of(config, clock)
        self.credentials = credentials_of(config, self.authority)
        self.certificates = (
            None if config.security.tls is None else ServerCertificates(config.security.tls)
        )

    def sign(
        self, csr_pem: str, charge_point_id: ChargePointId
    ) -> SignedCertificate | RefusedRequest:
        """Sign a charger's request, if the charger proves who it is; a `CertificateAuthority`."""
        access = self.credentials.access(charge_point_id)
        if access.anonymous or access.profile is SecurityProfile.NONE:
            return RefusedRequest(
                reason="the charger proves nothing (security profile 0): with a certificate, "
                "whoever poses as it now would be it for good"
            )
        return self.authority.sign(csr_pem, charge_point_id)

    def profiles(
        self, charge_point_ids: Iterable[ChargePointId]
    ) -> dict[ChargePointId, SecurityProfile]:
        """Return the security profile asked of each charger; nothing where none can be read.

        The chargers are listed all the same; whoever connects is refused with that reason.
        """
        try:
            asked = self.credentials.accesses(charge_point_ids)
        except StoreError:
            return {}
        return {name: access.profile for name, access in asked.items()}

    def alarms(self, now: datetime) -> tuple[str, ...]:
        """Say which certificate ends soon."""
        return () if self.certificates is None else self.certificates.alarms(now)


def authority_of(config: Config, clock: Clock) -> SiteAuthority:
    """Return the site's authority, whether there is one yet or not."""
    names = {name: access.common_name for name, access in config.security.chargers.items()}
    return SiteAuthority(config.security.folder, config.security.operator, clock, names)


def credentials_of(config: Config, authority: SiteAuthority) -> CredentialStore:
    """Return what the site's chargers have to prove."""
    return CredentialStore(
        config.credentials_path,
        config.security,
        config.charger_keys(),
        revoked=authority.revoked,
    )


def security_notes(config: Config, credentials: CredentialStore) -> Iterator[str]:
    """Yield what is allowed and yet worth a thought, or keeps a charger out."""
    by_profile: dict[SecurityProfile, list[ChargePointId]] = {p: [] for p in SecurityProfile}
    without: list[ChargePointId] = []
    for name in config.security.chargers:
        access = credentials.access(name)
        by_profile[access.profile].append(name)
        if not access.keys and access.profile in {SecurityProfile.BASIC, SecurityProfile.BASIC_TLS}:
            without.append(name)
    if without:
        one = without[0]
        yield (
            f'{_few(without)}: no password, so the connection is refused. Write password = "…" '
            f"beside its id, or run `ampherd charger password {one}`; security_profile = 0 lets in "
            "whoever calls itself so"
        )
    if config.server.ocpp_host.startswith(_LOOPBACK):
        return
    if by_profile[SecurityProfile.NONE]:
        yield (
            f"{_few(by_profile[SecurityProfile.NONE])}: security profile 0, and the OCPP port is "
            "open to other machines: anybody who reaches it can pose as the charger"
        )
    if by_profile[SecurityProfile.BASIC] and not config.security.proxies:
        yield (
            f"{_few(by_profile[SecurityProfile.BASIC])}: security profile 1, and the OCPP port is "
            "open to other machines: passwords and messages cross the network in the clear. Use "
            "profile 2 where the charger can (`ampherd cert`, docs/security.md), or a network of "
            "their own"
        )


def _few(names: list[ChargePointId]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
