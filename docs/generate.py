"""Write the pages that the program and its benchmarks can tell best: `python -m docs.generate`.

`tests/test_docs.py` fails when a page is not what this writes.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from ampherd.api import ApiService, TokenStore, create_app
from ampherd.cli import app as command_line
from ampherd.cli.check import json_schema
from ampherd.config.fields import Table, settings, tables
from ampherd.config.sources import variable_name
from docs import conformance, kpis, performance, requirements
from docs import tables as schema_tables

FOLDER = Path(__file__).parent
_WRITTEN = "<!-- Written by `make docs` from the program; change it there. -->\n"


def pages() -> dict[str, str]:
    """Return the text of every page by its path within this folder."""
    schema = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    planning = (FOLDER / "planning.md").read_text("utf-8")
    return {
        "reference/configuration.md": configuration_page(),
        "reference/cli.md": command_line_page(),
        "reference/api.md": api_page(),
        "reference/tables.md": schema_tables.page(_WRITTEN),
        "reference/kpis.md": kpis.page(_WRITTEN),
        "reference/conformance.md": conformance.page(_WRITTEN),
        "reference/requirements.md": requirements.page(_WRITTEN),
        "reference/ampherd.schema.json": f"{schema}\n",
        "performance.md": performance.page(_WRITTEN),
        "planning.md": performance.with_quality(planning),
    }


# Configuration ------------------------------------------------------------------------------------

_CONFIGURATION = f"""\
{_WRITTEN}
# Configuration

One TOML file describes a site. `ampherd init` writes a commented one, `ampherd check` tells every
fault in it with its line, `ampherd config show --origin` tells what is in force and where it was
set.

- Names of numbers end in their unit: `_a` ampere on each phase, `_w` watt, `_wh` watt-hour,
  `_v` volt from phase to neutral, `_s` second.
- Prices are exact decimals in the site's currency: `0.31` and `"0.31"` mean the same.
- A variable `AMPHERD_TABLE__KEY` replaces what the file says, e.g.
  `AMPHERD_SERVER__API_PORT=8090`. Lists (`[[circuit]]`, `[[charge_point]]`, `[[id_token]]`, bands)
  are set in the file; for chargers' passwords there are `password_file` and `password_env`.
- The file is `site.toml` in the current folder unless `--config` or `AMPHERD_CONFIG` names another.
  Paths inside it start at its own folder.
- Editors check and complete it with [ampherd.schema.json](ampherd.schema.json).
"""


def configuration_page() -> str:
    """Every table and key, from the specification that reads the file."""
    return _CONFIGURATION + "".join(_table_section(table) for table in tables())


def _table_section(table: Table) -> str:
    kind = f' with `kind = "{table.kind}"`' if table.kind else ""
    rows = [
        _row("key", "value", "default", "meaning"),
        _row("---", "---", "---", "---"),
        *(
            _row(f"`{key}`", value_words(field), default_words(field), field.description or "")
            for key, field in settings(table.model).items()
        ),
    ]
    note = ""
    if not _in_list(table):
        first = next(iter(settings(table.model)))
        note = f"\nVariables: `{variable_name((*table.path, first))}` and so on.\n"
    doc = (table.model.__doc__ or "").strip()
    return f"\n## `{table.header}`{kind}\n\n{doc}\n\n{''.join(rows)}{note}"


def _in_list(table: Table) -> bool:
    return any(other.repeated and table.path[: len(other.path)] == other.path for other in tables())


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


def value_words(field: FieldInfo) -> str:
    """Say what kind of value a key takes, and its range."""
    words = _type_words(field.annotation)
    bounds = {
        type(limit).__name__: next(iter(vars(limit).values()), None)
        if hasattr(limit, "__dict__")
        else getattr(limit, type(limit).__name__.lower(), None)
        for limit in _limits(field)
    }
    ranged = [
        f"{word} {bounds[name]:g}"
        for name, word in (("Ge", "from"), ("Gt", "above"), ("Le", "to"), ("Lt", "below"))
        if isinstance(bounds.get(name), int | float | Decimal)
    ]
    return " ".join([words, *ranged])


def _limits(field: FieldInfo) -> Iterator[Any]:
    yield from field.metadata
    annotation: Any = field.annotation
    # `X | None`: the limits are inside of X.
    for inner in get_args(annotation) if get_origin(annotation) in {Union, types.UnionType} else ():
        for extra in getattr(inner, "__metadata__", ()):
            yield from extra.metadata if isinstance(extra, FieldInfo) else (extra,)


_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Decimal: "price",
    SecretStr: "secret text",
    time: "time of day",
    date: "day",
}


def _type_words(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if origin in {Union, types.UnionType}:
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        return " or ".join(_type_words(arg) for arg in inner)
    if origin is tuple:
        return f"list of {_type_words(get_args(annotation)[0])}"
    if origin is dict:
        return "table of values"
    if hasattr(annotation, "__metadata__"):
        return _type_words(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{choice}`" for choice in annotation)
    return _PLAIN[annotation]


def default_words(field: FieldInfo) -> str:
    """Say what holds when a key is not given."""
    default = field.get_default(call_default_factory=False)
    if field.is_required():
        return "required"
    match default:
        case None:
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`" if default < 1e6 else f"`{default:.0f}`"
        case tuple():
            return "all"
        case _:
            return f"`{default}`"


# Command line -------------------------------------------------------------------------------------

_COMMAND_LINE = f"""\
{_WRITTEN}
# Command line

Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 failed, 2 something in
the configuration or on the command line is wrong, 3 the database cannot be used.
`ampherd --install-completion` sets up completion for bash, zsh, fish and PowerShell.
"""


def command_line_page() -> str:
    """The help of every command."""
    root: Any = typer.main.get_command(command_line)
    return _COMMAND_LINE + "".join(_command_sections(root, "ampherd", None))


def _command_sections(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.make_context(
        name.rsplit(maxsplit=1)[-1], [], parent=parent, resilient_parsing=True, terminal_width=88
    )
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield f"\n## `{name}`\n\n```text\n{text.strip()}\n```\n"
    for sub_name, sub in getattr(command, "commands", {}).items():
        yield from _command_sections(sub, f"{name} {sub_name}", context)


# HTTP API -----------------------------------------------------------------------------------------

_API = f"""\
{_WRITTEN}
# HTTP API

