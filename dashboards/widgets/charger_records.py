"""What is on record of one charger: a function for each section of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import quote

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from dashboards import frames, history, schedules
from dashboards.widgets import notice
from dashboards.widgets.charger_learned import learned
from dashboards.widgets.charger_settings import settings
from dashboards.widgets.chosen import LOOKS_BACK, Chosen, place
from dashboards.widgets.records import records, renamed

MESSAGES = 20


def profiles(at: Chosen) -> None:
    """Show the charging profiles that it holds, in words, and limits of others."""
    name = at.charge_point_id
    found = history.read(lambda r: r.profiles_in_force(at.now, charge_point_id=name))
    told = pd.DataFrame(
        {
            "connector": found["connector_id"].map(place),
            "what it allows": [
                schedules.in_words(row, at.now, at.zone) for _, row in found.iterrows()
            ],
            "what it is for": found["purpose"].map(schedules.purpose),
            "stack level": found["stack_level"],
            "from": found["source"].replace("ordered", "Ampherd"),
            at.time("since"): found["since"],
            "transaction": found["transaction_id"].astype("Int64"),
            "kind": found["kind"],
            "periods (start s:limit)": found["periods"],
            "unit": found["rate_unit"],
        }
    )
    records(
        "Charging profiles in force", told, key="profiles", file_name=f"{at.file}-profiles.csv",
        none=(
            f"{name} holds no charging profile that we know of.",
            f"It gets one with its next car. To ask one of OCPP 2: {at.command('get-profiles')}.",
        ),
        caption=f"Times are in {at.zone.key} ({fmt.zone_name(at.now, at.zone)}). Of profiles with "
        "the same purpose that of the highest stack level counts, of several purposes the lowest "
        "limit.",
    )  # fmt: skip
    limits = history.read(lambda r: r.charging_limits(at.start, at.until, charge_point_id=name))
    table = renamed(
        limits.assign(place=limits["connector_id"].map(place)),
        [
            ("place", "connector"), ("source", "set by"), ("notified_at", at.time("told")),
            ("cleared_at", at.time("gone")), ("grid_critical", "grid critical"),
            ("schedules", "limits (unit start s:limit)"),
        ],
    )  # fmt: skip
    records(
        "Limits set by others", table, key="limits", file_name=f"{at.file}-limits.csv",
        none=(
            f"Nobody else limited {name} in the last {LOOKS_BACK.days} days.",
            "",
        ),
    )  # fmt: skip


def files(at: Chosen) -> None:
    """Show what became of firmware and log files."""
    name = at.charge_point_id
    found = history.read(lambda r: r.transfers(at.start, at.until, charge_point_id=name))
    table = renamed(
        found.assign(by=found["step"].map({"ordered": "we ordered", "reported": "it reported"})),
        [
            ("step_at", at.time("time")), ("transfer", "what"), ("by", "who"),
            ("status", "status"), ("detail", "file or place"), ("request_id", "request"),
        ],
    )  # fmt: skip
    records(
        "Firmware and log files", table, key="files", file_name=f"{at.file}-files.csv",
        none=(
            f"No firmware or log file of {name} in the last {LOOKS_BACK.days} days.",
            f"Order one: {at.command('update-firmware')} or {at.command('get-log')}.",
        ),
    )  # fmt: skip


def security(at: Chosen) -> None:
    """Show security events and certificates."""
    name = at.charge_point_id
    events = history.read(lambda r: r.security_events(at.start, at.until, charge_point_id=name))
    table = renamed(
        events,
        [
            ("received_at", at.time("told")), ("kind", "event"), ("info", "in its words"),
            ("event_at", at.time("by its clock")),
        ],
    )  # fmt: skip
    records(
        "Security events", table, key="events", file_name=f"{at.file}-security-events.csv",
        none=(
            f"{name} reported no security event in the last {LOOKS_BACK.days} days.",
            "",
        ),
    )  # fmt: skip
    kept = history.read(lambda r: r.certificates(charge_point_id=name))
    table = renamed(
        kept,
        [
            ("used_for", "used for"), ("state", "state"), ("serial_number", "serial number"),
            ("algorithm", "hash"), ("issuer_name_hash", "issuer's name"),
            ("issuer_key_hash", "issuer's key"), ("changed_at", at.time("changed")),
            ("asked_at", at.time("last listed")),
        ],
    )  # fmt: skip
    records(
        "Certificates that it trusts", table, key="certificates",
        file_name=f"{at.file}-certificates.csv",
        none=(
            f"No root certificate of {name} is on record.",
            f"Ask for them: {at.command('get-installed-certificates')}.",
        ),
    )  # fmt: skip
    steps = history.read(lambda r: r.certificate_steps(at.start, at.until, charge_point_id=name))
    table = renamed(
        steps,
        [
            ("step_at", at.time("time")), ("step", "step"), ("used_for", "used for"),
            ("answer", "answer"), ("detail", "detail"),
        ],
    )  # fmt: skip
    records(
        "What was done about certificates", table, key="steps",
        file_name=f"{at.file}-certificate-steps.csv",
        none=(
            f"Nothing in the last {LOOKS_BACK.days} days. To make certificates: `ampherd cert`.",
            "",
        ),
    )  # fmt: skip


def tokens(at: Chosen) -> None:
    """Show reservations and the local list."""
    name = at.charge_point_id
    found = history.read(lambda r: r.reservations(at.now, charge_point_id=name))
    table = renamed(
        found.assign(place=found["connector_id"].map(place)),
        [
            ("reservation_id", "reservation"), ("place", "connector"), ("id_token", "token"),
            ("state", "state"), ("expires_at", at.time("until")), ("answer", "its answer"),
            ("ordered_at", at.time("ordered")), ("changed_at", at.time("changed")),
        ],
    )  # fmt: skip
    records(
        "Reservations", table, key="reservations", file_name=f"{at.file}-reservations.csv",
        none=(f"No reservation of {name} is on record.",
              f"Make one: {at.command('reserve-now')}."),
    )  # fmt: skip
    lists = history.read(lambda r: r.local_lists(charge_point_id=name))
    entries = history.read(lambda r: r.local_list_entries(name))
    table = renamed(
        entries,
        [
            ("id_token", "token"), ("status", "state"), ("expires_at", at.time("until")),
            ("version", "version"), ("changed_at", at.time("changed")),
        ],
    )  # fmt: skip
    records(
        "Local list of tokens", table, key="list", file_name=f"{at.file}-local-list.csv",
        none=(
            f"{name} keeps no local list that we sent." if lists.empty else list_words(lists, at),
            f"To let drivers in while it is offline, send one: {at.command('send-local-list')}.",
        ),
        caption="" if lists.empty else list_words(lists, at),
    )  # fmt: skip


def list_words(lists: pd.DataFrame, at: Chosen) -> str:
    """Say which local list a charger holds."""
    row = lists.iloc[0]
    parts = []
    if pd.notna(row["version"]):
        parts.append(f"Version {int(row['version'])} with {fmt.count(row['entries'])} tokens")
    if pd.notna(row["sent_at"]):
        answer = row["answer"] or "not answered"
        parts.append(f"sent {fmt.moment(row['sent_at'], at.zone)}: {answer}")
    if pd.notna(row["reported_version"]):
        parts.append(
            f"the charger says version {int(row['reported_version'])} "
            f"({fmt.moment(row['reported_at'], at.zone)})"
        )
    return "; ".join(parts) + "."


def sessions(at: Chosen) -> None:
    """Show what is odd about its sessions."""
    name = at.charge_point_id
    ghosts = history.read(lambda r: r.ghosts(at.now))
    ghosts = ghosts[_of(ghosts["connector"], name)]
    table = renamed(
        ghosts.assign(why=ghosts["reasons"].str.replace("\n", "; ")),
        [
            ("connector", "connector"), ("why", "why it is likely over"),
            ("started_at", at.time("started")), ("heard_at", at.time("last heard")),
            ("energy_kwh", "energy (kWh)"), ("transaction_id", "transaction"),
            ("station_transaction_id", "its own id"),
        ],
    )  # fmt: skip
    energy = {"energy (kWh)": st.column_config.NumberColumn(format="%,.2f")}
    records(
        "Open sessions that are likely over", table, key="ghosts",
        file_name=f"{at.file}-ghosts.csv", config=energy,
        none=("No open session looks as if it were over.", ""),
        caption="Nothing is closed by itself: a late end is always taken. To ask an OCPP 2 "
        f"charger: {at.command('get-transaction-status')}; to end one: "
        f"{at.command('remote-stop')}.",
    )  # fmt: skip
    gaps = history.read(lambda r: r.transaction_gaps(at.start, at.until, charge_point_id=name))
    table = renamed(
        gaps,
        [
            ("first_at", at.time("began")), ("missing", "missing events"),
            ("missing_numbers", "their numbers"), ("started", "start came"),
            ("ended", "end came"), ("session_id", "session"),
        ],
    )  # fmt: skip
    records(
        "Sessions with missing events", table, key="gaps", file_name=f"{at.file}-gaps.csv",
        none=(
            f"No event is missing in the last {LOOKS_BACK.days} days; they are numbered in OCPP 2.",
            "",
        ),
    )  # fmt: skip
    lost = history.read(lambda r: r.unassigned_energy(at.start, at.until))
    lost = lost[_of(lost["connector"], name)]
    table = renamed(
        lost,
        [
            ("connector", "connector"), ("from_at", at.time("from")), ("to_at", at.time("to")),
            ("energy_kwh", "energy (kWh)"), ("after_session_id", "after session"),
            ("before_session_id", "before session"),
        ],
    )  # fmt: skip
    records(
        "Energy between sessions", table, key="unassigned", file_name=f"{at.file}-unassigned.csv",
        config=energy,
        none=(
            f"The registers show no energy outside of sessions in the last {LOOKS_BACK.days} days.",
            "",
        ),
        caption="The meter counted it and no session of ours has it: a session that was never "
        "told, or a draw of the charger itself.",
    )  # fmt: skip


def messages(at: Chosen) -> None:
    """Show its last messages, and the way to all of them."""
    name = at.charge_point_id
    found = history.read(
        lambda r: r.messages(at.start, at.until, charge_point_id=name, limit=MESSAGES)
    )
    if found.empty:
        st.subheader("Last messages", anchor=False)
        notice.empty(
            f"{name} has said nothing in the last {LOOKS_BACK.days} days.",
            "Check its power, and the URL and password in it; who is refused before speaking OCPP "
            "is in the server's log.",
        )
    else:
        table = frames.table(found, at.zone)
        table = table.drop(columns=["charger", "time"])
        table.insert(0, at.time("time"), found["at"].dt.tz_convert(at.zone))
        records(
            "Last messages", table, key="messages", file_name=f"{at.file}-messages.csv",
            none=("", ""),
        )  # fmt: skip
    link = f"messages?charger={quote(name)}"
    st.html(
        f'<a class="amp-link" target="_self" href="{link}&amp;show=odd">'
        f"Odd messages of {escape(name)}</a> "
        f'<a class="amp-link" target="_self" href="{link}">All messages of {escape(name)}</a>'
    )


SECTIONS: Mapping[str, tuple[str, Callable[[Chosen], None]]] = {
    "settings": ("Settings", settings),
    "learned": ("Learned", learned),
    "profiles": ("Profiles", profiles),
    "files": ("Firmware & logs", files),
    "security": ("Security", security),
    "tokens": ("Reservations & list", tokens),
    "sessions": ("Sessions", sessions),
    "messages": ("Messages", messages),
}
"""Name in the address -> title and content; what a charger does now is not a record."""


def _of(connectors: pd.Series, charge_point_id: str) -> pd.Series:
    own = [str(ref).rpartition("/")[0] == charge_point_id for ref in connectors]
    return pd.Series(own, index=connectors.index, dtype=bool)
