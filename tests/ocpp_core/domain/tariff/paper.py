"""Reads the worked table: courses in short words, costs as arithmetic."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from ocpp_core.domain.tariff import Course, CoursePoint, Reservation, Tariff, tariff_from_json

_UNITS_S = {"h": 3600, "m": 60, "s": 1}
_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A session and what it costs on paper."""

    name: str
    tariff: Tariff
    zone: ZoneInfo
    course: Course
    excl_vat: Decimal
    vat: Decimal


def worked(path: Path) -> list[Worked]:
    """Return the cases of a table."""
    cases: list[Worked] = []
    zone, tariff, title = ZoneInfo("UTC"), None, ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            title = line.removeprefix("# ")
        elif line.startswith("zone: "):
            zone = ZoneInfo(line.removeprefix("zone: "))
        elif line.startswith("tariff: "):
            tariff = tariff_from_json(line.removeprefix("tariff: "))
        elif line:
            assert tariff is not None
            start, course, excl, vat, _ = line.split(" | ", 4)
            cases.append(
                Worked(
                    name=f"{number}: {title}: {course}",
                    tariff=tariff,
                    zone=zone,
                    course=course_of(datetime.fromisoformat(start), course),
                    excl_vat=cents(value_of(excl)),
                    vat=cents(value_of(vat)),
                )
            )
    return cases


def course_of(start: datetime, words: str) -> Course:
    """Return the course that a line says."""
    at, energy = start, Decimal(0)
    points = [CoursePoint(at=at, energy_wh=energy)]
    idle_from = None
    reservation = None
    for word in words.split():
        time, _, rest = word.partition(":")
        length = _length(time.lstrip("rx"))
        if time[0] == "r":
            reservation = Reservation(reserved_at=start - length, until=start)
            continue
        if time[0] == "x":
            reservation = Reservation(reserved_at=start, until=start + length, expired=True)
            return Course(points=(), reservation=reservation)
        kwh, _, current = rest.partition("@")
        at += length
        energy += Decimal(kwh or 0) * 1000
        current_a = Decimal(current.removesuffix("A")) if current else None
        points.append(CoursePoint(at=at, energy_wh=energy, current_a=current_a))
        if kwh:
            idle_from = at
    return Course(points=tuple(points), idle_from=idle_from, reservation=reservation)


def value_of(arithmetic: str) -> Fraction:
    """Return the exact value of sums, products and quotients of decimals."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            found = _OPERATORS[type(node.op)](value(node.left), value(node.right))
            assert isinstance(found, Fraction)
            return found
        assert isinstance(node, ast.Constant)
        return Fraction(str(node.value))

    return value(ast.parse(arithmetic.strip(), mode="eval").body)


def cents(exact: Fraction) -> Decimal:
    """Round to cents, halves up."""
    return Decimal(int(exact * 100 + Fraction(1, 2))) / 100


def _length(text: str) -> timedelta:
    parts = re.findall(r"(\d+)([hms])", text)
    return timedelta(seconds=sum(int(number) * _UNITS_S[unit] for number, unit in parts))
