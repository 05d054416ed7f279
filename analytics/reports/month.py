"""The month as one workbook: overview, sessions, energy, money, data quality."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.exporters.headers import money_format
from analytics.exporters.workbook import Formula, Sheets, Styled, Total, column_letter
from analytics.kpi import CURRENCY, KPIS
from analytics.reader import Reader
from ocpp_core.domain.errors import ReaderError

_EVERYTHING = 1_000_000_000
_SESSION_COLUMNS = (
    "started_at", "ended_at", "connector", "id_token", "energy_kwh", "connected_h", "charging_h",
    "revenue", "vat", "energy_cost", "margin", "tariff", "source", "trust", "findings",
    "session_id",
)  # fmt: skip
_MONEY = ("revenue", "vat", "energy_cost", "margin")
_NO_CENT_LOST = 0.005
"""Sums of floats differ in their last digits; half a cent is a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-10`; raises ReaderError."""
        found = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1970:
            raise ReaderError(f"{text!r} is no month", hint="write it as 2026-10")
        return cls(year=int(found[1]), month=int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def start(self, zone: ZoneInfo) -> datetime:
        """Return its first instant in a zone."""
        return datetime(self.year, self.month, 1, tzinfo=zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """Return the first instant of the next month."""
        beyond = self.start(zone).replace(tzinfo=None) + timedelta(days=31)
        return beyond.replace(day=1, tzinfo=zone)


def month_report(reader: Reader, month: Month, *, generated_at: datetime, version: str) -> bytes:
    """Return the workbook (XLSX) of a month of the site's zone.

    Sessions, their bills and their energy cost belong to the month in which they ended; energy by
    day counts when it flowed. Totals are formulas, and the overview sets each beside the number
    that the read side gives for the month. `generated_at` and `version` are written into it.
    """
    return _Report(reader, month, generated_at, version).to_bytes()


class _Report:
    def __init__(self, reader: Reader, month: Month, generated_at: datetime, version: str) -> None:
        self._reader = reader
        self._month = month
        self._generated_at = generated_at
        self._version = version
        site = reader.site
        self._currency = site.currency
        self._zone = site.timezone
        self._span = (month.start(site.timezone), month.end(site.timezone))
        self._sheets = Sheets(zone=site.timezone, currency=site.currency)
        self._sheets.titled(f"{site.name} {month}", generated_at)

    def to_bytes(self) -> bytes:
        start, end = self._span
        sessions = self._reader.sessions(start, end, limit=_EVERYTHING)
        ended = sessions[(sessions["ended_at"] >= start) & (sessions["ended_at"] < end)]
        ended = ended.sort_values(["ended_at", "session_id"])
        energy = self._reader.consumption(start, end, by="day")
        money = self._reader.revenue(start, end, by="day")
        lines = self._reader.bill_lines(start, end)
        demand = self._reader.demand(start, end)
        reserved = self._reader.reservation_bills(start, end)
        totals = self._book(ended, energy, money, lines, demand, reserved)
        self._sheets.cells(
            "Overview", self._overview(totals, lines, demand), (34, 18, 14, 62, 62), first=True
        )
        return self._sheets.to_bytes()

    def _book(
        self,
        ended: pd.DataFrame,
        energy: pd.DataFrame,
        money: pd.DataFrame,
        lines: pd.DataFrame,
        demand: pd.DataFrame,
        reserved: pd.DataFrame,
    ) -> dict[str, Total]:
        """Add the tables and return where their totals are, by `sheet.column`."""
        tables: list[tuple[str, pd.DataFrame, tuple[str, ...], str]] = [
            (
                "Sessions",
                ended[[name for name in _SESSION_COLUMNS if name in ended.columns]],
                ("energy_kwh", "connected_h", "charging_h", *_MONEY),
                "Sessions that ended in the month. A missing cost: no energy price is known.",
            ),
            (
                "Energy by day",
                _by_day(energy).drop(columns="connector"),
                ("energy_kwh", "assumed_kwh"),
                "Energy counts when it flowed; days without a session have no row.",
            ),
            (
                "Revenue lines",
                lines,
                ("amount", "vat_amount", "amount_incl_vat"),
                "What drivers were billed, line by line, with the rule that made each amount.",
            ),
            (
                "Reservation lines",
                reserved,
                ("amount", "vat_amount", "amount_incl_vat"),
                "Reservations that ran out without a session; beside the revenue of sessions.",
            ),
            (
                "Money by day",
                _by_day(money).drop(columns="connector"),
                ("sessions_billed", "billed_kwh", *_MONEY),
                "Sessions count on the day on which they ended. Energy cost: before demand charge.",
            ),
            (
                "Demand charge",
                demand,
                ("demand_charge", "demand_charge_of_charging"),
                "By the highest 15-minute mean of grid import; without site power there is no row.",
            ),
            (
                "Data quality",
                self._reader.quality(*self._span),
                (),
                "What in the data of the month deserves doubt, and what was done about it.",
            ),
        ]
        places: dict[str, Total] = {}
        for title, frame, totals, note in tables:
            known = [name for name in totals if name in frame.columns]
            found = self._sheets.table(title, frame, totals=known, notes=(note,))
            places |= {f"{title}.{name}": place for name, place in found.items()}
        return places

    # The first sheet ------------------------------------------------------------------------------

    def _overview(
        self, totals: dict[str, Total], lines: pd.DataFrame, demand: pd.DataFrame
    ) -> list[list[Any]]:
        site = self._reader.site
        start, end = self._span
        over = self._generated_at >= end
        rows: list[list[Any]] = [
            [Styled(value=f"{site.name}: {self._month}", bold=True)],
            ["Site", site.site_id],
            ["From", start],
            ["Until (not included)", end],
            ["Time zone of every time", site.timezone.key],
            ["Currency", site.currency],
            ["Made", self._generated_at],
            ["Made by", f"Ampherd {self._version}"],
        ]
        if not over:
            rows.append(["Note", "The month was not over when this was made: numbers will grow."])
        rows += [[], *self._kpis(), [], *self._checks(totals), [], *self._kinds(totals, lines)]
        rows += [[], *self._result(totals, demand)]
        return rows

    def _kpis(self) -> list[list[Any]]:
        rows = [_heads("Key figure", "Value", "Unit", "Formula", "Caveat")]
        for _, kpi in self._reader.overview(*self._span).iterrows():
            value = kpi["value"]
            unit = str(kpi["unit"])
            form = _number_format(str(kpi["kpi"]), unit, self._currency)
            rows.append(
                [
                    str(kpi["label"]),
                    None if pd.isna(value) else Styled(value=float(value), number_format=form),
                    unit,
                    Styled(value=str(kpi["formula"]), wrapped=True),
                    Styled(value=str(kpi["caveat"]), wrapped=True),
                ]
            )
        return rows

    def _checks(self, totals: dict[str, Total]) -> list[list[Any]]:
        """Set each total of a sheet beside the number of the read side."""
        start, end = self._span
        money = self._reader.revenue(start, end, by="total")
        energy = self._reader.consumption(start, end, by="total")
        euros, kwh = money_format(self._currency), "#,##0.000"
        pairs: Sequence[tuple[str, str, float, str]] = (
            ("Revenue: sessions", "Sessions.revenue", _sum(money, "revenue"), euros),
            ("Revenue: lines of bills", "Revenue lines.amount", _sum(money, "revenue"), euros),
            ("Revenue: days", "Money by day.revenue", _sum(money, "revenue"), euros),
            ("VAT: sessions", "Sessions.vat", _sum(money, "vat"), euros),
            ("VAT: lines of bills", "Revenue lines.vat_amount", _sum(money, "vat"), euros),
            ("Energy cost: sessions", "Sessions.energy_cost", _sum(money, "energy_cost"), euros),
            ("Energy cost: days", "Money by day.energy_cost", _sum(money, "energy_cost"), euros),
            ("Energy of ended sessions", "Sessions.energy_kwh", _sum(money, "billed_kwh"), kwh),
            ("Energy by day", "Energy by day.energy_kwh", _sum(energy, "energy_kwh"), kwh),
        )
        rows = [_heads("Total", "Of the sheet", "Of Ampherd", "Equal")]
        for words, place, ours, form in pairs:
            if place not in totals:
                continue
            total = totals[place]
            equal = f'=IF(ABS({total.reference}-{ours!r})<{_NO_CENT_LOST},"yes","no")'
            same = "yes" if abs(total.value - ours) < _NO_CENT_LOST else "no"
            rows.append(
                [
                    words,
                    _same_as(total, form),
                    Styled(value=ours, number_format=form),
                    Formula(text=equal, result=same),
                ]
            )
        return rows

    def _kinds(self, totals: dict[str, Total], lines: pd.DataFrame) -> list[list[Any]]:
        """Sum the lines of bills by their kind, as formulas over the sheet of lines."""
        rows = [_heads("Revenue by kind", "Amount")]
        total = totals.get("Revenue lines.amount")
        if total is None or lines.empty:
            return [*rows, ["none"]]
        amounts = re.sub(r"\d+$", "", total.cell)
        kinds = column_letter(list(lines.columns).index("kind"))
        last = int(re.sub(r"^\D+", "", total.cell)) - 1
        first = last - len(lines) + 1
        sheet = f"'{total.sheet}'!"
        for kind in sorted(set(lines["kind"])):
            text = (
                f'=SUMIF({sheet}{kinds}{first}:{kinds}{last},"{kind}",'
                f"{sheet}{amounts}{first}:{amounts}{last})"
            )
            amount = _sum(lines[lines["kind"] == kind], "amount")
            form = money_format(self._currency)
            rows.append([kind, Formula(text=text, result=amount, number_format=form)])
        return rows

    def _result(self, totals: dict[str, Total], demand: pd.DataFrame) -> list[list[Any]]:
        """Revenue less what charging cost the site, as far as it is known."""
        form = money_format(self._currency)
        revenue, cost = totals["Sessions.revenue"], totals["Sessions.energy_cost"]
        charge = totals["Demand charge.demand_charge_of_charging"]
        known = "" if len(demand) else "no site power is known, so the demand charge is not"
        reserved = totals["Reservation lines.amount"]
        left = Formula(
            text=f"={revenue.reference}+{reserved.reference}-{cost.reference}-{charge.reference}",
            result=revenue.value + reserved.value - cost.value - charge.value,
            number_format=form,
        )
        return [
            _heads("Result", "Amount", "", "What it is"),
            ["Revenue", _same_as(revenue, form), "", "Without VAT."],
            ["Unused reservations", _same_as(reserved, form), "", "Without VAT; not in revenue."],
            ["Energy cost", _less(cost, form), "", KPIS["energy_cost"].caveat],
            [
                "Demand charge of charging",
                _less(charge, form),
                "",
                known or KPIS["demand_charge_of_charging"].caveat,
            ],
            [Styled(value="Left", bold=True), left, "", "Before fixed cost and taxes."],
        ]


def _same_as(total: Total, number_format: str) -> Formula:
    return Formula(text=f"={total.reference}", result=total.value, number_format=number_format)


def _less(total: Total, number_format: str) -> Formula:
    return Formula(text=f"=-{total.reference}", result=-total.value, number_format=number_format)


def _by_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Show the start of each period as the day that it is."""
    days = [at.date() for at in frame["period_start"]]
    shown = frame.drop(columns="period_start")
    shown.insert(0, "day", pd.Series(days, index=frame.index, dtype="object"))
    return shown


def _heads(*words: str) -> list[Any]:
    return [Styled(value=word, bold=True) for word in words]


def _sum(frame: pd.DataFrame, column: str) -> float:
    return round(float(frame[column].astype("float64").sum()), 6)


def _number_format(kpi: str, unit: str, currency: str) -> str:
    declared = KPIS.get(kpi)
    if declared is not None and declared.unit == CURRENCY:
        return money_format(currency)
    return {"share": "0.0%", "": "#,##0"}.get(unit, "#,##0.000")
