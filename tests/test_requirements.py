"""Every required behaviour and every oddity of chargers has a test that names it, or is owed."""

from __future__ import annotations

import json

import pytest

from docs.requirements import OWED, QUIRKS, ROOT, ROWS, missing, named, names_in, requirements

SHARED = ROOT.parent / "shared" / "quirks.jsonl"


def test_every_requirement_is_named_by_a_test_or_owed_with_a_reason() -> None:
    assert [] == missing()


def test_what_is_owed_is_a_requirement_that_no_test_names() -> None:
    have = named()

    assert [] == [name for name in OWED if name not in requirements()]
    assert {} == {name: have[name] for name in OWED if name in have}
    assert all(len(reason.split()) > 3 for reason in OWED.values())


def test_nothing_is_named_that_is_no_requirement() -> None:
    assert set() == {name for name in named() if name not in requirements()}


def test_the_rows_are_1_to_66() -> None:
    assert list(range(1, 67)) == list(ROWS)


def test_the_quirks_are_those_of_the_list() -> None:
    if not SHARED.exists():
        pytest.skip("the list of quirks is not beside this checkout")
    listed = [json.loads(line)["id"] for line in SHARED.read_text("utf-8").splitlines() if line]

    assert sorted(listed) == sorted(QUIRKS)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("OCPP.md " + "row 41: 8.1 A is 8.1.", ["row 41"]),
        ("OCPP.md " + "rows 1, 3 and 16: and 5 more", ["row 1", "row 3", "row 16"]),
        ("See (OCPP.md " + "row 49 and\n row 64).", ["row 49", "row 64"]),
        ("OCPP.md " + "rows 1–3", ["row 1", "row 2", "row 3"]),
        ("Quirk" + "s mv-hz, ws-double-slash and x-y", ["mv-hz", "ws-double-slash"]),
        ("mv-hz", []),
        ("row 41", []),
    ],
)
def test_a_name_is_read_from_words(text: str, names: list[str]) -> None:
    assert names == list(names_in(text))
