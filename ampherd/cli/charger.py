"""`ampherd charger`: how chargers prove who they are."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say
from ampherd.config import Config
from ampherd.provisioning.library import Library
from ampherd.security.credentials import CredentialStore
from ampherd.security.site import authority_of, credentials_of
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.errors import AmpherdError, ConfigurationError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import KEY_BYTES, SecurityProfile

app = typer.Typer(no_args_is_help=True, help="Passwords and security profiles of chargers.")

profiles_app = typer.Typer(
    no_args_is_help=True, help="What is known of models of chargers, as a file to share."
)
app.add_typer(profiles_app, name="profiles")

IdentityArgument = Annotated[str, typer.Argument(help="The charger's id in the configuration.")]


@app.command(
    help=help_text(
        "Make a password for a charger and print it, this once.",
        "ampherd charger password CP-1",
        rest="Enter it in the charger as its authorization key. A server that runs asks for it "
        "from the charger's next connection on, in place of the one before. To change the password "
        "of a charger that is connected, use POST /api/v1/charge-points/CP-1/password instead: it "
        "tells the charger.",
    )
)
def password(charger: IdentityArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Make a password for a charger and print it."""
    loaded, credentials = _open(config)
    name = _known(loaded, charger)
    key = secrets.token_bytes(KEY_BYTES)
    credentials.set_key(name, key)
    data(key.hex())
    say(f"kept as a hash in {loaded.credentials_path}: note it down, it cannot be shown again")
    profile = credentials.access(name).profile
    if profile in {SecurityProfile.NONE, SecurityProfile.MUTUAL_TLS}:
        say(f"note: {name} has security profile {profile:d}, which asks for no password")


@app.command(
    "list",
    help=help_text(
        "List how each charger proves who it is, without secrets.", "ampherd charger list"
    ),
)
def list_chargers(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """List how each charger proves who it is."""
    loaded, credentials = _open(config)
    rows = [_row(loaded, credentials, name) for name in loaded.security.chargers]
    if as_json:
        json_data(rows)
        return
    if not rows:
        say("no [[charge_point]] is configured")
        return
    titles = ("charger", "profile", "used so far", "password")
    keys = ("id", "profile", "reached", "password")
    lines = [tuple(str(row[key]) for key in keys) for row in rows]
    data(columns([titles, *lines]))


@app.command(
    help=help_text(
        "Go back to the configured password and security profile of a charger.",
        "ampherd charger forget CP-1",
        rest="For a charger that was replaced or reset to factory settings: what it has used "
        "since, a changed password or a higher security profile, counts no more.",
    )
)
def forget(charger: IdentityArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Go back to what is configured."""
    loaded, credentials = _open(config)
    name = _known(loaded, charger)
    if not credentials.forget(name):
        say(f"nothing was kept of {name}: what is configured counts already")
        return
    access = credentials.access(name)
    say(f"{name}: security profile {access.profile:d}, password {_password_words(loaded, name)}")


@profiles_app.command(
    "export",
    help=help_text(
        "Print what is known of the site's models of chargers as one JSON file.",
        "ampherd charger profiles export > chargers.json",
        rest="Nothing of the site is in it: vendors, models, firmware, and what they take.",
    ),
)
def export_profiles(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print what is known of models of chargers."""
    library = Library.beside(open_config(config).store_path)
    data(library.export().decode().rstrip("\n"))
    say(f"{len(library.profiles())} models")


@profiles_app.command(
    "import",
    help=help_text(
        "Take over what others know of models of chargers.",
        "ampherd charger profiles import chargers.json",
        rest="It is where Ampherd begins with a charger of such a model; what the charger itself "
        "says and does always counts instead. A server that runs reads it at its next start.",
    ),
)
def import_profiles(
    file: Annotated[Path, typer.Argument(help="A file of `ampherd charger profiles export`.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take over what others know of models of chargers."""
    library = Library.beside(open_config(config).store_path)
    try:
        text = file.read_bytes()
    except OSError as error:
        raise AmpherdError(f"{file} cannot be read: {error.strerror}") from error
    count = library.import_(text)
    say(f"{count} models imported")


def _open(path: ConfigOption) -> tuple[Config, CredentialStore]:
    loaded = open_config(path)
    return loaded, credentials_of(loaded, authority_of(loaded, SystemClock()))


def _known(config: Config, charger: str) -> ChargePointId:
    name = ChargePointId(charger)
    if name not in config.security.chargers:
        raise ConfigurationError(
            f"no [[charge_point]] of {config.path} has the id {charger!r}",
            hint="ampherd charger list shows them; case counts.",
        )
    return name


def _row(config: Config, credentials: CredentialStore, name: ChargePointId) -> dict[str, object]:
    access, learned = credentials.access(name), credentials.learned(name)
    if learned.pending:
        words = "changed, and not known whether the charger has it"
    elif learned.key is not None:
        words = "changed since configured"
    else:
        words = _password_words(config, name)
    return {
        "id": name,
        "profile": int(access.profile),
        "reached": int(learned.reached),
        "password": words,
    }


def _password_words(config: Config, name: ChargePointId) -> str:
    return "configured" if name in config.passwords else "none"
