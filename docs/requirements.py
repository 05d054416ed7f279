"""The table of required behaviours: row or quirk, in our words, and the tests that name it.

A test names a row by `OCPP.md row 41` and a quirk by `quirk mv-hz`, in its docstring or in the id
of a parameter. What nothing names has to stand in `OWED`, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"

ROWS: dict[int, str] = {
    1: "a start that comes again keeps its transaction; none that ended is opened again",
    2: "the first stop counts, later ones are kept as conflicts",
    3: "answer when it is stored; a stop that comes again adds no row",
    4: "transaction ids outlive a restart, rise, and are unique in the fleet",
    5: "no transaction is closed while its charger still holds messages of it",
    6: "readings without a transaction join the one that ran there then",
    7: "a start register of 0 before a large reading is no baseline",
    8: "the 10,000th message of a transaction costs what the first did",
    9: "open sessions that are likely over are listed with reasons",
    10: "a stop that says -1 is matched to its session and marked",
    11: "so is a stop that says 0",
    12: "a stop ends nothing of another charger",
    13: "a stop needs no token",
    14: "a stop register below the start is repaired, never billed negative",
    15: "1,000 chargers that boot at once get no error and lose no state",
    16: "readings that are sent again are stored once",
    17: "a restart during a session changes no total",
    18: "registers that count from the start are told from lifetime ones",
    19: "the first good reading is the baseline, also after a restart",
    20: "values that fall or jump and come back are flagged and left out",
    21: "a wrong unit of energy is noticed by the power, and a factor for the model proposed",
    22: "one phase is not taken for three, nor volts multiplied with everything",
    23: "phases and measurands by their other names",
    24: "empty lists of values are accepted, ignored and counted",
    25: "energy after a stop is reported as nobody's",
    26: "old readings are rolled up and removed, within a budget",
    27: "times before the clock was set are replaced in the order of receipt",
    28: "a wrong clock or zone is estimated and corrected beside the raw time",
    29: "values off the quarter hour are put on it without losing energy",
    30: "ordered against measured current: alarm, and what is drawn is reserved",
    31: "chargers that take stack level 0 only are told so",
    32: "a purpose that a charger refuses is replaced by another",
    33: "what each model takes is kept, and tested when it changes",
    34: "a charger that refuses profiles counts as uncontrollable, with its reason",
    35: "a profile is replaced and never cleared first; its start is in the past",
    36: "few writes of what is kept in flash; changes go to the running session",
    37: "a charger that refuses 0 A is paused in another way or counts at its minimum",
    38: "maximum profiles are absolute and have a start",
    39: "watts and amperes by the phases that are used",
    40: "limits in different units are compared as one",
    41: "limits in tenths are exact, and rounded down",
    42: "without the server every limit falls to a default that fits the site",
    43: "a running session is limited by a profile of its own",
    44: "who came last gets a share as well",
    45: "load is balanced under the site's limit",
    46: "what a charger says that it will do is compared with what it was told",
    47: "limits are checked over the whole tree of circuits, when saved and when used",
    48: "a pong has a deadline, and a dead link does not keep the next one out",
    49: "the newest link wins; the end of the old one changes nothing",
    50: "a silent charger is shown as stale",
    51: "silence is borne for three heartbeats",
    52: "pings come at least every 30 s",
    53: "who never answers pings lives by its frames",
    54: "without a version a connection is closed with the reason, unless one is assumed",
    55: "truncated or odd JSON is survived, kept, and answered where its id can be read",
    56: "invalid UTF-8 does not cost the link",
    57: "unknown words are kept and mapped; none costs a transaction message",
    58: "a command from inside a handler does not deadlock",
    59: "deadlines by charger; a late answer is matched by its id",
    60: "a flood waits in the socket and starves nobody",
    61: "settings are applied again after a boot, and drift is told",
    62: "after a boot chargers are left alone for a moment, and asked once",
    63: "passwords are bytes, raw or in hex",
    64: "closed by default, guessing is slowed down, no secret in a log",
    65: "bills are stored with their rule, and exported",
    66: "one process owns the database and serves all others",
}
"""Rows 1 to 66 of the table of what users of such systems hit."""

QUIRKS = (
    "boot-empty-optionals", "boot-model-too-long", "boot-same-id-loop", "mv-connector0",
    "mv-current-is-sum", "mv-empty-sampledvalue", "mv-hz", "mv-kw-wh-mixed",
    "mv-no-measurand-kwh", "mv-no-units-per-phase", "mv-numbers-not-strings",
    "mv-object-not-array", "mv-power-wh", "mv-soc-in-volt", "mv-unknown-tx-after-restart",
    "res-callerror-string-details", "res-composite-empty", "res-config-partial",
    "res-config-value-500", "res-config-vendor-keys", "res-formatviolation-names",
    "res-reset-no-answer", "res-trigger-unknown-accepted", "sc-accepted-ignored",
    "sc-phases-ignored", "sc-stack0-only", "sc-wrong-key", "sc-zero-rejected",
    "start-without-authorize", "status-empty-strings", "status-error-enum",
    "status-finishing-no-tx", "status-null-texts", "ts-event-time-on-reconnect",
    "ts-local-as-z", "ts-no-zone", "ts-year-1", "tx-start-replayed-twice",
    "tx-stop-extra-fields", "tx-stop-minus1-offline", "tx-stop-unknown", "v2-report-while-booting",
    "v2-status-0-0", "v2-te-evse-repeated", "v2-te-no-connector", "v21-types-5-6",
    "ws-double-slash", "ws-identity-dash", "ws-identity-encoded", "ws-lowercase-headers",
    "ws-mixed-case", "ws-no-subprotocol",
)  # fmt: skip
"""Frames of real chargers in which something is off."""

OWED: dict[str, str] = {}
"""What is not built yet, and why: `row 26` or a quirk's name."""

