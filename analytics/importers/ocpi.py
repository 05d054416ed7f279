"""Reads OCPI 2.2.1 CDRs (section 10.4); what they cost is kept as it was billed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

from analytics.grid import SLOT_S, Point
from analytics.importers.reading import Reading, RejectedRow
from analytics.importers.recorded import BilledLine, RecordedSession
from analytics.importers.sessions import fault_of, order_notes, ordered
from ocpp_core.domain.errors import ImportRefusedError
from ocpp_core.domain.money import round_to_cents

IMPORTER = "ocpi-cdr"
_OWN_ID = re.compile(r"[0-9a-f]{24}")
_REMARK = re.compile(r"(stop reason|trust): (\w+)")
"""What our own CDRs say in their remark."""
_PARTS = (
    ("total_energy_cost", "ENERGY"),
    ("total_time_cost", "TIME"),
    ("total_fixed_cost", "FLAT"),
    ("total_parking_cost", "PARKING_TIME"),
    ("total_reservation_cost", "RESERVATION_FEE"),
)


class _UnusableError(Exception):
    """Why a CDR cannot be used."""


def read_cdrs(document: Any, path: Path, currency: str) -> Reading[RecordedSession]:
    """Read one CDR, a list of them, or a page of an OCPI answer (`data`).

    Lines of rejected rows count the CDRs from 1. A CDR in another currency than `currency` is
    rejected: sums over currencies mean nothing. A credit CDR and the CDR that it takes back are
    both left out. Raises ImportRefusedError.
    """
    items = document
    if isinstance(items, dict) and "data" in items:
        items = items["data"]
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise ImportRefusedError(f"{path}: holds no CDRs", hint="OCPI has them under `data`")
    taken_back = {
        str(item.get("credit_reference_id"))
        for item in items
        if isinstance(item, dict) and item.get("credit")
    }
    rows: list[RecordedSession] = []
    rejected: list[RejectedRow] = []
    seen: set[tuple[str, ...]] = set()
    for line, item in enumerate(items, 1):
        try:
            cdr = _fresh(item, seen, taken_back)
            rows.append(_session(cdr, line, currency))
        except _UnusableError as error:
            content = json.dumps(item, ensure_ascii=False, default=str)
            rejected.append(RejectedRow(line=line, reason=str(error), content=content[:2000]))
    return Reading(
        importer=IMPORTER,
        file_name=path.name,
        rows=ordered(rows),
        rejected=tuple(rejected),
        notes=order_notes(rows),
    )


def _fresh(item: Any, seen: set[tuple[str, ...]], taken_back: set[str]) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise _UnusableError("is no CDR")
    key = tuple(str(item.get(name, "")).casefold() for name in ("country_code", "party_id", "id"))
    if key in seen:
        raise _UnusableError("the same CDR as an earlier one: country, party and id")
    seen.add(key)
    if str(item.get("id")) in taken_back:
        raise _UnusableError("taken back by a credit CDR of the same file")
    return item


def _session(cdr: Mapping[str, Any], line: int, currency: str) -> RecordedSession:
    if cdr.get("credit"):
        raise _UnusableError(f"a credit CDR: it takes back {cdr.get('credit_reference_id')}")
    if str(cdr.get("currency", "")).upper() != currency:
        raise _UnusableError(
            f"billed in {cdr.get('currency')}, and the site's currency is {currency}"
        )
    start, end = _time(cdr.get("start_date_time")), _time(cdr.get("end_date_time"))
    location = _object(cdr.get("cdr_location"))
    token = _object(cdr.get("cdr_token"))
    total_kwh = _number(cdr, "total_energy")
    fault = fault_of(
        _station(location), start, end, None if total_kwh is None else float(total_kwh) * 1000
    )
    if fault:
        raise _UnusableError(fault)
    assert start is not None  # noqa: S101 -- fault_of said so; for the type checker
    assert end is not None  # noqa: S101 -- see above
    assert total_kwh is not None  # noqa: S101 -- see above
    energy_wh = float(total_kwh * 1000)
    findings: list[str] = []
    course = _course(cdr, start, end, energy_wh, findings)
    own = str(cdr.get("session_id", ""))
    is_own = _OWN_ID.fullmatch(own) is not None
    said = dict(_REMARK.findall(str(cdr.get("remark", "")))) if is_own else {}
    return RecordedSession(
        line=line,
        station=_station(location) or "",
        id_token=str(token.get("uid") or token.get("contract_id") or "recorded"),
        arrival=start,
        departure=end,
        energy_wh=energy_wh,
        course=course,
        full_at=_full_at(course),
        stop_reason=said.get("stop reason"),
        session_id=own if is_own else None,
        trust=said.get("trust"),
        bill=_bill(cdr, currency, total_kwh, findings),
        tariff_id=_tariff(cdr),
        findings=tuple(findings),
    )


def _station(location: Mapping[str, Any]) -> str | None:
    """Return charger and connector: ours where the CDR was exported here, else EVSE and plug."""
    evse = str(location.get("evse_uid") or location.get("evse_id") or "")
    if not evse or evse == "#NA":
        return None
    if re.fullmatch(r".+/\d+", evse):
        return evse
    plug = str(location.get("connector_id", ""))
    return f"{evse}/{plug}" if plug.isdigit() and int(plug) > 0 else evse


def _course(
    cdr: Mapping[str, Any],
    start: datetime,
    end: datetime,
    energy_wh: float,
    findings: list[str],
) -> tuple[Point, ...]:
    """Return the energy over time of the charging periods; empty when they do not tell it.

    Within a period energy flows first, for its TIME, and the car stands for its PARKING_TIME.
    """
    periods = []
    for period in cdr.get("charging_periods") or ():
        at = _time(_object(period).get("start_date_time"))
        if at is not None:
            periods.append((at, _volumes(_object(period))))
    periods.sort(key=lambda one: one[0])
    metered = sum((v.get("ENERGY", Decimal(0)) for _, v in periods), Decimal(0))
    metered_wh = float(metered * 1000)
    if metered_wh <= 0 or not periods:
        return ()
    if abs(metered_wh - energy_wh) > 1:
        findings.append(
            f"its charging periods hold {metered_wh / 1000:g} kWh and its total is "
            f"{energy_wh / 1000:g} kWh: the total counts, spread as the periods are"
        )

    def reached(booked: Decimal) -> float:
        # The whole is the whole to the last digit: a difference would look like charging.
        whole = booked == metered
        return energy_wh if whole else float(booked * 1000) * energy_wh / metered_wh

    points = [Point(at=start, energy_wh=0.0)]
    booked = Decimal(0)
    borders = [*(at for at, _ in periods[1:]), end]
    for (at, volumes), until in zip(periods, borders, strict=True):
        energy = volumes.get("ENERGY", Decimal(0))
        begin, stop = max(at, start), min(until, end)
        if stop <= points[-1].at:
            booked += energy
            continue
        if begin > points[-1].at:
            points.append(Point(at=begin, energy_wh=reached(booked)))
        booked += energy
        stood_s = float(volumes.get("PARKING_TIME", Decimal(0))) * 3600
        flowed = stop - timedelta(seconds=min(stood_s, (stop - begin).total_seconds()))
        reached_wh = reached(booked)
        if energy > 0 and begin < flowed < stop:
            points.append(Point(at=flowed, energy_wh=reached_wh))
        points.append(Point(at=stop, energy_wh=reached_wh))
    if points[-1].at < end:
        points.append(Point(at=end, energy_wh=energy_wh))
    points[-1] = Point(at=points[-1].at, energy_wh=energy_wh)
    return tuple(points)


def is_fine(course: Sequence[Point]) -> bool:
    """Tell whether a course is as fine as our own grid, so that it counts as metered."""
    return bool(course) and all(
        (right.at - left.at).total_seconds() <= SLOT_S
        for left, right in pairwise(course)
        if right.energy_wh > left.energy_wh
    )


def _full_at(course: Sequence[Point]) -> datetime | None:
    pairs = list(pairwise(course))
    return next((b.at for a, b in reversed(pairs) if b.energy_wh > a.energy_wh), None)


def _volumes(period: Mapping[str, Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for dimension in map(_object, period.get("dimensions") or ()):
        volume = _decimal(dimension.get("volume"))
        if volume is not None and volume > 0:
            kind = str(dimension.get("type"))
            found[kind] = found.get(kind, Decimal(0)) + volume
    return found


def _bill(
    cdr: Mapping[str, Any], currency: str, total_kwh: Decimal, findings: list[str]
) -> tuple[BilledLine, ...]:
    total, total_vat = _price(cdr, "total_cost")
    if total is None:
        raise _UnusableError("total_cost is missing or no amount")
    parking_h = _number(cdr, "total_parking_time") or Decimal(0)
    time_h = (_number(cdr, "total_time") or Decimal(0)) - parking_h
    quantities = {
        "ENERGY": (total_kwh, "kWh"), "TIME": (time_h, "h"), "PARKING_TIME": (parking_h, "h"),
    }  # fmt: skip
    lines: list[BilledLine] = []
    for name, kind in _PARTS:
        amount, vat = _price(cdr, name)
        if amount:
            quantity, unit = quantities.get(kind, (Decimal(1), "session"))
            lines.append(
                BilledLine(
                    kind=kind, quantity=quantity, unit=unit, amount=amount, vat_amount=vat,
                    currency=currency, rule=f"as billed: {name} of CDR {cdr.get('id')}",
                )
            )  # fmt: skip
    rest = total - sum((line.amount for line in lines), Decimal(0))
    if rest:
        vats = [line.vat_amount for line in lines]
        rest_vat = None
        if total_vat is not None and None not in vats:
            rest_vat = total_vat - sum((vat for vat in vats if vat is not None), Decimal(0))
        if lines:
            findings.append(f"its parts do not add up to its total cost: {rest} {currency} beside")
        lines.append(
            BilledLine(
                kind="OTHER", quantity=Decimal(1), unit="session", amount=rest,
                vat_amount=rest_vat, currency=currency,
                rule=f"as billed: total_cost of CDR {cdr.get('id')} less its parts",
            )
        )  # fmt: skip
    return tuple(lines)


def _price(cdr: Mapping[str, Any], name: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the amount without VAT and the VAT, to cents; OCPI 2.1.1 has a plain number."""
    value = cdr.get(name)
    if isinstance(value, dict):
        without, with_vat = _decimal(value.get("excl_vat")), _decimal(value.get("incl_vat"))
    else:
        without, with_vat = _decimal(value), None
    if without is None:
        return None, None
    amount = round_to_cents(without)
    return amount, None if with_vat is None else round_to_cents(with_vat) - amount


def _tariff(cdr: Mapping[str, Any]) -> str | None:
    for tariff in map(_object, cdr.get("tariffs") or ()):
        if tariff.get("id"):
            return str(tariff["id"])
    for period in map(_object, cdr.get("charging_periods") or ()):
        if period.get("tariff_id"):
            return str(period["tariff_id"])
    return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(cdr: Mapping[str, Any], name: str) -> Decimal | None:
    return _decimal(cdr.get(name))


def _decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _time(value: Any) -> datetime | None:
    """Read an OCPI DateTime: RFC 3339, UTC where no zone stands (section 16.4)."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
