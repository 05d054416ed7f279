"""Key figures of money, and of what drivers asked and got."""

from __future__ import annotations

from typing import Final

from analytics.kpi_declaration import CURRENCY, SITE_ONLY, Kpi

_SITE_CURRENCY = "In the site's currency; bills in another one are told beside it."

MONEY: Final = (
    Kpi(
        name="revenue",
        label="Revenue",
        unit=CURRENCY,
        formula="sum of the cost lines, without VAT, of sessions that ended in the period",
        caveat=f"Running sessions are not in it; each bill is rounded to cents. {_SITE_CURRENCY}",
        good="up",
        questions=("overview", "revenue"),
    ),
    Kpi(
        name="vat",
        label="VAT",
        unit=CURRENCY,
        formula="sum of the VAT of the cost lines of sessions that ended in the period",
        caveat="On top of revenue, which is without it.",
        questions=("revenue",),
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
        questions=("overview", "revenue"),
    ),
    Kpi(
        name="margin",
        label="Margin",
        unit=CURRENCY,
        formula="revenue - energy cost",
        caveat="Before demand charge and fixed cost; grid fees are in where they are configured.",
        good="up",
        questions=("overview", "revenue"),
    ),
    Kpi(
        name="cost_known_share",
        label="Energy with a known price",
        unit="share",
        formula="energy of sessions that ended whose price is known / their energy",
        caveat="Energy cost and margin cover this share only.",
        good="up",
        questions=("revenue",),
    ),
    Kpi(
        name="sessions_billed",
        label="Sessions billed",
        unit="",
        formula="number of sessions that ended in the period, in this currency",
        good="up",
        questions=("revenue",),
    ),
    Kpi(
        name="billed_kwh",
        label="Energy billed",
        unit="kWh",
        formula="whole energy of the sessions that ended in the period",
        caveat="Also what flowed before the period began: compare with energy charged.",
        good="up",
        questions=("revenue",),
    ),
    Kpi(
        name="demand_charge",
        label="Demand charge",
        unit=CURRENCY,
        formula="for each month: highest 15-minute mean of grid import x demand charge per kW",
        caveat="By months of the site's zone, of a month in part by the peak of that part. For "
        "months and totals only.",
        good="down",
        questions=("demand",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="demand_charge_of_charging",
        label="Demand charge of charging",
        unit=CURRENCY,
        formula="demand charge with charging - demand charge without it",
        caveat="The two peaks may be at different times. For months and totals only.",
        good="down",
        questions=("demand",),
        splits=SITE_ONLY,
    ),
    Kpi(
        name="margin_after_demand",
        label="Margin after demand charge",
        unit=CURRENCY,
        formula="revenue - energy cost - demand charge of charging",
        caveat="Before fixed cost; grid fees are in where configured. For months and totals only.",
        good="up",
        splits=SITE_ONLY,
    ),
    Kpi(
        name="sessions_ended",
        label="Sessions ended",
        unit="",
        formula="number of sessions that ended in the period",
        good="up",
        questions=("session_outcomes",),
    ),
    Kpi(
        name="mean_session_kwh",
        label="Energy per session",
        unit="kWh",
        formula="mean energy of sessions that ended in the period",
        caveat="Sessions without energy are in it.",
        questions=("overview", "session_outcomes"),
    ),
    Kpi(
        name="asked_kwh",
        label="Energy asked",
        unit="kWh",
        formula="sum of the energy asked for, over sessions that ended in the period",
        caveat="Includes the site's default where the driver stated nothing.",
        questions=("session_outcomes", "sessions"),
    ),
    Kpi(
        name="asked_delivered_kwh",
        label="Energy delivered of that",
        unit="kWh",
        formula="sum of min(delivered, asked), over sessions that ended in the period and asked "
        "for energy",
        caveat="What was delivered beyond the wish is not in it.",
        good="up",
        questions=("session_outcomes",),
    ),
    Kpi(
        name="delivered_share",
        label="Energy delivered of asked",
        unit="share",
        formula="sum of min(delivered, asked) / sum of asked, over sessions that ended in the "
        "period and asked for energy; of one session: min(delivered, asked) / asked",
        caveat="Includes the site's default where the driver stated nothing.",
        good="up",
        questions=("overview", "session_outcomes", "sessions"),
    ),
    Kpi(
        name="mean_delivered_share",
        label="Delivered of asked, mean of sessions",
        unit="share",
        formula="mean of min(delivered, asked) / asked, over sessions that ended in the period "
        "and asked for energy",
        caveat="Every session weighs the same, however much it asked for.",
        good="up",
        questions=("session_outcomes",),
    ),
)
"""Money, and energy delivered against energy asked."""
