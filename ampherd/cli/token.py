"""`ampherd token`: who may use the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say
from ampherd.sqltoken import SqlTokenFile
from ampherd.tokens import Role, TokenStore
from ocpp_core.domain.errors import AmpherdError

app = typer.Typer(
    no_args_is_help=True, help="Tokens of the HTTP API, and the one that reads the database."
)


@app.command(
    help=help_text(
        "Make a token and print it, this once; a server that runs knows it at once.",
        "ampherd token create --role viewer --name grafana",
        "TOKEN=$(ampherd token create --role operator --name script)",
    )
)
def create(
    name: Annotated[str, typer.Option(help="Who will hold it; shown beside what was done.")],
    role: Annotated[
        Role, typer.Option(help="viewer reads, operator also acts, admin may do everything.")
    ] = Role.VIEWER,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Make a token and print it."""
    loaded = open_config(config)
    token = TokenStore(loaded.tokens_path).create(name, role)
    data(token)
    say(f"kept as a hash in {loaded.tokens_path}: note the token down, it cannot be shown again")


@app.command(
    "list", help=help_text("List who holds a token, not the tokens.", "ampherd token list")
)
def list_tokens(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """List who holds a token, not the tokens."""
    entries = TokenStore(open_config(config).tokens_path).entries()
    if as_json:
        json_data(
            [
                {"name": e.name, "role": e.role, "created_at": e.created_at.isoformat()}
                for e in entries
            ]
        )
        return
    if not entries:
        say("nobody has a token yet: ampherd token create --role viewer --name NAME")
        return
    rows = [(e.name, e.role.value, f"{e.created_at:%Y-%m-%d %H:%M}Z") for e in entries]
    data(columns([("name", "role", "made"), *rows]))


@app.command(
    help=help_text(
        "Revoke a token; a server that runs refuses it at once.", "ampherd token revoke grafana"
    )
)
def revoke(
    name: Annotated[str, typer.Argument(help="The name that it was made with.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Revoke a token."""
    if not TokenStore(open_config(config).tokens_path).revoke(name):
        raise AmpherdError(f"no token is called {name!r}", hint="ampherd token list shows them.")
    say(f"revoked {name}")


@app.command(
    help=help_text(
        "Print the token that reads the database of a server that runs (live SQL).",
        "ampherd token sql",
        "ampherd token sql --rotate",
        rest="It reads everything and changes nothing. It is kept in a file beside the database "
        "that its owner alone may read; docs/operations.md says how to use it.",
    )
)
def sql(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    rotate: Annotated[
        bool,
        typer.Option("--rotate", help="Make a new one; the old one opens nothing any more."),
    ] = False,
) -> None:
    """Print the token of live SQL."""
    file = SqlTokenFile(open_config(config).sql_token_path)
    data(file.rotate() if rotate else file.token())
