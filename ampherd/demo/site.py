"""The site file of a demonstration: the shipped one, the user's, or one made for a recording."""

from __future__ import annotations

import re
from pathlib import Path

from ampherd.demo.recording import shipped, unmanaged_peak_w
from analytics.importers import RecordedSession

VOLTAGE_V = 208.0
MAX_CURRENT_A = 32.0
LIMIT_SHARE = 0.65
"""Limit of a made site as a share of its unmanaged peak: about 60 % is left beside the building."""
BUILDING_SHARE = 0.26
"""Peak of a made site's building as a share of the cars' unmanaged peak."""
_SITE = """\
# A site made for recorded sessions: one charger for each station, a limit that binds.

[site]
id = "{key}"
name = "{name}"
timezone = "{timezone}"
currency = "USD"
voltage_v = {voltage_v}
building_peak_w = {building_peak_w}
fail_safe_a = 0

[[circuit]]
id = "grid"
limit_w = {limit_w}
"""
_CHARGER = """\
[[charge_point]]
id = "{name}"
connectors = [{{ id = 1, circuit = "grid", phases = ["{phase}"], max_current_a = {max_current_a} }}]
"""
_PHASES = ("L1", "L2", "L3")
_NOT_IN_IDENTITY = re.compile(r"[^A-Za-z0-9*_=+|@.-]")


def charge_point_name(station_id: str) -> str:
    """Return the identity under which a recorded station is simulated."""
    return _NOT_IN_IDENTITY.sub("-", station_id)[:48]


def shipped_site() -> str:
    """Return the text of the shipped site file."""
    return shipped("site.toml").read_text("utf-8")


def site_for(sessions: tuple[RecordedSession, ...], *, name: str, timezone: str) -> str:
    """Return a site file with one charger for each recorded station and a limit that binds.

    Tariffs and planning are those of the shipped site.
    """
    power_w = VOLTAGE_V * MAX_CURRENT_A
    peak_w = max(unmanaged_peak_w(sessions, power_w), 2 * power_w)
    stations = sorted({charge_point_name(session.station) for session in sessions})
    chargers = "\n".join(
        _CHARGER.format(name=station, phase=_PHASES[number % 3], max_current_a=MAX_CURRENT_A)
        for number, station in enumerate(stations)
    )
    site = _SITE.format(
        key=_NOT_IN_IDENTITY.sub("-", name)[:40] or "demo",
        name=name.replace('"', "'"),
        timezone=timezone,
        voltage_v=VOLTAGE_V,
        building_peak_w=round(BUILDING_SHARE * peak_w),
        limit_w=round(LIMIT_SHARE * peak_w),
    )
    text = shipped_site()
    shared = text[text.index("[tariff.driver]") : text.index("[[charge_point]]")]
    return f"{site}\n{shared}{chargers}"


def write_site(folder: Path, text: str) -> Path:
    """Write the site file into the demonstration's folder and return its path."""
    path = folder / "site.toml"
    path.write_text(text, "utf-8")
    return path
