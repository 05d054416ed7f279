"""What was learned of a charger, with the evidence, and whether it holds its limits."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboards import facts, history
from dashboards.widgets.chosen import Chosen, place
from dashboards.widgets.records import records, renamed

_DOUBTS_OVER = timedelta(days=1)
_LONG = st.column_config.TextColumn(width="medium")
_STATES = {
    "verified": "✓ verified",
    "differs": "! differs",
    "unknown": "? not known",
}


def learned(at: Chosen) -> None:
    """Show what is known of it under its present firmware, and what is not."""
    name = at.charge_point_id
    found = history.read(lambda r: r.charger_findings(charge_point_id=name))
    if at.firmware:
        found = found[found["firmware"] == at.firmware]
    table = pd.DataFrame(
        {
            "what": found["fact"].map(facts.words),
            "value": [
                facts.value(fact, text)
                for fact, text in zip(found["fact"], found["value"], strict=True)
            ],
            "verified": found["verified"].map({True: "✓ yes", False: "? not on this one"}),
            "evidence": found["evidence"].map(facts.evidence),
            "times": found["times"],
            at.time("first"): found["first_at"],
            at.time("last"): found["last_at"],
            "firmware": found["firmware"],
        }
    )
    missing = facts.unknown(found)
    records(
        "Learned", table, config={"value": _LONG},
        key="learned", file_name=f"{at.file}-learned.csv",
        none=(
            f"Nothing is known yet of {name} with this firmware.",
            "It is asked after its next boot, and watched from its first session on.",
        ),
        caption=f"Not known yet: {'; '.join(missing)}." if missing else "",
    )  # fmt: skip
    checks = history.read(lambda r: r.default_checks(charge_point_id=name))
    table = renamed(
        checks.assign(
            place=checks["connector_id"].map(place),
            how=checks["state"].map(lambda state: _STATES.get(state, state)),
        ),
        [
            ("place", "connector"), ("how", "state"), ("words", "what was found"),
            ("checked_at", at.time("checked")),
        ],
    )  # fmt: skip
    records(
        "Does it report the limits that it accepted?", table, key="checks",
        file_name=f"{at.file}-limit-checks.csv",
        none=(
            f"{name} was not yet asked which limits it applies.",
            "It is after its next boot. To ask now: " + at.command("get-composite") + ".",
        ),
    )  # fmt: skip
    _doubts(at)


def _doubts(at: Chosen) -> None:
    doubts = history.read(lambda r: r.unit_doubts(at.now - _DOUBTS_OVER, at.until))
    same = (doubts["vendor"] == at.vendor) & (doubts["model"] == at.model)
    table = renamed(
        doubts[same & (doubts["firmware_version"] == at.firmware)],
        [
            ("words", "what seems wrong"), ("quantity", "quantity"), ("factor", "times"),
            ("register_kwh", "by its register (kWh)"), ("power_kwh", "by its power (kWh)"),
            ("chargers", "chargers of the model"),
        ],
    )  # fmt: skip
    if not table.empty:
        records(
            "Meters of its model may use a wrong unit", table, key="doubts", none=("", ""),
            file_name=f"{at.file}-units.csv",
            caption="Over the last day. Nothing is changed by this: ask its maker.",
        )  # fmt: skip
