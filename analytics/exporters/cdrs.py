"""Ended sessions as OCPI 2.2.1 CDRs (section 10.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from analytics.exporters.ocpi_fields import faults
from analytics.exporters.ocpi_tariffs import TariffKey, ocpi_tariffs
from analytics.exporters.operator import Operator, ocpi_time
from analytics.reader import Reader
from analytics.sessions import Trust
from ocpp_core.domain.money import round_to_cents

_FOUR = Decimal("0.0001")
"""OCPI writes numbers with four decimals (section 16.5)."""
_PARTS = {
    "ENERGY": "total_energy_cost",
    "TIME": "total_time_cost",
    "FLAT": "total_fixed_cost",
    "PARKING_TIME": "total_parking_cost",
    "RESERVATION_TIME": "total_reservation_cost",
    "RESERVATION_FEE": "total_reservation_cost",
}
"""Field of a CDR for the lines of a kind; lines of other kinds are in the total only."""
_POWER_TYPES = {1: "AC_1_PHASE", 2: "AC_2_PHASE", 3: "AC_3_PHASE"}
NO_TOKEN = "NO-TOKEN"  # noqa: S105 -- stands where no driver presented one
"""`uid` of a session that began without a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdrs:
    """CDRs of a period, and the sessions that have none."""

    cdrs: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]
    """Why a session has no CDR, one sentence each."""


def cdrs_of(reader: Reader, start: datetime, end: datetime, operator: Operator) -> Cdrs:
    """Return a CDR for each session that ended in the period.

    Its amounts are our cost lines, summed by kind, and its periods our 15-minute grid: nothing is
    priced again. A session that a CDR cannot hold by OCPI's field list is left out and named.
    """
    sessions = reader.ended_sessions(start, end)
    intervals = _by_session(reader.ended_intervals(start, end))
    lines = _by_session(reader.bill_lines(start, end))
    tariffs = ocpi_tariffs(reader.driver_tariffs(), operator)
    none = pd.DataFrame()
    made: list[dict[str, Any]] = []
    left_out: list[str] = []
    for session in sessions.to_dict("records"):
        key = str(session["session_id"])
        words = f"{session['charge_point_id']}/{session['connector_id']} {session['ended_at']}"
        if session["trust"] == Trust.DOUBTFUL:
            left_out.append(f"{words}: its energy is doubtful and needs a person")
            continue
        cdr = _cdr(
            {str(name): value for name, value in session.items()},
            intervals.get(key, none),
            lines.get(key, none),
            tariffs,
            operator,
            reader.site.currency,
        )
        wrong = faults(cdr)
        if wrong:
            left_out.append(f"{words}: {'; '.join(wrong)}")
        else:
            made.append(cdr)
    return Cdrs(cdrs=tuple(made), left_out=tuple(left_out))


def _by_session(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(key): rows for key, rows in frame.groupby("session_id", sort=False)}


def _cdr(
    session: Mapping[str, Any],
    intervals: pd.DataFrame,
    lines: pd.DataFrame,
    tariffs: Mapping[TariffKey, dict[str, Any]],
    operator: Operator,
    currency: str,
) -> dict[str, Any]:
    token = str(session["id_token"] or "") or NO_TOKEN
    total_kwh = _kwh(session["energy_wh"])
    stood_s = 0.0
    if len(intervals):
        stood_s = float((intervals["connected_s"] - intervals["charging_s"]).clip(lower=0).sum())
    hours = (session["ended_at"] - session["started_at"]).total_seconds() / 3600
    cdr: dict[str, Any] = {
        "country_code": operator.country_code,
        "party_id": operator.party_id,
        "id": session["session_id"],
        "start_date_time": ocpi_time(session["started_at"]),
        "end_date_time": ocpi_time(session["ended_at"]),
        "session_id": session["session_id"],
        "cdr_token": {
            "country_code": operator.country_code,
            "party_id": operator.party_id,
            "uid": token,
            "type": "OTHER" if token == NO_TOKEN else "RFID",
            "contract_id": token,
        },
        "auth_method": "WHITELIST",
        "cdr_location": _location(session, operator),
        "currency": str(lines["currency"].iloc[0]) if len(lines) else currency,
        "charging_periods": list(_periods(session, intervals, total_kwh)),
        "total_cost": _price(lines),
        "total_energy": float(total_kwh),
        "total_time": _four(hours),
        "total_parking_time": _four(stood_s / 3600),
        "last_updated": ocpi_time(session["ended_at"]),
    }
    if len(lines):
        for name, of_part in lines.groupby(lines["kind"].map(_PARTS)):
            cdr[str(name)] = _price(of_part)
    # Money that was billed elsewhere (rules of imported CDRs) was not made by a tariff of ours.
    if pd.notna(session["tariff_version"]):
        used = tariffs.get((str(session["tariff_id"]), int(session["tariff_version"])))
        if used is not None:
            cdr["tariffs"] = [used]
    reason = session["stop_reason"]
    remarks = [f"stop reason: {reason}"] if isinstance(reason, str) and reason else []
    if session["trust"] != Trust.METERED:
        remarks.append(f"trust: {session['trust']}")
    if remarks:
        cdr["remark"] = "; ".join(remarks)[:255]
    return cdr


