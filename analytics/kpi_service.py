"""Key figures of service: starts that succeed, faults, availability."""

from __future__ import annotations

from typing import Final

from analytics.kpi_declaration import OF_PLACES, Kpi

_NEVI = (
    "Formula of the US NEVI standards, 23 CFR 680.116(b)(3): ((T - (outage - excluded)) / T), "
    "there with T = 525,600 minutes of the last twelve months, and more than 97 % asked for. The "
    "standards exclude what is beyond the operator's control too (power and network cuts, "
    "vandalism, natural disasters); that nobody tells Ampherd, and it counts as outage here"
)
_WATCHED = "Missing where no server was there to see."

SERVICE: Final = (
    Kpi(
        name="sessions_started",
        label="Sessions started",
        unit="",
        formula="number of sessions that started in the period",
        good="up",
        questions=("session_outcomes",),
    ),
    Kpi(
        name="sessions_delivered",
        label="Sessions that delivered",
        unit="",
        formula="number of sessions that started in the period and delivered more than 0 Wh",
        good="up",
        questions=("session_outcomes",),
    ),
    Kpi(
        name="failed_refused",
        label="Starts refused",
        unit="",
        formula="number of refused tokens; the same token at the same charger within 5 minutes "
        "is the same try",
        caveat=f"Refusing a stranger is no fault of the site. {_WATCHED}",
        good="down",
    ),
    Kpi(
        name="failed_no_session",
        label="Starts without a session",
        unit="",
        formula="number of times that a connector became Preparing or Occupied and then "
        "Available, Faulted or Unavailable without a session and without a refused token",
        caveat=f"A driver who only changed their mind counts too. {_WATCHED} Not known by driver "
        "or tariff.",
        good="down",
        splits=OF_PLACES,
    ),
    Kpi(
        name="failed_no_energy",
        label="Sessions without energy",
        unit="",
        formula="number of sessions that started in the period and ended with 0 Wh",
        caveat="A car that was full counts too.",
        good="down",
    ),
    Kpi(
        name="session_success_share",
        label="Session success",
        unit="share",
        formula="sessions that delivered / (sessions that delivered + starts refused + starts "
        "without a session + sessions without energy), by their start",
        caveat="Running sessions that have no energy yet are left out. Where refusals and starts "
        "without a session are not known, of sessions only.",
        good="up",
    ),
    Kpi(
        name="faults",
        label="Faults",
        unit="",
        formula="number of times that a connector or charger became Faulted in the period",
        caveat=f"Warnings beside another state are not in it. {_WATCHED}",
        good="down",
        splits=OF_PLACES,
    ),
    Kpi(
        name="fault_clear_h",
        label="Mean time to clear a fault",
        unit="h",
        formula="mean of the time from Faulted to the next other state, over the period's faults",
        caveat="Faults that are still on are left out.",
        good="down",
        splits=OF_PLACES,
    ),
    Kpi(
        name="watched_h",
        label="Hours watched",
        unit="h",
        formula="hours of connectors in which a server was there to see their state",
        caveat="Uptime is of these hours.",
        questions=("uptime",),
        splits=OF_PLACES,
    ),
    Kpi(
        name="offline_h",
        label="Hours without a link",
        unit="h",
        formula="hours of connectors whose charger had no link",
        caveat="The network may be at fault as well as the charger.",
        good="down",
        questions=("uptime",),
        splits=OF_PLACES,
    ),
    Kpi(
        name="outage_h",
        label="Outage",
        unit="h",
        formula="hours of connectors without a link, or Faulted or Unavailable, as a connector or "
        "as a whole charger",
        caveat="A connector that charges while its charger has no link counts as out.",
        good="down",
        questions=("uptime",),
        splits=OF_PLACES,
    ),
    Kpi(
        name="excluded_h",
        label="Outage that was ordered",
        unit="h",
        formula="part of the outage after the charger accepted our order to be Inoperative, until "
        "the order to be Operative",
        caveat="Scheduled maintenance; what else the law excludes (power cuts, vandalism) is not "
        "known to us.",
        questions=("uptime",),
        splits=OF_PLACES,
    ),
    Kpi(
        name="uptime_share",
        label="Uptime",
        unit="share",
        formula="(hours watched - (outage - outage that was ordered)) / hours watched",
        caveat=f"A state that was never told counts as usable. {_WATCHED}",
        good="up",
        questions=("uptime",),
        splits=OF_PLACES,
        source=_NEVI,
    ),
)
"""Starts, faults, availability."""
