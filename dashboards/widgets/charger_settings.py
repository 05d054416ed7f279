"""How a charger is set, as it said, and what was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import history
from dashboards.widgets.chosen import Chosen
from dashboards.widgets.records import records, renamed
from ocpp_core.domain.charger_profile import means_the_same

_LONG = st.column_config.TextColumn(width="medium")
HIDDEN = "(hidden)"
"""Stands for a secret: its value is not stored anywhere."""


def settings(at: Chosen) -> None:
    """Show what is wanted of it and what was found, and everything that it is set to."""
    _wanted(at)
    name = at.charge_point_id
    found = history.read(lambda r: r.settings(charge_point_id=name))
    text = ""
    if len(found):
        text = st.text_input(
            "Find a setting",
            key="setting",
            bind="query-params",
            placeholder="part of its name",
            width=300,
        )
    table = settings_table(found, at)
    if text:
        match = table["setting"].str.contains(text, case=False, regex=False)
        shown = table[match]
        none = (f"No setting of {name} is called so.", "Try a shorter part of the name.")
    else:
        shown, none = table, (
            f"{name} has told no settings yet.",
            f"Ask: {at.command('get-configuration')}, in OCPP 2 {at.command('get-base-report')}.",
        )  # fmt: skip
    records(
        "Settings", shown, config={"value": _LONG},
        key="settings", file_name=f"{at.file}-settings.csv", none=none,
        caption="As the charger reported or accepted them, what is not as ordered first. "
        "Secrets are never stored.",
    )  # fmt: skip


def _wanted(at: Chosen) -> None:
    name = at.charge_point_id
    found = history.read(lambda r: r.setting_drift(charge_point_id=name))
    found = found.sort_values(["state", "name"], key=_set_last, kind="stable")
    table = renamed(
        found.assign(source=found["source"].replace("", "Ampherd")),
        [
            ("name", "setting"), ("state", "state"), ("words", "in words"), ("wanted", "wanted"),
            ("found", "found"), ("source", "wanted by"), ("checked_at", at.time("checked")),
        ],
    )  # fmt: skip
    off = int((found["state"] != "set").sum())
    records(
        "Wanted and found", table, config={"wanted": _LONG, "found": _LONG},
        key="wanted", file_name=f"{at.file}-wanted.csv",
        none=(
            f"{name} was not yet compared with what is wanted of it.",
            "It is after its next boot. What is wanted: [[charger_group]] in site.toml.",
        ),
        caption=f"{off} of {len(table)} not as wanted." if off else "All of it is as wanted.",
    )  # fmt: skip


def _set_last(column: pd.Series) -> pd.Series:
    return column == "set" if column.name == "state" else column.str.lower()


def settings_table(found: pd.DataFrame, at: Chosen) -> pd.DataFrame:
    """Return settings for people: what is not as it was ordered first."""
    rows = [
        {
            "setting": _setting_name(row),
            "value": HIDDEN if row["secret"] else row["value"],
            "ordered": HIDDEN
            if row["secret"] and pd.notna(row["order_answer"])
            else row["ordered_value"],
            "how it stands": setting_words(row),
            "unit": row["unit"],
            "allowed": _allowed(row),
            "can be changed": None if pd.isna(row["readonly"]) else not row["readonly"],
            at.time("told"): row["reported_at"],
        }
        for row in found.to_dict("records")
    ]
    columns = ["setting", "value", "ordered", "how it stands", "unit", "allowed",
               "can be changed", at.time("told")]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    if table.empty:
        return table
    table[at.time("told")] = pd.to_datetime(table[at.time("told")], utc=True).dt.tz_convert(at.zone)
    table["can be changed"] = table["can be changed"].astype("boolean")
    calm = table["how it stands"].isin(["", "as ordered"])
    order = table.assign(calm=calm, lower=table["setting"].str.lower()).sort_values(
        ["calm", "lower"], kind="stable"
    )
    return table.loc[order.index].reset_index(drop=True)


def setting_words(row: Mapping[Any, Any]) -> str:
    """Say how a setting stands to what was ordered; empty where nothing was."""
    answer = row["order_answer"]
    if answer is None or pd.isna(answer):
        return ""
    if answer == "RebootRequired":
        return "counts after a reboot"
    if answer != "Accepted":
        return f"refused: {answer}" if answer else "the order was not answered"
    value, ordered = row["value"], row["ordered_value"]
    if row["secret"] or ordered is None or value is None:
        return "as ordered" if row["secret"] else ""
    same = means_the_same(str(ordered), str(value))
    return "as ordered" if same else "accepted, and differs"


def _setting_name(row: Mapping[Any, Any]) -> str:
    attribute = str(row["attribute"])
    return str(row["name"]) if attribute == "Actual" else f"{row['name']} ({attribute})"


def _allowed(row: Mapping[Any, Any]) -> str:
    if row["choices"] is not None and not pd.isna(row["choices"]):
        return str(row["choices"]).replace(",", ", ")
    low, high = row["min_limit"], row["max_limit"]
    known = (f"from {low:g}" if pd.notna(low) else "", f"to {high:g}" if pd.notna(high) else "")
    return " ".join(part for part in known if part)
