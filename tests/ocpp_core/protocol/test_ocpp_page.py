"""docs/ocpp.md names what the tables of the protocol hold."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from ocpp_core.domain.events import DomainEvent
from ocpp_core.protocol.v21.actions import ACTIONS, KNOWN_ACTIONS
from ocpp_core.protocol.v21.commands import COMMANDS
from ocpp_core.protocol.v201.actions import ACTIONS as OLDER
from ocpp_core.protocol.v201.setting_names import COUNTERPARTS

PAGE = (Path(__file__).parents[3] / "docs" / "ocpp.md").read_text("utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """Return the rows of a chapter's tables whose first cell is a name."""
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    assert rest
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in rest.partition("\n## ")[0].splitlines()
        if line.startswith("| `")
    ]


TOLD = rows_of("OCPP 2.0.1 and 2.1, what chargers tell")
ROWS = rows_of("OCPP 2.0.1 and 2.1, what we send")


def test_every_message_of_chargers_stands_beside_what_it_becomes() -> None:
    events = {event.__name__ for event in get_args(DomainEvent.__value__)}
    becomes = {row[0].strip("`"): {name.strip(" `") for name in row[1].split(",")} for row in TOLD}

    assert set(ACTIONS) == set(becomes)
    assert not set().union(*becomes.values()) - events


def test_what_2_0_1_lacks_is_marked() -> None:
    newer = {row[0].strip("`") for row in TOLD if row[2].startswith("2.1")}

    assert set(ACTIONS) - set(OLDER) == newer


def test_what_chargers_may_send_and_is_not_served_is_named() -> None:
    left_out = {"BatterySwap", "VatNumberValidation", "GetCertificateChainStatus"}

    assert not [action for action in left_out if f"`{action}` (" not in PAGE]
    assert left_out <= KNOWN_ACTIONS - set(ACTIONS)


def test_every_message_stands_beside_the_commands_that_become_it() -> None:
    sent: dict[str, set[str]] = {}
    for command, message in COMMANDS.items():
        sent.setdefault(message.action, set()).add(command.__name__)
    named = {row[0].strip("`"): {name.strip(" `") for name in row[1].split(",")} for row in ROWS}

    assert sent == {action: named.get(action) for action in sent}


def test_every_key_of_1_6_stands_beside_its_variable() -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in ROWS if len(row) == 2}

    assert COUNTERPARTS == rows
