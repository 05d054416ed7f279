"""Questions are SQL files with a header, and values cannot break out of their place."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from importlib import resources

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.kpi import KPIS
from analytics.questions import bind, literal, names, question, shared
from analytics.schema.migrations import migrations


@pytest.mark.parametrize("name", names())
def test_every_question_says_what_it_asks_with_which_parameters_and_units(name: str) -> None:
    head = question(name).splitlines()

    assert head[0].startswith("-- Question: ")
    assert any(line.startswith("-- Parameters: ") for line in head)
    assert any(line.startswith("-- Units: ") for line in head)


def test_what_questions_share_is_put_in_whole() -> None:
    text = "\n".join(map(question, (*names(), "days/charging_day", "days/earning_day")))

    assert "-- include:" not in text
    assert "{" not in text
    assert "    charging AS (" not in text  # a line of its own keeps its place
    assert "        CASE $split\n            WHEN 'site' THEN 'all'\n" in text


def test_every_shared_text_is_included() -> None:
    folder = resources.files("analytics").joinpath("queries")
    files = [*folder.iterdir(), *folder.joinpath("days").iterdir()]
    files += folder.joinpath("shared").iterdir()
    texts = [file.read_text("utf-8") for file in files if file.name.endswith(".sql")]
    included = {name for text in texts for name in re.findall(r"-- include: (\w+)", text)}

    assert {file.name[:-4] for file in folder.joinpath("shared").iterdir()} == included


def test_the_view_of_quarters_reckons_as_questions_do() -> None:
    """Views take no bounds, so their text is there twice; this keeps both the same."""
    first = migrations()[0].sql
    view = first[first.index("CREATE VIEW site_slot") :]
    reckoned = [
        text[text.index("        coalesce(") : text.index("    FROM ")]
        for text in (view, shared("load_quarters"))
    ]

    assert reckoned[0] == reckoned[1]
    assert not any("VIEW site_slot" in later.sql for later in migrations()[1:])


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_stays_text(text: str) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {literal(text)}").fetchone()

    assert (text,) == row


def test_parameters_in_strings_and_comments_are_left_alone() -> None:
    bound = bind("SELECT '$a', $a -- $a\n", {"a": 1})

    assert "SELECT '$a', 1 -- $a\n" == bound


def test_a_parameter_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        bind("SELECT $missing", {})


def test_times_become_instants() -> None:
    oslo = timezone(timedelta(hours=2))

    assert "TIMESTAMPTZ '2026-07-01 10:00:00+00:00'" == literal(
        datetime(2026, 7, 1, 12, tzinfo=oslo)
    )


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        literal(datetime(2026, 7, 1, 12, tzinfo=UTC).replace(tzinfo=None))


def test_numbers_keep_their_value() -> None:
    with duckdb.connect() as connection:
        row = connection.execute(
            f"SELECT {literal(0.1)}, {literal(Decimal('0.10'))}, {literal(True)}, {literal(None)}"
        ).fetchone()

    assert (0.1, Decimal("0.10"), True, None) == row


def test_infinite_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="inf"):
        literal(float("inf"))


def test_every_kpi_has_a_formula() -> None:
    assert [] == [kpi.name for kpi in KPIS.values() if not kpi.formula or not kpi.label]
