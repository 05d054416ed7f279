"""Whether the data can be trusted: what is odd, by which rule, what was done; and its room."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import history, source
from dashboards.history import HistoryError
from dashboards.widgets import notice
from dashboards.widgets.choice import choice
from dashboards.widgets.records import records, renamed

DAYS = ("1", "7", "30", "90")
_EVERYTHING = "everything"
_TRUST = {
    "metered": "as metered",
    "repaired": "corrected by a rule",
    "doubtful": "that need a person",
    "assumed": "with an assumed course",
}


def page() -> None:
    """Show the page."""
    st.header("Data quality", anchor=False)
    try:
        _content()
    except HistoryError as error:
        notice.fault(error.fault)


def _content() -> None:
    zone, now = _clock()
    if now is None:
        notice.empty("There is no data yet.", "It is checked as soon as a charger is heard.")
        return
    days = int(choice("days", DAYS, "7", lambda name: f"{name} day" + "s" * (name != "1")))
    start, end = now - timedelta(days=days), now + timedelta(minutes=1)
    trust = history.read(lambda r: r.trust(start, end))
    found = history.read(lambda r: r.quality(start, end))
    _tiles(trust, found)
    _checks(found)
    _units(history.read(lambda r: r.unit_doubts(start, end)))
    _ghosts(now)
    _room(zone)


def _clock() -> tuple[ZoneInfo, datetime | None]:
    """Return the site's zone and time; without the server's clock the end of the data, if any."""
    view = source.latest().view
    if view is not None:
        return ZoneInfo(view.timezone), view.at
    known = history.read(lambda r: r.data_range())
    zone = history.read(lambda r: r.site).timezone
    return zone, None if known is None else known.end


def _tiles(trust: pd.DataFrame, found: pd.DataFrame) -> None:
    grid = st.grid(4, min_column_width=140, gap="xsmall", key="quality-tiles")
    count = int(trust["sessions"].sum())
    known = {
        str(name): (int(sessions), float(energy_kwh))
        for name, sessions, energy_kwh in trust.itertuples(index=False)
    }
    for name, words in _TRUST.items():
        sessions, energy_kwh = known.get(name, (0, 0.0))
        grid.metric(
            f"Sessions {words}",
            str(sessions),
            delta=f"{fmt.percent(sessions / count)}, {energy_kwh:.1f} kWh" if count else None,
            delta_color="red" if name == "doubtful" and sessions else "off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
    if not found.empty:
        st.caption(
            f"{int(found['findings'].sum())} findings. Raw values are never "
            "changed: every correction stands beside them with its rule."
        )


def _checks(found: pd.DataFrame) -> None:
    subjects = sorted({str(name).partition("/")[0] for name in found["subject"]})
    subject = st.selectbox(
        "Of", [_EVERYTHING, *subjects], key="subject", bind="query-params", width=240
    )
    chosen = found
    if subject != _EVERYTHING:
        chosen = found[found["subject"].str.partition("/")[0] == subject]
    records(
        "What was found",
        renamed(
            chosen,
            (
                ("check_name", "what"),
                ("subject", "where"),
                ("findings", "how often"),
                ("words", "found"),
                ("example", "example"),
                ("rule", "rule"),
                ("done", "what was done"),
            ),
        ),
        key="quality",
        file_name="data-quality",
        none=("Nothing odd was found in this time.", ""),
        caption="The example is a session, message or line; Messages finds messages by it.",
        config={"found": st.column_config.TextColumn(width="large")},
    )
    # Whole sentences do not fit into cells: a phone would show their first words only.
    for name, rule, done in (
        chosen[["check_name", "rule", "done"]].drop_duplicates().itertuples(index=False)
    ):
        st.markdown(f"**{str(name).capitalize()}.** {rule}  \n*What was done:* {done}")


def _units(doubts: pd.DataFrame) -> None:
    """Show which units are doubted, and what to write into the configuration."""
    lines = [
        f"{quantity}_factor = {factor:g}"
        for quantity, factor in zip(doubts["quantity"], doubts["factor"], strict=True)
    ]
    records(
        "Units that are doubted",
        renamed(
            doubts.assign(line=lines),
            (
                ("vendor", "vendor"),
                ("model", "model"),
                ("firmware_version", "firmware"),
                ("words", "what is likely"),
                ("chargers", "chargers"),
                ("example", "one of them"),
                ("register_kwh", "by register (kWh)"),
                ("power_kwh", "by power (kWh)"),
                ("line", "line for site.toml"),
            ),
        ),
        key="units",
        file_name="unit-doubts",
        none=("Registers and powers agree.", ""),
        caption="Write the line under the charger's `[[charge_point]]` once you are sure, and "
        "start the server again. Factors count in roll-ups at once, and in the live "
        "view, energy and bills from then on (`ampherd reprocess --apply` for sessions of before); "
        "readings stay as chargers send them.",
    )


def _ghosts(now: datetime) -> None:
    ghosts = history.read(lambda r: r.ghosts(now))
    records(
        "Open sessions that are likely over",
        renamed(
            ghosts,
            (
                ("connector", "where"),
                ("started_at", "started"),
                ("heard_at", "last heard of"),
                ("energy_kwh", "kWh so far"),
                ("reasons", "why"),
                ("session_id", "session"),
            ),
        ),
        key="ghosts",
        file_name="ghost-sessions",
        none=("Every open session has been heard of lately.", ""),
        caption="They stay open until their stop comes or a rule ends them.",
    )


def _room(zone: ZoneInfo) -> None:
    sizes = history.read(lambda r: r.storage())
    if sizes.empty:
        st.subheader("Room on the disk", anchor=False)
        st.caption("The database is measured once an hour; not yet since it was made.")
        return
    by_kind = sizes[sizes["kind"] != "table"].set_index("kind")["size_mib"]
    used, budget = by_kind.get("file", 0.0) + by_kind.get("archive", 0.0), by_kind["budget"]
    st.subheader("Room on the disk", anchor=False)
    st.progress(
        min(1.0, used / budget),
        text=f"{_mib(used)} of {_mib(budget)} (retention.size_budget_gib): "
        f"{_mib(by_kind.get('file', 0.0))} database, {_mib(by_kind.get('archive', 0.0))} archive; "
        f"measured {fmt.moment(sizes['measured_at'].iloc[0], zone)}",
    )
    tables = sizes[sizes["kind"] == "table"]
    records(
        "Tables",
        renamed(
            tables,
            (
                ("name", "table"),
                ("rows", "rows"),
                ("size_mib", "MiB"),
                ("growth_mib_per_day", "MiB a day"),
            ),
        ),
        key="tables",
        file_name="tables",
        none=("No table has rows yet.", ""),
        caption="What still stands in the database's log takes no room in its table yet.",
    )


def _mib(size: float) -> str:
    return f"{size / 1024:.2f} GiB" if size >= 1024 else f"{size:.1f} MiB"
