"""`ampherd export`: every question of the read side as a file, and sessions as OCPI CDRs."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, open_config
from ampherd.cli.output import columns, data, help_text, say
from ocpp_core.domain.errors import ConfigurationError, ReaderError, StoreLockedError

if TYPE_CHECKING:
    from ampherd.config import Config
    from analytics import Reader
    from analytics.exporters import Operator

HELP = help_text(
    "Write a question of the read side as CSV, Parquet or XLSX, or sessions as OCPI CDRs.",
    "ampherd export sessions --from 2026-01-01 --to 2026-02-01 --format xlsx -o january.xlsx",
    "ampherd export consumption --from 2026-01 --with by=month --with split=connector",
    "ampherd export cdrs --from 2026-10-01 --to 2026-11-01 -o cdrs.json",
    "ampherd export --list",
    rest="Days begin at midnight of the site; --to is not included. It reads the database file, "
    "or the running server that owns it; a server elsewhere with --url quack:HOST:PORT and its "
    "token. CDRs need the table [ocpi] of "
    "site.toml. Text that a spreadsheet could run is escaped; see docs/export.md.",
)

CDRS = "cdrs"


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="AMPHERD_STORE_URL",
        help="A database file, or quack:HOST:PORT of a running server; not given: the "
        "configuration's file.",
    ),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--token", envvar="AMPHERD_STORE_TOKEN", help="Token of the running server's live SQL."
    ),
]


def export(
    question: Annotated[str | None, typer.Argument(help="Its name, or `cdrs`.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="A day, a month or a time, e.g. 2026-01-31 or 2026-01."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="The same; it is not included.")] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Not given: by the name of the file, else csv."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; not given: standard output.")
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--with", help="NAME=VALUE that the question takes; may be repeated."),
    ] = None,
    url: UrlOption = None,
    token: TokenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    list_them: Annotated[
        bool, typer.Option("--list", help="List every question with what it takes.")
    ] = False,
) -> None:
    """Write a question of the read side as a file."""
    from analytics import exporters as ex  # noqa: PLC0415 - help stays quick

    if list_them:
        _list()
        return
    if question is None:
        raise typer.BadParameter("name a question; --list shows them", param_hint="QUESTION")
    asked = None if question == CDRS else ex.exportable(question)
    loaded = open_config(config) if url is None or question == CDRS else None
    with open_store_reader(url, token, loaded) as reader:
        zone = reader.site.timezone
        since, until = instant(start, zone, "--from"), instant(end, zone, "--to")
        if asked is None:
            assert loaded is not None  # noqa: S101 -- CDRs always load it
            text = _cdrs(reader, since, until, operator_of(loaded))
            _write(text.encode(), output, binary=False)
            return
        chosen = _format(form, output)
        frame = asked.ask(reader, since, until, _options(options))
        content = ex.written(
            frame,
            ex.FileFormat(chosen.value),
            zone=zone,
            currency=reader.site.currency,
            title=question,
        )
    _write(content, output, binary=chosen is not Format.CSV)
    say(f"{len(frame)} rows" + (f" in {output}" if output else ""))


def open_store_reader(url: str | None, token: str | None, config: Config | None) -> Reader:
    """Open what `--url` names, else the configuration's database.

    While a server of this machine owns that file, it is read through the server's live SQL, with
    the token of its file. Raises StoreLockedError, with the way out, where that cannot be.
    """
    import analytics  # noqa: PLC0415 - help stays quick
    from ampherd.sqltoken import SqlTokenFile  # noqa: PLC0415 - see above

    if url is not None:
        return analytics.open(url, token)
    assert config is not None  # noqa: S101 -- loaded when there is no URL
    try:
        return analytics.open(config.store_path)
    except StoreLockedError as error:
        port = config.spec.server.sql_port
        if port and config.sql_token_path.is_file():
            with suppress(ReaderError):
                own = SqlTokenFile(config.sql_token_path).token()
                return analytics.open(f"quack:127.0.0.1:{port}", own)
        raise StoreLockedError(
            f"{config.store_path}: a running server owns this database",
            hint=f"read it through the server: --url quack:127.0.0.1:{port} --token TOKEN, or over "
            "its HTTP API (GET /api/v1/export)",
        ) from error


def instant(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """Read a day, a month or a time; days begin at midnight of `zone`."""
    if text is None:
        return None
    full = f"{text}-01" if len(text) == len("2026-01") else text
    try:
        found = datetime.fromisoformat(full)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day, month or time: write 2026-01-31, 2026-01 or "
            "2026-01-31T08:00+01:00",
            param_hint=option,
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def operator_of(config: Config) -> Operator:
    """Return what CDRs say of the operator; raises ConfigurationError without [ocpi]."""
    from analytics.exporters import Operator  # noqa: PLC0415 - help stays quick

    spec = config.spec.ocpi
    if spec is None:
        raise ConfigurationError(
            f"{config.path}: CDRs need the table [ocpi]: who you are and where the site is",
            hint="`ampherd init` writes one to fill in; docs/export.md says what each key is",
        )
    return Operator(
        location_id=config.site.site_id[:36],
        name=config.site.name,
        **{
            **spec.model_dump(),
            "latitude": f"{spec.latitude:.6f}",
            "longitude": f"{spec.longitude:.6f}",
        },
    )


def _cdrs(
    reader: Reader, since: datetime | None, until: datetime | None, operator: Operator
) -> str:
    from analytics.exporters import cdrs_of  # noqa: PLC0415 - help stays quick

    found = reader.data_range()
    if found is None:
        made: Any = ()
    else:
        last = until or found.end + timedelta(seconds=1)
        result = cdrs_of(reader, since or found.start, last, operator)
        made = result.cdrs
        for words in result.left_out:
            say(f"left out: {words}")
    say(f"{len(made)} CDRs")
    return json.dumps(list(made), indent=2, ensure_ascii=False) + "\n"


def _format(given: Format | None, output: Path | None) -> Format:
    if given is not None:
        return given
    suffix = "" if output is None else output.suffix.lower().lstrip(".")
    return Format(suffix) if suffix in set(Format) else Format.CSV


def _options(given: list[str] | None) -> dict[str, str]:
    found = {}
    for one in given or ():
        name, separator, value = one.partition("=")
        if not separator:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE", param_hint="--with")
        found[name.strip().replace("-", "_")] = value
    return found


def _write(content: bytes, output: Path | None, *, binary: bool) -> None:
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="-o") from None
    elif binary and sys.stdout.isatty():
        raise typer.BadParameter("a binary file for a terminal: name one", param_hint="-o")
    elif binary:
        sys.stdout.buffer.write(content)
    else:
        data(content.decode("utf-8-sig").rstrip("\n"))


def _list() -> None:
    from analytics.exporters import exportables  # noqa: PLC0415 - help stays quick

    rows = []
    for one in exportables().values():
        takes = ["period"] if one.of_period else []
        takes += [p.name if p.required else f"[{p.name}]" for p in one.parameters]
        rows.append((one.name, " ".join(takes), one.words))
    rows.append((CDRS, "period", "Ended sessions as OCPI 2.2.1 CDRs (JSON)."))
    data(columns([("question", "takes", "what it answers"), *rows]))
