"""The line on top of every page: which site, its time, whether this is a demo, how old data is."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import format as fmt
from dashboards import source
from dashboards.source import Latest

REFRESH_S = 2.0


@st.fragment(run_every=REFRESH_S)
def status_bar() -> None:
    """Show the line, and keep it up to date."""
    st.html(html(source.latest()))


def html(latest: Latest) -> str:
    """Return the line as HTML."""
    view = latest.view
    if view is None:
        return (
            '<div class="amp-bar" role="status"><b>Ampherd</b>'
            '<span><i class="amp-dot old"></i>no data from the server</span></div>'
        )
    zone = ZoneInfo(view.timezone)
    if latest.stale:
        age = f"server silent, data {fmt.duration(latest.age_s)} old"
    else:
        age = f"live, data {fmt.duration(latest.age_s)} old"
    online = f"{view.online_charge_points} of {view.configured_charge_points}"
    parts = [f"<b>{escape(view.name)}</b>"]
    if view.demo:
        pace = f"{view.speed:.3g}×" if view.speed != 1 else "real time"
        parts.append(f'<span class="amp-demo" title="Simulated site">DEMO {pace}</span>')
    parts += [
        f"<span>{escape(fmt.moment(view.at, zone))} · {escape(view.timezone)}</span>",
        f'<span><i class="amp-dot{" old" if latest.stale else ""}"></i>{age}</span>',
        f"<span>{online} chargers online</span>",
    ]
    bar = f'<div class="amp-bar" role="status">{"".join(parts)}</div>'
    if not view.trouble:
        return bar
    return f'{bar}<div class="amp-trouble" role="alert">{escape(view.trouble)}</div>'
