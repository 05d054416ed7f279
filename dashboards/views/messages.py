"""What chargers and Ampherd said to each other, with what was odd about it, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import frames, history, source
from dashboards.history import HistoryError
from dashboards.widgets import notice
from dashboards.widgets.choice import choice

PAGE = 200
HOURS = ("1", "6", "24", "168")
SHOWS = ("all", "odd", "refused", "unanswered")
_SHOWN = {
    "all": "All",
    "odd": "Something odd",
    "refused": "Refused",
    "unanswered": "Not answered",
}
_OUTCOME = {"refused": "refused", "unanswered": "timed-out"}
_EVERYONE = "all chargers"
_LIST = "message-list"
_EVER, _NEVER = datetime(2010, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def page() -> None:
    """Show the page."""
    st.header("Messages", anchor=False)
    try:
        _content()
    except HistoryError as error:
        notice.fault(error.fault)


def _content() -> None:
    zone, now = _clock()
    chargers = history.read(lambda r: r.connectors())["charge_point_id"].drop_duplicates()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        charger = _picked_charger([str(name) for name in chargers])
        text = st.text_input(
            "Find", key="find", bind="query-params", placeholder="action, word, id", width=220
        )
    show = choice("show", SHOWS, "all", lambda name: _SHOWN[name])
    hours = int(choice("hours", HOURS, "24", _span))
    until = now + timedelta(minutes=1)
    messages = history.read(
        lambda r: r.messages(
            now - timedelta(hours=hours),
            until,
            charge_point_id=None if charger == _EVERYONE else charger,
            outcome=_OUTCOME.get(show),
            text=text or None,
            odd=show == "odd",
            limit=PAGE,
        )
    )
    if messages.empty:
        notice.empty(
            "No such message.",
            "Choose a longer time, another charger, or “All”. Chargers that are refused before "
            "they speak OCPP are in the server's log and among the alarms of the Live page.",
        )
        return
    _list(messages, zone)


def _clock() -> tuple[ZoneInfo, datetime]:
    """Return the site's zone and time; without the server's clock that of the last message."""
    view = source.latest().view
    if view is not None:
        return ZoneInfo(view.timezone), view.at
    newest = history.read(lambda r: r.messages(_EVER, _NEVER, limit=1))
    zone = history.read(lambda r: r.site).timezone
    return zone, _EVER if newest.empty else newest["at"].iloc[0].to_pydatetime()


def _picked_charger(names: list[str]) -> str:
    return str(
        st.selectbox("Charger", [_EVERYONE, *names], key="charger", bind="query-params", width=240)
    )


def _span(hours: str) -> str:
    return f"{hours} h" if int(hours) < 48 else f"{int(hours) // 24} days"


def _list(messages: pd.DataFrame, zone: ZoneInfo) -> None:
    odd = int((messages["findings"].fillna("") != "").sum())
    newest, oldest = messages["at"].iloc[0], messages["at"].iloc[-1]
    cut = f" The newest {PAGE} are shown." if len(messages) == PAGE else ""
    st.caption(
        f"{len(messages)} messages from {fmt.moment(oldest, zone)} to {fmt.moment(newest, zone)}, "
        f"{odd} with something odd.{cut} Choose a line to read the frames."
    )
    event = st.dataframe(
        frames.table(messages, zone),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=_LIST,
        height=420,
        column_config={"time": st.column_config.DatetimeColumn(format="DD MMM HH:mm:ss.SSS")},
        alt="Messages, the newest first",
        placeholder=fmt.ABSENT,
    )
    st.download_button(
        "JSON lines",
        lambda: frames.lines(messages),
        file_name="messages.jsonl",
        mime="application/jsonl",
        icon=":material/download:",
        help="What is shown above, drivers' tokens masked. All of it, unmasked, for operators: "
        "GET /api/v1/messages.jsonl. `ampherd replay-frames` reads both.",
    )
    chosen = event.selection.rows
    if chosen:
        _detail(messages.iloc[chosen[0]], zone)


def _detail(row: pd.Series, zone: ZoneInfo) -> None:
    who = "said" if row["direction"] == "from-charger" else "was told"
    outcome = frames.OUTCOMES.get(str(row["outcome"]), str(row["outcome"]))
    with st.container(border=True, key="message-detail"):
        st.markdown(
            f"**{row['charge_point_id']}** {who} **{row['action'] or 'something unreadable'}** "
            f"on {fmt.moment(row['at'], zone)} in {row['ocpp_version']}: {outcome}."
        )
        findings = frames.findings_of(row)
        if findings:
            st.warning("\n".join(f"- {finding}" for finding in findings), icon=":material/rule:")
        else:
            st.caption("Nothing odd: the message is as OCPP has it.")
        left, right = st.columns(2, gap="medium")
        with left:
            st.caption("The frame")
            st.code(frames.pretty(str(row["frame"])), language="json", wrap_lines=True)
        with right:
            st.caption("The answer")
            answer = row["answer"]
            if answer is None or pd.isna(answer):
                st.caption("There was none.")
            else:
                st.code(frames.pretty(str(answer)), language="json", wrap_lines=True)