Every request but `GET /api/v1/health` carries `Authorization: Bearer TOKEN`. Make a token with
`ampherd token create --role viewer --name NAME`; a **viewer** reads, an **operator** also acts, an
**admin** may do everything. The server answers `GET /api/v1/openapi.json` with the complete
description.

```sh
curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/api/v1/live
```

Times are RFC 3339 in UTC; names of numbers end in their unit. Every error has one shape:

```json
{{"error": {{"code": "not-found", "message": "there is no circuit 'x'", "hint": "…"}}}}
```

| status | code | meaning |
| --- | --- | --- |
| 401 | `no-token`, `unknown-token` | no token, or one that was never made or is revoked |
| 403 | `role-too-low` | the token's role does not include this |
| 404 | `not-found` | the name in the path leads nowhere |
| 409 | `configured` | the token is written in the configuration, where alone it changes |
| 409 | `backup-running`, `import-running` | a backup is being made, a file is being imported |
| 413 | `too-long` | the body is longer than 256 KiB, a file to import longer than 64 MiB |
| 400, 422 | `bad-request`, `invalid-request` | the body does not fit; the message says where |
| 422 | `timezone-needed`, `invalid-file` | times bear no zone; the file is not understood |
| 503 | `store-unavailable` | the database did not take it: nothing was recorded |
| 504 | `took-too-long` | the question was interrupted after `server.question_timeout_s` |

A command's answer says how it ended, always with status 200: `accepted`, `rejected`, `timed-out`,
`unsupported` or `offline`. After `timed-out`, or `offline` with `sent: true`, the charger may have
acted.
"""


def api_page() -> str:
    """Every route with its role and body, from the OpenAPI description."""
    document = create_app(cast("ApiService", None), TokenStore()).openapi()
    return _API + "".join(
        _route_section(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )


def _route_section(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> str:
    role = "none" if "security" not in operation else "viewer" if method == "get" else "operator"
    words = operation.get("description", "").strip()
    text = f"\n## `{method.upper()} {path}`\n\n{words}\n\nRole: {role}."
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    if answer and answer["schema"]:
        text += f" Answers {_schema_words(answer['schema'])}."
    text += "\n"
    if "requestBody" in operation:
        (content,) = operation["requestBody"]["content"].values()
        text += f"\n{_body_table(document, _resolved(document, content['schema']))}"
    return text


def _body_table(document: dict[str, Any], schema: dict[str, Any], prefix: str = "") -> str:
    rows = [] if prefix else [_row("field", "value", "meaning"), _row("---", "---", "---")]
    for name, field in schema.get("properties", {}).items():
        needed = "required" if name in schema.get("required", ()) else "optional"
        rows.append(
            _row(
                f"`{prefix}{name}`",
                f"{_schema_words(_enum(document, field))}, {needed}",
                field.get("description", ""),
            )
        )
        inner = _resolved(document, field.get("items", field))
        if "properties" in inner:
            dots = "[]." if "items" in field else "."
            rows.append(_body_table(document, inner, f"{prefix}{name}{dots}"))
    return "".join(rows)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rsplit("/", maxsplit=1)[-1]
    resolved: dict[str, Any] = document["components"]["schemas"][name]
    return resolved


def _enum(document: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    """Put the choices of a named enumeration in place of its name."""
    if "anyOf" in field:
        return {"anyOf": [_enum(document, choice) for choice in field["anyOf"]]}
    resolved = _resolved(document, field)
    return resolved if "enum" in resolved else field


def _schema_words(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", maxsplit=1)[-1]
        return f"`{re.sub(r'Body$', '', name)}`"
    if "enum" in schema:
        return " or ".join(f"`{choice}`" for choice in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(
            _schema_words(choice) for choice in schema["anyOf"] if choice.get("type") != "null"
        )
    if schema.get("type") == "array":
        return f"list of {_schema_words(schema.get('items', {}))}"
    kind: str = schema.get("type", "object")
    words: dict[str, str] = {"integer": "whole number", "string": schema.get("format", "text")}
    return words.get(kind, kind)


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
        print(f"docs/{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
