"""The chargers as their operator needs them: what each one is, how it does, what it needs; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboards import format as fmt
from dashboards.states import OFFLINE, State, error_of, reported
from ocpp_core.domain.view import ChargePointView, ConnectorView, LiveView

CLOCK_OFF_S = 60.0
"""From here on a wrong clock is told: stamps on pages and bills are to the minute."""

MOST_NAMES = 3
"""Settings that a sentence names."""

SECURITY = {
    0: "0: nothing is asked",
    1: "1: password",
    2: "2: password, TLS",
    3: "3: certificate, TLS",
}
"""Security profiles of OCPP 2.0.1 A00 in words."""

_TOLD_HERE = ("lost its connection.", "is silent: it may be gone.")
"""Ends of alarms about links: those are judged by the list of chargers, which may be newer."""

_NEVER = State(words="Never connected", colour="fault", sign="✕")
_WAITS = State(words="Waits to be let in", colour="waiting", sign="◔")
_KEPT = State(words="Kept waiting", colour="waiting", sign="◔")
_REFUSED = State(words="Refused", colour="fault", sign="✕")
_SILENT = State(words="Silent", colour="fault", sign="…")
_FAULT = State(words="Fault", colour="fault", sign="!")
_ONLINE = State(words="Online", colour="good", sign="✓")
_UNKNOWN = State(words="Not known", colour="muted", sign="?")


class Level(IntEnum):
    """How much a charger needs a person; the worst is the lowest."""

    BROKEN = 0
    NOTED = 1
    FINE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """One charger, from the live state where there is one and from the history for the rest."""

    charge_point_id: str
    level: Level
    state: State
    online: bool
    since: datetime | None
    """Since when it is online or offline; None: not known."""
    connectors: tuple[ConnectorView, ...]
    ocpp_version: str
    """Of its link, else of its last boot; empty: not known."""
    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    security_profile: int | None
    clock_ahead_s: float | None
    odd: int | None
    """Messages with findings in the period of the history; None: not known."""
    settings_off: int | None
    """Settings that are not as wanted; None: not known."""
    heard_at: datetime | None
    booted_at: datetime | None
    needs: tuple[str, ...]
    """What a person should know or do, a sentence each."""


def chargers(
    points: Sequence[ChargePointView] | None,
    view: LiveView | None,
    past: pd.DataFrame,
    drift: pd.DataFrame,
    zone: ZoneInfo,
) -> list[Charger]:
    """Join the chargers now (None: not known) with the history; problems first.

    `past` is the Reader's `chargers`, `drift` its `setting_drift` of what is not as wanted.
    """
    known = {str(row["charge_point_id"]): row for row in past.to_dict("records")}
    now = {} if points is None else {point.charge_point_id: point for point in points}
    gone = [name for name, row in known.items() if name not in now and not row["configured"]]
    names = [*now, *(name for name in known if name not in now and name not in gone)]
    off = {str(name): rows for name, rows in drift.groupby("charge_point_id")}
    by_ref = {} if view is None else {connector.ref: connector for connector in view.connectors}
    found = [
        _charger(name, now.get(name), view, by_ref, known.get(name, {}), off.get(name), zone)
        for name in names
    ]
    return sorted(found, key=lambda c: (c.level, fmt.natural(c.charge_point_id)))


def needs(found: Sequence[Charger]) -> list[str]:
    """Return what needs a person, the worst first."""
    return [sentence for charger in found for sentence in charger.needs]


def summary(found: Sequence[Charger]) -> str:
    """Say in one sentence how the chargers do."""
    broken = sum(charger.level is Level.BROKEN for charger in found)
    noted = sum(charger.level is Level.NOTED for charger in found)
    if broken:
        verb = "needs" if broken == 1 else "need"
        more = f", {noted} more should be looked at" if noted else ""
        return f"{broken} of {_count(len(found))} {verb} a person{more}."
    if noted:
        return f"All {_count(len(found))} work; {noted} should be looked at."
    if len(found) == 1:
        return "The charger works: nothing needs a person."
    return f"All {_count(len(found))} work: nothing needs a person."


def table(found: Sequence[Charger], zone: ZoneInfo) -> pd.DataFrame:
    """Return the chargers as a table for people, in the order given."""
    rows = [
        {
            "charger": charger.charge_point_id,
            "state": str(charger.state),
            f"since ({zone.key})": charger.since,
            "connectors": connectors_text(charger),
            "odd messages in 24 h": charger.odd,
            "settings not as wanted": charger.settings_off,
            f"last message ({zone.key})": charger.heard_at,
            "OCPP": version_text(charger.ocpp_version),
            "vendor": charger.vendor,
            "model": charger.model,
            "firmware": charger.firmware_version,
            "security profile": SECURITY.get(
                -1 if charger.security_profile is None else charger.security_profile, ""
            ),
            "clock ahead (s)": charger.clock_ahead_s,
        }
        for charger in found
    ]
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        if zone.key in column:
            frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_convert(zone)
    if rows:
        for column in ("odd messages in 24 h", "settings not as wanted"):
            frame[column] = frame[column].astype("Int64")
        frame["clock ahead (s)"] = frame["clock ahead (s)"].astype("float64").round(0)
    return frame


def version_text(subprotocol: str) -> str:
    """Write `ocpp2.0.1` as `2.0.1`."""
    return subprotocol.removeprefix("ocpp")


def connectors_text(charger: Charger) -> str:
    """Write the connectors with what each does: `1 Charging · 2 Free`."""
    return " · ".join(
        f"{connector.ref.rpartition('/')[2]} {reported(connector).words}"
        for connector in charger.connectors
    )


def _charger(
    name: str,
    point: ChargePointView | None,
    view: LiveView | None,
    by_ref: Mapping[str, ConnectorView],
    past: Mapping[Any, Any],
    off: pd.DataFrame | None,
    zone: ZoneInfo,
) -> Charger:
    refs = sorted(point.connectors if point else (), key=fmt.natural)
    connectors = tuple(by_ref[ref] for ref in refs if ref in by_ref)
    heard = (point.last_frame_at if point else None) or _at(past.get("heard_at"))
    booted = _at(past.get("booted_at"))
    ahead_s = point.clock_ahead_s if point else None
    if ahead_s is None:
        ahead_s = _number(past.get("ahead_s"))
    since = (point.link_since if point else None) or (
        heard if point is not None and not point.online else None
    )
    level, state, sentences = _judged(name, point, connectors, heard or booted, since, view, zone)
    if point is not None and point.online and view is not None:
        sentences += [
            alarm for alarm in view.alarms if _names(alarm, name) and not alarm.endswith(_TOLD_HERE)
        ]
    if ahead_s is not None and abs(ahead_s) >= CLOCK_OFF_S:
        way = "ahead of" if ahead_s > 0 else "behind"
        sentences.append(
            f"{name}: its clock is {fmt.duration(abs(ahead_s))} {way} ours, and so are the times "
            "that it gives its sessions. Check its time source."
        )
    sentences += [] if off is None else _drifted(name, off)
    if sentences and level is Level.FINE:
        level = Level.NOTED
    count = _number(past.get("odd"))
    return Charger(
        charge_point_id=name,
        level=level,
        state=state,
        online=point is not None and point.online,
        since=since,
        connectors=connectors,
        ocpp_version=(point.ocpp_version if point else "") or _text(past.get("ocpp_version")),
        vendor=(point.vendor if point else "") or _text(past.get("vendor")),
        model=(point.model if point else "") or _text(past.get("model")),
        serial_number=(point.serial_number if point else "") or _text(past.get("serial_number")),
        firmware_version=(point.firmware_version if point else "")
        or _text(past.get("firmware_version")),
        security_profile=point.security_profile if point else None,
        clock_ahead_s=ahead_s,
        odd=None if count is None else int(count),
        settings_off=len(off) if off is not None else 0 if past else None,
        heard_at=heard,
        booted_at=booted,
        needs=tuple(sentences),
    )


def _drifted(name: str, off: pd.DataFrame) -> list[str]:
    """Say which settings a person can do something about; what a charger cannot do is no news."""
    told = []
    for state, words in (
        ("differs", "is not set as wanted"),
        ("reboot-required", "needs a reboot for what it was set to"),
    ):
        names = [str(setting) for setting in off.loc[off["state"] == state, "name"]]
        if names:
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            told.append(f"{name} {words}: {', '.join(names[:MOST_NAMES])}{more}.")
    return told


def _judged(
    name: str,
    point: ChargePointView | None,
    connectors: Sequence[ConnectorView],
    known_since: datetime | None,
    since: datetime | None,
    view: LiveView | None,
    zone: ZoneInfo,
) -> tuple[Level, State, list[str]]:
    """Return how a charger does, by the first of these that holds."""
    if point is None:
        return Level.NOTED, _UNKNOWN, []

    def when(at: datetime | None) -> str:
        if at is None or view is None:
            return ""
        return f" since {fmt.clock_near(at, view.at, zone)} {fmt.zone_name(at, zone)}"

    if not point.online and known_since is None:
        words = f"{name} has never connected. Check its power, and the URL and password in it."
        return Level.BROKEN, _NEVER, [words]
    if not point.online:
        words = f"{name} has been offline{when(since)}. Check its power and its network."
        return Level.BROKEN, OFFLINE, [words if since else f"{name} is offline. Check its power."]
    if point.registration == "Rejected":
        words = f"{name} is refused by the decision of an administrator."
        return Level.NOTED, _REFUSED, [words]
    if point.registration == "Pending" and point.configured:
        words = f"{name} is kept waiting by the decision of an administrator."
        return Level.NOTED, _KEPT, [words]
    if point.registration == "Pending":
        words = f"{name} waits to be let in. Write it into the site file, or let it in for now."
        return Level.BROKEN, _WAITS, [words]
    if point.stale:
        words = f"{name} has said nothing{when(point.last_frame_at)}: it may be gone."
        return Level.BROKEN, _SILENT, [words]
    faults = [c for c in connectors if c.state == "Faulted"]
    if faults:
        words = f"{name} reports a fault at connector {_with_errors(faults)}."
        return Level.BROKEN, _FAULT, [words]
    warned = [c for c in connectors if error_of(c)]
    if warned:
        words = f"{name} warns of connector {_with_errors(warned)}, and goes on working."
        return Level.NOTED, _working(connectors), [words]
    return Level.FINE, _working(connectors), []


def _with_errors(connectors: Sequence[ConnectorView]) -> str:
    parts = []
    for connector in connectors:
        number, error = connector.ref.rpartition("/")[2], error_of(connector)
        parts.append(f"{number} ({error})" if error else number)
    return ", ".join(parts)


def _working(connectors: Sequence[ConnectorView]) -> State:
    """Return what a charger without a problem does: what most matters of its connectors."""
    states = [reported(connector) for connector in connectors]
    for colour in ("charging", "waiting", "good"):
        alike = [state for state in states if state.colour == colour]
        if alike:
            first = alike[0]
            if len(states) == 1:
                return first
            words = f"{first.words} on {len(alike)} of {len(states)}"
            return State(words=words, colour=first.colour, sign=first.sign)
    return states[0] if states else _ONLINE


def _names(sentence: str, name: str) -> bool:
    if name not in sentence:  # nearly always, and much quicker to tell
        return False
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", sentence) is not None


def _count(number: int) -> str:
    return "1 charger" if number == 1 else f"{fmt.count(number)} chargers"


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _at(value: Any) -> datetime | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).to_pydatetime()
