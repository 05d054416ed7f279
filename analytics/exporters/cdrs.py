"""Ended sessions as OCPI 2.2.1 CDRs (section 10.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from analytics.charging_periods import in_hours, in_kwh
from analytics.exporters.ocpi_fields import faults
from analytics.exporters.ocpi_tariffs import TariffKey, ocpi_tariffs
from analytics.exporters.operator import Operator, ocpi_time
from analytics.reader import Reader
from analytics.sessions import Trust
from ocpp_core.domain.money import round_to_cents

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

    Its amounts are our cost lines, summed by kind, and its periods those that were stored with
    the bill: nothing is worked out again. A session that a CDR cannot hold by OCPI's field list is
    left out and named.
    """
    sessions = reader.ended_sessions(start, end)
    periods = _by_session(reader.ended_periods(start, end))
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
            periods.get(key, none),
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
    periods: pd.DataFrame,
    lines: pd.DataFrame,
    tariffs: Mapping[TariffKey, dict[str, Any]],
    operator: Operator,
    currency: str,
) -> dict[str, Any]:
    token = str(session["id_token"] or "") or NO_TOKEN
    lasted_s = (session["ended_at"] - session["started_at"]).total_seconds()
    stood_h = float(periods["parking_h"].sum()) if len(periods) else 0.0
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
        "charging_periods": [_period(one) for one in periods.itertuples(index=False)],
        "total_cost": _price(lines),
        "total_energy": float(in_kwh(session["energy_wh"])),
        "total_time": float(in_hours(lasted_s)),
        "total_parking_time": round(stood_h, 4),
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


def _period(period: Any) -> dict[str, Any]:
    volumes = (
        ("ENERGY", period.energy_kwh),
        ("TIME", period.charging_h),
        ("PARKING_TIME", period.parking_h),
    )
    told: dict[str, Any] = {
        "start_date_time": ocpi_time(period.starts_at),
        "dimensions": [
            {"type": kind, "volume": float(volume)} for kind, volume in volumes if pd.notna(volume)
        ],
    }
    if isinstance(period.tariff_id, str):
        told["tariff_id"] = period.tariff_id
    return told


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
