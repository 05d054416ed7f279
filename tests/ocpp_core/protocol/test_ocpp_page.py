"""docs/ocpp.md names what the tables of the protocol hold."""

from __future__ import annotations

from pathlib import Path

from ocpp_core.protocol.v21.commands import COMMANDS
from ocpp_core.protocol.v201.setting_names import COUNTERPARTS

PAGE = (Path(__file__).parents[3] / "docs" / "ocpp.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]


def test_every_message_stands_beside_the_commands_that_become_it() -> None:
    sent: dict[str, set[str]] = {}
    for command, message in COMMANDS.items():
        sent.setdefault(message.action, set()).add(command.__name__)
    named = {row[0].strip("`"): {name.strip(" `") for name in row[1].split(",")} for row in ROWS}

    assert sent == {action: named.get(action) for action in sent}


def test_every_key_of_1_6_stands_beside_its_variable() -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in ROWS if len(row) == 2}

    assert COUNTERPARTS == rows
