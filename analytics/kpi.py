"""The KPI dictionary: every key figure is declared here, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CURRENCY = "currency"
"""Unit of money: the currency is in the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One key figure, as pages, reports, exports and notebooks show it."""

    name: str
    """Column or row name, with its unit."""
    label: str
    unit: str
    """`kWh`, `kW`, `h`, `share` (0 to 1), `` (a number) or `currency`."""
    formula: str
    caveat: str
    good: Literal["up", "down", "none"]
    """Which direction is better."""


_DECLARED = (
    Kpi(
        name="energy_kwh",
        label="Energy charged",
        unit="kWh",
        formula="sum of the 15-minute energy grid of all sessions over the period",
        caveat="Energy counts when it flowed; a session over midnight counts on both days.",
        good="up",
    ),
    Kpi(
        name="sessions",
        label="Sessions",
        unit="",
        formula="number of sessions connected at some time of the period",
        caveat="A session over midnight counts on both days, once in a longer period.",
        good="up",
    ),
    Kpi(
        name="revenue",
        label="Revenue",
        unit=CURRENCY,
        formula="sum of the cost lines of sessions that ended in the period",
        caveat="Running sessions are not in it; each line is rounded to cents.",
        good="up",
    ),
    Kpi(
        name="energy_cost",
        label="Energy cost",
        unit=CURRENCY,
        formula="of sessions that ended in the period, for each quarter of an hour: "
        "grid energy x energy price + PV energy x feed-in price",
        caveat="PV serves the building first; demand charge not included; energy without a known "
        "price is left out.",
        good="down",
    ),
    Kpi(
        name="margin",
        label="Margin",
        unit=CURRENCY,
        formula="revenue - energy cost",
        caveat="Before demand charge, grid fees beyond the energy price and fixed cost.",
        good="up",
    ),
    Kpi(
        name="peak_site_kw",
        label="Peak of the site",
        unit="kW",
        formula="highest 15-minute mean of grid import (chargers + building - PV)",
        caveat="Where it was not measured it is computed from sessions, building load and PV.",
        good="down",
    ),
    Kpi(
        name="peak_charging_kw",
        label="Peak of charging",
        unit="kW",
        formula="highest 15-minute mean of the power of all chargers",
        caveat="",
        good="none",
    ),
    Kpi(
        name="occupancy_share",
        label="Occupancy",
        unit="share",
        formula="hours with a session / (configured connectors x hours of the period with data)",
        caveat="A car that stands without a session is not seen.",
        good="up",
    ),
    Kpi(
        name="charging_share",
        label="Utilization by time",
        unit="share",
        formula="hours in which energy flowed / (configured connectors x hours with data)",
        caveat="Time between two readings whose energy differs counts as charging.",
        good="up",
    ),
    Kpi(
        name="energy_share",
        label="Utilization by energy",
        unit="share",
        formula="energy / (rated power of the configured connectors x hours with data)",
        caveat="The site's own limit may be far below the sum of ratings.",
        good="up",
    ),
    Kpi(
        name="mean_session_kwh",
        label="Energy per session",
        unit="kWh",
        formula="mean energy of sessions that ended in the period",
        caveat="Sessions without energy are in it.",
        good="none",
    ),
    Kpi(
        name="delivered_share",
        label="Energy delivered of asked",
        unit="share",
        formula="sum of min(delivered, asked) / sum of asked, over sessions that ended in the "
        "period and asked for energy",
        caveat="Includes the site's default where the driver stated nothing.",
        good="up",
    ),
    Kpi(
        name="connected_h",
        label="Connected",
        unit="h",
        formula="hours in which a session ran",
        caveat="A car that stands without a session is not seen.",
        good="none",
    ),
    Kpi(
        name="charging_h",
        label="Charging",
        unit="h",
        formula="hours in which energy flowed",
        caveat="Time between two readings whose energy differs counts as charging.",
        good="none",
    ),
    Kpi(
        name="idle_h",
        label="Idle",
        unit="h",
        formula="connected - charging",
        caveat="Includes time that the plan made the car wait.",
        good="down",
    ),
    Kpi(
        name="peak_kw",
        label="Peak",
        unit="kW",
        formula="highest 15-minute mean of charging power in the period",
        caveat="",
        good="none",
    ),
    Kpi(
        name="demand_charge",
        label="Demand charge",
        unit=CURRENCY,
        formula="highest 15-minute mean of grid import in the month x demand charge per kW",
        caveat="By the last version of the site's tariff; months in the site's zone.",
        good="down",
    ),
    Kpi(
        name="demand_charge_of_charging",
        label="Demand charge of charging",
        unit=CURRENCY,
        formula="demand charge with charging - demand charge without it",
        caveat="The two peaks may be at different times.",
        good="down",
    ),
    Kpi(
        name="cost_known_share",
        label="Energy with a known price",
        unit="share",
        formula="energy whose price is known / energy",
        caveat="Energy cost and margin cover this share only.",
        good="up",
    ),
)

KPIS: dict[str, Kpi] = {kpi.name: kpi for kpi in _DECLARED}
"""Every key figure by its name."""
