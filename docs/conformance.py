"""The table of conformance cases: case, test, result.

Cases are read from the marks in `tests/conformance`, results from the last `make conformance`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests" / "conformance"
RESULTS = Path(__file__).parent / "reference" / "conformance.json"

_HEAD = """\
# Conformance

Cases of the Open Charge Alliance's test procedures for a Central System (OCPP 1.6) and a CSMS
(OCPP 2.0.1), by their published numbers. Each is a test over a real WebSocket against a running
`ampherd serve`, driven through its HTTP API alone, that asserts on the frames a charger sees. They
follow what is openly described of the procedures and are no certificate.

`make conformance` runs them and writes the results of this page.
"""

_GROUPS = {
    "1.6": "OCPP 1.6",
    "A": "OCPP 2.0.1 A: security",
    "B": "OCPP 2.0.1 B: provisioning",
    "C": "OCPP 2.0.1 C: authorisation",
    "D": "OCPP 2.0.1 D: local authorisation list",
    "E": "OCPP 2.0.1 E: transactions",
    "F": "OCPP 2.0.1 F: remote control",
    "G": "OCPP 2.0.1 G: availability",
    "H": "OCPP 2.0.1 H: reservation",
    "I": "OCPP 2.0.1 I: tariff and cost",
    "J": "OCPP 2.0.1 J: meter values",
    "K": "OCPP 2.0.1 K: smart charging",
    "L": "OCPP 2.0.1 L: firmware management",
    "M": "OCPP 2.0.1 M: certificate management",
    "N": "OCPP 2.0.1 N: diagnostics",
    "P": "OCPP 2.0.1 P: data transfer",
}


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One case and the test that is it."""

    number: str
    title: str
    file: str
    test: str

    @property
    def group(self) -> str:
        """Key of the section that it stands in."""
        match = re.match(r"TC_([A-Z])_", self.number)
        return match[1] if match else "1.6"


def cases() -> tuple[Case, ...]:
    """Return every case that a test is marked with."""
    return tuple(sorted(_marked()))


def page(written: str) -> str:
    """Return the page as Markdown; `written` says that it is generated."""
    results: dict[str, str] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    found = cases()
    sections = []
    for key, title in _GROUPS.items():
        rows = [case for case in found if case.group == key]
        if rows:
            lines = "".join(
                f"| {case.number} | {case.title} | [`{case.test}`](../../{case.file}) "
                f"| {results.get(case.number, 'not run')} |\n"
                for case in rows
            )
            head = "| case | title | test | result |\n|---|---|---|---|\n"
            sections.append(f"\n## {title}\n\n{len(rows)} cases.\n\n{head}{lines}")
    return f"{written}\n{_HEAD}" + "".join(sections)


def _marked() -> Iterator[Case]:
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "case":
                    number, title = (ast.literal_eval(word) for word in mark.args)
                    yield Case(number, title, path.relative_to(ROOT).as_posix(), node.name)