_NAMED_ROWS = re.compile(r"OCPP\.md rows?\s+((?:\d+|,|and|rows?|to|–|-|\s)+)")
_NUMBERS = re.compile(r"(\d+)(?:\s*(?:–|-|to)\s*(\d+))?")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True, order=True)
class Naming:
    """A test that names a requirement."""

    file: str
    test: str


@cache
def named() -> dict[str, list[Naming]]:
    """Return the tests that name each requirement, by `row 41` or a quirk's name."""
    found: dict[str, set[Naming]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if not node.name.startswith("test_"):
                    continue
                for text in _texts(node):
                    for name in names_in(text):
                        found.setdefault(name, set()).add(Naming(file, node.name))
    return {name: sorted(namings) for name, namings in found.items()}


def names_in(text: str) -> Iterator[str]:
    """Yield every requirement that a docstring or an id names."""
    for match in _NAMED_ROWS.finditer(" ".join(text.split())):
        for first, last in _NUMBERS.findall(match[1]):
            yield from (f"row {number}" for number in range(int(first), int(last or first) + 1))
    if "quirk" in text.casefold():
        yield from (word for word in _WORD.findall(text) if word in QUIRKS)


def missing() -> list[str]:
    """Return every requirement that neither a test names nor `OWED` explains."""
    have = named()
    return [name for name in requirements() if name not in have and name not in OWED]


def requirements() -> list[str]:
    """Return every requirement by its name."""
    return [*(f"row {number}" for number in ROWS), *QUIRKS]


def page(written: str) -> str:
    """Return the page as Markdown; `written` says that it is generated."""
    have = named()
    rows = "".join(_row(str(n), words, have, f"row {n}") for n, words in ROWS.items())
    quirks = "".join(_row(f"`{name}`", None, have, name) for name in QUIRKS)
    return f"{written}\n{_HEAD}{rows}{_QUIRKS}{quirks}"


def _row(cell: str, words: str | None, have: dict[str, list[Naming]], name: str) -> str:
    """Return a line for each test, so that two people who add one do not meet in a line."""
    tests = [f"[`{n.test}`](../../{n.file})" for n in have.get(name, ())]
    lines = []
    for test in tests or [f"owed: {OWED.get(name, 'nobody knows')}"]:
        cells = [cell, words, test]
        lines.append(f"| {' | '.join(c for c in cells if c is not None)} |\n")
        cell, words = "", None if words is None else ""
    return "".join(lines)


def _texts(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Yield a test's docstring and the texts of its decorators: ids of parameters among them."""
    docstring = ast.get_docstring(node)
    if docstring:
        yield docstring
    for decorator in node.decorator_list:
        for part in ast.walk(decorator):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


_HEAD = """\
# What must work, and the tests of it

What users of charging software run into, collected from public threads about such systems, as
behaviours that are required here. Each has tests that name it; one without a test fails the test
run, unless it is listed here as owed.

## Behaviours

| row | what must hold | tests |
|---|---|---|
"""

_QUIRKS = """
## Oddities of real chargers

| quirk | tests |
|---|---|
"""
