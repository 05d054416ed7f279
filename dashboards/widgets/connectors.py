"""Cards of connectors: state, power, limit and the reason in words, energy got and asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import format as fmt
from dashboards.states import state_of
from ocpp_core.domain.view import ConnectorView, LiveView, SessionView

QUIET_AFTER_S = 300.0
"""Age of a measurement, in site time, from which a connector with a car is shown as old."""


def cards(view: LiveView, refs: Collection[str] | None = None) -> None:
    """Show connectors, `refs` or all; as many beside each other as the screen allows."""
    zone = ZoneInfo(view.timezone)
    chosen = [c for c in view.connectors if refs is None or c.ref in refs]
    grid = st.grid("auto", min_column_width=270, gap="xsmall", key="connectors")
    for connector in _sorted(chosen):
        grid.html(card(connector, view, zone))


def card(connector: ConnectorView, view: LiveView, zone: ZoneInfo) -> str:
    """Return one card as HTML."""
    state = state_of(connector)
    session = connector.session
    header = (
        f"<header><strong>{escape(connector.ref)}</strong>"
        f'<span class="amp-state">{state.sign} {escape(state.words)}</span></header>'
    )
    power = (
        f'<div class="amp-power"><span>{fmt.power(connector.power_w)}</span>'
        f"<small>{_limit(connector)}</small></div>"
    )
    rows = [header, power]
    if connector.error_code not in {"", "NoError"}:
        rows.append(f'<div class="amp-why"><b>{escape(connector.error_code)}</b></div>')
    if connector.words:
        rows.append(f'<div class="amp-why">{escape(_sentence(connector.words))}</div>')
    if session is not None:
        rows += _session(session, view, zone)
    since = ""
    if session is not None:
        since = f"since {fmt.clock_near(session.started_at, view.at, zone)}"
    age = _age(connector, view)
    if since or age:
        rows.append(f'<div class="amp-row amp-foot"><span>{since}</span><span>{age}</span></div>')
    old = " old" if is_old(connector, view) else ""
    label = f"Connector {escape(connector.ref)}: {escape(state.words)}"
    return (
        f'<article class="amp-card{old}" style="--amp-state: var(--amp-{state.colour})" '
        f'aria-label="{label}">{"".join(rows)}</article>'
    )


def is_old(connector: ConnectorView, view: LiveView) -> bool:
    """Whether what is shown may no longer be true."""
    if not connector.online:
        return True
    if connector.session is None or connector.measured_at is None:
        return False
    return (view.at - connector.measured_at).total_seconds() > QUIET_AFTER_S


def _sorted(connectors: Sequence[ConnectorView]) -> list[ConnectorView]:
    return sorted(connectors, key=lambda connector: fmt.natural(connector.ref))


def _limit(connector: ConnectorView) -> str:
    if connector.session is None and connector.power_w == 0:
        return ""
    if connector.limit_a is None:
        return "no limit confirmed"
    text = f"limit {fmt.current(connector.limit_a)}"
    planned = connector.planned_a
    if planned is not None and abs(planned - connector.limit_a) >= 0.1:
        text += f" → {fmt.current(planned)}"
    return f"{text}<br>draws {fmt.current(connector.current_a)}"


def _session(session: SessionView, view: LiveView, zone: ZoneInfo) -> list[str]:
    if session.asked_wh:
        share = min(1.0, session.energy_wh / session.asked_wh)
        got = f"{fmt.energy(session.energy_wh)} of {fmt.energy(session.asked_wh)}"
        bar = (
            f'<div class="amp-track" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{round(100 * share)}" aria-label="Energy delivered">'
            f'<i style="width:{100 * share:.1f}%"></i></div>'
        )
        rows = [
            bar,
            f'<div class="amp-row"><span>{got}</span><span>{fmt.percent(share)}</span></div>',
        ]
    else:
        rows = [f'<div class="amp-row"><span>{fmt.energy(session.energy_wh)} so far</span></div>']
    if session.departure is not None:
        when = fmt.clock_near(session.departure, view.at, zone)
        left_s = (session.departure - view.at).total_seconds()
        rest = f"in {fmt.duration(left_s)}" if left_s >= 0 else "overdue"
        assumed = "" if session.need_stated else " (assumed)"
        rows.append(
            f'<div class="amp-row"><span>leaves {when}{assumed}</span><span>{rest}</span></div>'
        )
    if session.planned:
        rows.append(f'<div class="amp-why">{escape(_sentence(session.planned))}</div>')
    return rows


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _age(connector: ConnectorView, view: LiveView) -> str:
    if connector.measured_at is None:
        return "not measured yet" if connector.session is not None else ""
    age_s = (view.at - connector.measured_at).total_seconds()
    if connector.session is None and connector.online:
        return ""
    return f"measured {fmt.duration(max(0.0, age_s))} ago"
