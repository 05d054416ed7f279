"""The reference says what the program does: each setting, command, flag and route."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from ampherd.api import ApiService, TokenStore, create_app
from ampherd.cli import app as command_line
from ampherd.config.fields import settings, tables
from analytics.natural_keys import NATURAL_KEYS
from analytics.schema.migrations import Table
from analytics.schema.migrations import tables as stored
from analytics.schema.views import views
from docs.conformance import cases
from docs.generate import pages
from docs.tables import Shape, shapes_of_views

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = {f"reference/{path.name}" for path in REFERENCE.iterdir()}
PAGES = PAGES - {"reference/conformance.json"} | {"performance.md", "planning.md"}


def reference(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def commands() -> Iterator[tuple[str, Any]]:
    def below(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        yield name, command
        for sub_name, sub in getattr(command, "commands", {}).items():
            yield from below(sub, f"{name} {sub_name}")

    return below(typer.main.get_command(command_line), "ampherd")


@cache
def written() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_what_the_program_says_today(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert text == written()[name], "the page is stale: run `make docs` and commit it"


def test_every_page_is_looked_at() -> None:
    assert written().keys() == PAGES


@pytest.mark.parametrize("table", list(tables()), ids=lambda table: f"{table.header} {table.kind}")
def test_every_setting_is_documented_with_words(table: Any) -> None:
    section = reference("configuration.md").split(f"## `{table.header}`", 1)[1]

    for key, field in settings(table.model).items():
        assert f"| `{key}` |" in section
        assert field.description, f"{table.header} {key} has no description"
        assert field.description.endswith((".", "…")), f"{table.header} {key}: {field.description}"


def test_the_sample_shows_every_table() -> None:
    sample = (ROOT / "ampherd" / "config" / "sample.toml").read_text("utf-8")

    for table in tables():
        shown = table.header in sample or f"{table.path[-1]} = [" in sample
        assert shown, f"{table.header} is not in sample.toml"
        assert not table.kind or f'kind = "{table.kind}"' in sample or f'"{table.kind}"' in sample


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=[name for name, _ in commands()]
)
def test_every_command_and_flag_is_documented_with_words(name: str, command: Any) -> None:
    section = re.split(rf"## `{name}`\n", reference("cli.md"), maxsplit=1)[1].split("\n## ")[0]

    assert command.help, f"{name} has no help"
    for parameter in command.params:
        for flag in parameter.opts:
            if flag.startswith("--"):
                assert flag in section
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"


def test_every_route_is_documented_with_words() -> None:
    document = create_app(cast("ApiService", None), TokenStore()).openapi()
    page = reference("api.md")

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"## `{method.upper()} {path}`" in page
            assert operation.get("description"), f"{method} {path} says nothing"


def test_every_error_code_of_the_api_is_documented() -> None:
    sources = "".join(
        path.read_text("utf-8") for path in sorted((ROOT / "ampherd" / "api").glob("*.py"))
    )
    codes = set(re.findall(r'(?:HTTPStatus\.[A-Z_]+|\b4\d\d|\b503),\s*"([a-z-]+)"', sources))

    assert {"no-token", "role-too-low", "not-found", "too-long", "store-unavailable"} <= codes
    assert [] == [code for code in sorted(codes) if f"`{code}`" not in reference("api.md")]


@pytest.mark.parametrize("table", stored().values(), ids=lambda table: table.name)
def test_every_table_is_documented_with_words(table: Table) -> None:
    assert table.meaning.endswith(".")
    assert table.filled_by.endswith("."), "say behind `-- Filled by:` what writes it"
    assert table.key or table.name == "rollup_progress", "say behind `Key:` what tells rows apart"
    assert set(table.key) <= {column.name for column in table.columns}
    assert set(NATURAL_KEYS.get(table.name, table.key)) == set(table.key)
    assert [] == [column.name for column in table.columns if len(column.meaning) < 4]


@pytest.mark.parametrize(("name", "shape"), shapes_of_views().items())
def test_every_view_is_documented_with_words(name: str, shape: Shape) -> None:
    view = views()[name]

    assert view.meaning.endswith(".")
    assert [] == [column for column, _ in shape if len(view.columns.get(column, "")) < 4]
    assert set() == {*view.columns, *view.key} - {column for column, _ in shape}


def test_the_page_of_tables_has_every_table_and_view() -> None:
    page = reference("tables.md")

    for name in (*stored(), *views()):
        assert f"\n## {name}\n" in page


def test_every_conformance_case_has_passed() -> None:
    results = json.loads((REFERENCE / "conformance.json").read_text("utf-8"))

    assert {case.number for case in cases()} == set(results), "run `make conformance`, commit it"
    assert [] == [number for number, result in results.items() if result != "passed"]


def test_the_conformance_table_covers_what_was_promised() -> None:
    found = {case.number for case in cases()}

    of_16 = {number for number in found if number[3].isdigit()}
    security = {number for number in of_16 if number >= "TC_073"}
    assert 48 <= len(of_16 - security)
    assert {"TC_032_1_CSMS", "TC_037_1_CSMS", "TC_037_3_CSMS", "TC_039_CSMS"} <= of_16
    assert {
        *(f"TC_{number:03}_CSMS" for number in (73, 74, 76, 77, 78, 79, 80, 81, 83)),
        *(f"TC_{number:03}_CSMS" for number in range(85, 89)),
        *("TC_075_1_CSMS", "TC_075_2_CSMS"),
    } <= security
    assert 40 <= len(found - of_16)
