"""`ampherd cert`: a certificate authority of the site's own, for TLS with its chargers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say
from ampherd.config import Config
from ampherd.security.authority import LEAF_DAYS, ROOT_DAYS, Issued, Purpose, SiteAuthority
from ampherd.security.site import authority_of
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.errors import AmpherdError, ConfigurationError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest

app = typer.Typer(no_args_is_help=True, help="Certificates of the site's own authority.")

DaysOption = Annotated[int, typer.Option("--days", min=1, max=36500, help="How long it holds.")]


@app.command(
    help=help_text(
        "Make the site's certificate authority.",
        "ampherd cert init",
        rest="Writes ca.pem, which every charger has to trust, and ca.key, which signs and must "
        "stay secret, into the folder tls beside the configuration (server.tls_folder).",
    )
)
def init(config: ConfigOption = DEFAULT_CONFIG, *, days: DaysOption = ROOT_DAYS) -> None:
    """Make the site's certificate authority."""
    loaded, authority = _open(config)
    root = authority.init(days=days)
    data(str(root))
    say(f"the authority of {loaded.security.operator!r}; its key is {root.with_suffix('.key')}")
    say("install in every charger: ca.pem, as the root certificate of its central system")
    say("keep ca.key secret and copy it somewhere safe: whoever has it can pose as your server")
    say("next: ampherd cert server --host NAME-OR-ADDRESS-THAT-CHARGERS-USE")


@app.command(
    help=help_text(
        "Make the server's certificates.",
        "ampherd cert server --host ampherd.example.org",
        "ampherd cert server --host ampherd.lan --host 192.168.1.10",
        rest="Name every name and address that chargers reach the server by, the main one first. A "
        "server that runs takes them from its next connection on.",
    )
)
def server(
    host: Annotated[list[str], typer.Option("--host", help="Host name or address; repeatable.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    days: DaysOption = LEAF_DAYS,
) -> None:
    """Make the server's certificates."""
    loaded, authority = _open(config)
    signed = authority.issue_server(host, days=days)
    data(str(authority.folder / "server.pem"))
    say(f"for {', '.join(host)}, until {signed.expires_at:%Y-%m-%d}; with server.key, and the same")
    say("for chargers that speak RSA only as server-rsa.pem")
    if loaded.server.ocpp_tls_port is None:
        say("next: set ocpp_tls_port = 9443 under [server] and start the server")
    port = loaded.server.ocpp_tls_port or 9443
    say(f"chargers then use  wss://{host[0]}:{port}{loaded.server.ocpp_path}/IDENTITY")


@app.command(
    help=help_text(
        "Make a charger's certificate (security profile 3).",
        "ampherd cert charger CP-1",
        "ampherd cert charger CP-1 --csr cp-1.csr",
        rest="Better the charger makes its key itself and hands out a request (--csr): then the "
        "key never leaves it. Without one, key and certificate are made here.",
    )
)
def charger(
    identity: Annotated[str, typer.Argument(help="The charger's id in the configuration.")],
    csr: Annotated[
        Path | None, typer.Option("--csr", help="Certificate request of the charger, PEM.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    days: DaysOption = LEAF_DAYS,
) -> None:
    """Make a charger's certificate."""
    loaded, authority = _open(config)
    name = ChargePointId(identity)
    if name not in loaded.security.chargers:
        raise ConfigurationError(
            f"no [[charge_point]] of {loaded.path} has the id {identity!r}",
            hint="ampherd charger list shows them; case counts.",
        )
    if csr is None:
        signed = authority.issue_charger(name, days=days)
    else:
        answer = authority.sign(_text(csr), name, days=days)
        if isinstance(answer, RefusedRequest):
            raise AmpherdError(
                f"{csr} is not signed: {answer.reason}",
                hint="A charger's request names O and CN as `ampherd charger list` and "
                "server.operator say; certificate_cn sets another CN.",
            )
        signed = answer
    certificate = authority.folder / f"{authority.charger_file(name)}.pem"
    data(str(certificate))
    access = loaded.security.chargers[name]
    say(f"O = {loaded.security.operator}, CN = {access.common_name}, until "
        f"{signed.expires_at:%Y-%m-%d}")  # fmt: skip
    if csr is None:
        say(f"install in {name}: this file and {certificate.with_suffix('.key').name}, then delete")
        say("the key here: the charger is the only one that needs it")
    else:
        say(f"install in {name}: this file")


@app.command(
    "list",
    help=help_text("List every certificate with its end.", "ampherd cert list"),
)
def list_certificates(
    config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False
) -> None:
    """List every certificate with its end."""
    _, authority = _open(config)
    entries, now = authority.entries(), SystemClock().now()
    if as_json:
        json_data([_plain(entry, now) for entry in entries])
        return
    if not entries:
        say("none was issued yet: ampherd cert init")
        return
    rows = [
        (
            entry.purpose.value,
            entry.charge_point_id or entry.name,
            f"{entry.expires_at:%Y-%m-%d}",
            _state(entry, now),
            entry.serial_number,
        )
        for entry in entries
    ]
    data(columns([("for", "name", "ends", "state", "serial number"), *rows]))


@app.command(
    help=help_text(
        "Revoke a certificate by its serial number, or all of a charger.",
        "ampherd cert revoke CP-1",
        "ampherd cert revoke 3F0A9C…",
        rest="A server that runs refuses it from the next connection on; a connection that stands "
        "is not cut.",
    )
)
def revoke(
    which: Annotated[str, typer.Argument(help="Serial number, or the id of a charger.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Revoke certificates."""
    _, authority = _open(config)
    revoked = authority.revoke(which)
    if not revoked:
        raise AmpherdError(
            f"no certificate in force is called {which!r}", hint="ampherd cert list shows them."
        )
    for entry in revoked:
        say(f"revoked {entry.serial_number} of {entry.charge_point_id or entry.name}")
        if entry.purpose is not Purpose.CHARGER:
            say("note: chargers do not learn of this; replace it, and the root if its key is out")


def _open(path: Path) -> tuple[Config, SiteAuthority]:
    loaded = open_config(path)
    return loaded, authority_of(loaded, SystemClock())


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise AmpherdError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise AmpherdError(
            f"{path} is not PEM",
            hint="Convert it: openssl req -inform DER -in FILE -out FILE.pem",
        ) from None


def _state(entry: Issued, now: datetime) -> str:
    if entry.revoked_at is not None:
        return f"revoked {entry.revoked_at:%Y-%m-%d}"
    days = (entry.expires_at.astimezone(UTC) - now).days
    return "ended" if days < 0 else f"{days} days left"


def _plain(entry: Issued, now: datetime) -> dict[str, object]:
    return {
        "purpose": entry.purpose,
        "name": entry.name,
        "charge_point": entry.charge_point_id or None,
        "serial_number": entry.serial_number,
        "issued_at": entry.issued_at.isoformat(),
        "expires_at": entry.expires_at.isoformat(),
        "revoked_at": None if entry.revoked_at is None else entry.revoked_at.isoformat(),
        "state": _state(entry, now),
    }