def _location(session: Mapping[str, Any], operator: Operator) -> dict[str, Any]:
    point, connector = session["charge_point_id"], session["connector_id"]
    phases = session["phases"]
    count = len(phases.split()) if isinstance(phases, str) and phases else 3
    part = re.sub(r"[^A-Z0-9*]", "*", f"{point}*{connector}".upper())
    location = {
        "id": operator.location_id,
        "name": operator.name,
        "address": operator.address,
        "city": operator.city,
        "country": operator.country,
        "coordinates": {"latitude": operator.latitude, "longitude": operator.longitude},
        "evse_uid": f"{point}/{connector}",
        "evse_id": f"{operator.country_code}*{operator.party_id}*E{part}",
        "connector_id": str(connector),
        "connector_standard": operator.connector_standard,
        "connector_format": operator.connector_format,
        "connector_power_type": operator.connector_power_type or _POWER_TYPES[count],
    }
    if operator.postal_code:
        location["postal_code"] = operator.postal_code
    return location


def _periods(
    session: Mapping[str, Any], intervals: pd.DataFrame, total_kwh: Decimal
) -> Iterator[dict[str, Any]]:
    """Yield a period for each slot of the grid; slots without energy are joined.

    Energies are differences of rounded sums, so that they add up to the total exactly.
    """
    tariff = session["tariff_id"]
    extra = {"tariff_id": tariff} if isinstance(tariff, str) and tariff else {}
    if not len(intervals):
        hours = (session["ended_at"] - session["started_at"]).total_seconds() / 3600
        dimensions = [{"type": "PARKING_TIME", "volume": _four(hours)}]
        begin = ocpi_time(session["started_at"])
        yield {"start_date_time": begin, "dimensions": dimensions, **extra}
        return
    reached_wh, told, stands_s = 0.0, Decimal(0), 0.0
    stands_since: datetime | None = None
    rows: list[Any] = list(intervals.itertuples(index=False))
    # The grid leaves the part of a Wh to the last slot, where the car may only stand by then.
    whole_wh = float(intervals["energy_wh"].sum())
    last = max((n for n, row in enumerate(rows) if row.charging_s > 0), default=len(rows) - 1)
    for number, row in enumerate(rows):
        begin = session["started_at"] if number == 0 else row.slot_start
        reached_wh += row.energy_wh
        ended = number == len(rows) - 1 or (number >= last and whole_wh - reached_wh < 1)
        total = total_kwh if ended else _kwh(reached_wh)
        energy, told = total - told, total
        stood_s = max(0.0, row.connected_s - row.charging_s)
        if energy == 0 and row.charging_s == 0:
            stands_since = stands_since or begin
            stands_s += stood_s
            continue
        if stands_since is not None:
            yield _standing(stands_since, stands_s, extra)
            stands_since, stands_s = None, 0.0
        dimensions = [{"type": "ENERGY", "volume": float(energy)}] if energy else []
        dimensions.append({"type": "TIME", "volume": _four(row.charging_s / 3600)})
        if stood_s > 0:
            dimensions.append({"type": "PARKING_TIME", "volume": _four(stood_s / 3600)})
        yield {"start_date_time": ocpi_time(begin), "dimensions": dimensions, **extra}
    if stands_since is not None:
        yield _standing(stands_since, stands_s, extra)


def _standing(since: datetime, stands_s: float, extra: Mapping[str, str]) -> dict[str, Any]:
    dimensions = [{"type": "PARKING_TIME", "volume": _four(stands_s / 3600)}]
    return {"start_date_time": ocpi_time(since), "dimensions": dimensions, **extra}


def _price(lines: pd.DataFrame) -> dict[str, float]:
    if not len(lines):
        return {"excl_vat": 0.0}
    without = _sum(lines["amount"])
    price = {"excl_vat": float(without)}
    # Without a rate and an amount no VAT applies, or the bill that was imported does not say.
    if lines["vat_percent"].notna().any() or (lines["vat_amount"] != 0).any():
        price["incl_vat"] = float(without + _sum(lines["vat_amount"]))
    return price


def _sum(amounts: pd.Series[Any]) -> Decimal:
    """Add amounts exactly: frames hold them as floats, and cents are exact in text."""
    return sum((round_to_cents(Decimal(str(amount))) for amount in amounts), Decimal(0))


def _kwh(energy_wh: float) -> Decimal:
    return (Decimal(repr(float(energy_wh))) / 1000).quantize(_FOUR, ROUND_HALF_UP)


def _four(value: float) -> float:
    return float(Decimal(repr(float(value))).quantize(_FOUR, ROUND_HALF_UP))
