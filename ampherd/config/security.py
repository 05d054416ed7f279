"""How the site is secured, from what the file says: profiles, certificates, proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ampherd.config.faults import Fault, dotted
from ampherd.config.lines import KeyPath
from ampherd.config.sources import Sources
from ampherd.config.spec import ConfigSpec
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import SecurityProfile

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerAccess:
    """What is asked of a configured charger, at least."""

    profile: SecurityProfile
    common_name: str
    """CN of its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where the certificates of the server are."""

    certificate: Path
    """PEM: the server's certificate, then those of its issuers."""
    key: Path
    rsa: tuple[Path, Path] | None
    """Certificate and key of the second pair that `ampherd cert server` makes; may be missing."""
    client_ca: Path | None
    """PEM: who may issue certificates of chargers; None: no charger needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """How the site is secured."""

    profile: SecurityProfile
    """Of chargers that name none."""
    chargers: Mapping[ChargePointId, ChargerAccess]
    operator: str
    """O of certificates."""
    folder: Path
    """Where `ampherd cert` keeps the site's own authority."""
    tls: TlsFiles | None
    """None: no TLS port."""
    proxies: tuple[Network, ...]
    proxy_subject_header: str

    @property
    def wants_certificates(self) -> bool:
        """Tell whether a charger has to show a certificate."""
        return any(c.profile is SecurityProfile.MUTUAL_TLS for c in self.chargers.values())


def security_settings(spec: ConfigSpec, folder: Path) -> SecuritySettings:
    """Return the settings; relative paths are relative to `folder`, that of the file."""
    server = spec.server
    default = SecurityProfile(server.security_profile)
    chargers = {
        ChargePointId(point.id): ChargerAccess(
            profile=default
            if point.security_profile is None
            else SecurityProfile(point.security_profile),
            common_name=point.certificate_cn or point.id,
        )
        for point in spec.charge_point
    }
    own = (folder / Path(server.tls_folder).expanduser()).resolve()

    def beside(name: str | None, else_: str) -> Path:
        return own / else_ if name is None else (folder / Path(name).expanduser()).resolve()

    direct = any(c.profile is SecurityProfile.MUTUAL_TLS for c in chargers.values()) and not (
        server.proxies and server.proxy_subject_header
    )
    wants_ca = direct or server.tls_client_ca is not None
    return SecuritySettings(
        profile=default,
        chargers=chargers,
        operator=server.operator or spec.site.name,
        folder=own,
        tls=None
        if server.ocpp_tls_port is None
        else TlsFiles(
            certificate=beside(server.tls_certificate, "server.pem"),
            key=beside(server.tls_key, "server.key"),
            rsa=None
            if server.tls_certificate
            else (own / "server-rsa.pem", own / "server-rsa.key"),
            client_ca=beside(server.tls_client_ca, "ca.pem") if wants_ca else None,
        ),
        proxies=tuple(ipaddress.ip_network(name) for name in server.proxies),
        proxy_subject_header=server.proxy_subject_header or "",
    )


def security_faults(spec: ConfigSpec, sources: Sources) -> Iterator[Fault]:
    """Yield every profile that no connection can have as the site is set."""
    server = spec.server
    encrypted = server.ocpp_tls_port is not None or bool(server.proxies)

    def fault(path: KeyPath, problem: str, hint: str) -> Fault:
        return Fault(place=sources.place(path), key=dotted(path), problem=problem, hint=hint)

    if not server.ocpp_plain and server.ocpp_tls_port is None:
        yield fault(
            ("server", "ocpp_plain"),
            "neither a plain nor a TLS port is open",
            "Set ocpp_tls_port, or leave ocpp_plain out.",
        )
    if server.proxy_subject_header and not server.proxies:
        yield fault(
            ("server", "proxy_subject_header"),
            "no proxy is trusted",
            "Name the addresses of the proxy in proxies.",
        )
    certified = server.ocpp_tls_port is not None or bool(server.proxy_subject_header)
    for number, point in enumerate(spec.charge_point):
        path: KeyPath = ("charge_point", number, "security_profile")
        if point.security_profile is None:
            profile, path = int(server.security_profile), ("server", "security_profile")
        else:
            profile = int(point.security_profile)
        if profile >= SecurityProfile.BASIC_TLS and not encrypted:
            yield fault(
                path,
                f"security profile {profile} needs TLS, and no TLS port is open",
                "Set server.ocpp_tls_port, or server.proxies when a proxy ends TLS.",
            )
        elif profile == SecurityProfile.MUTUAL_TLS and not certified:
            yield fault(
                path,
                "security profile 3 needs certificates of chargers, and the proxy passes none on",
                "Set server.proxy_subject_header, or server.ocpp_tls_port.",
            )
        elif (
            profile < SecurityProfile.BASIC_TLS
            and server.ocpp_tls_port is not None
            and not server.ocpp_plain
        ):
            yield fault(
                path,
                f"security profile {profile} is for plain connections, and ocpp_plain is false",
                "Use profile 2 or 3, or open the plain port.",
            )
