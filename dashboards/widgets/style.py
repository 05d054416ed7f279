"""The few rules of style that Streamlit's theme has no word for, once for every page."""

from __future__ import annotations

import streamlit as st

from dashboards.palette import DARK, LIGHT, Palette, css_variables

_RULES = """
.stMainBlockContainer {padding: 3.6rem 2rem 3rem; max-width: 84rem;}
@media (max-width: 640px) {.stMainBlockContainer {padding-left: .9rem; padding-right: .9rem;}}
.st-key-narrow-nav {display: none;}
@media (max-width: 767px) {.st-key-narrow-nav {display: flex;}
  [data-testid=stExpandSidebarButton] {display: none;}
  .stAppHeader {display: none;} .stMainBlockContainer {padding-top: 1rem;}}
.st-key-connectors .stElementContainer, .st-key-connectors .stHtml {height: 100%;}
.amp-foot {margin-top: auto;}
.amp-bar {display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem;
  font-size: .9rem; color: var(--amp-muted);}
.amp-bar b {color: var(--amp-grid); font-size: 1.05rem; font-weight: 650;}
.amp-trouble {background: var(--amp-fault); color: #FFF; font-weight: 600; font-size: .9rem;
  border-radius: .5rem; padding: .5rem .8rem; margin-top: .5rem; overflow-wrap: anywhere;}
.amp-demo {background: var(--amp-pv); color: #1F1600; font-weight: 700; font-size: .78rem;
  letter-spacing: .04em; border-radius: 999px; padding: .12rem .6rem; white-space: nowrap;}
.amp-dot {display: inline-block; width: .6rem; height: .6rem; border-radius: 50%;
  background: var(--amp-good); margin-right: .35rem;}
.amp-dot.old {background: var(--amp-fault); border-radius: 2px;}
.amp-legend {display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .82rem;
  color: var(--amp-muted);}
.amp-key {white-space: nowrap;}
.amp-key i {display: inline-block; width: .8rem; height: .8rem; border-radius: 3px;
  margin-right: .35rem; vertical-align: -.1rem;}
.amp-card {display: flex; flex-direction: column; gap: .45rem; height: 100%;
  border: 1px solid color-mix(in srgb, var(--amp-muted) 30%, transparent);
  border-left: 4px solid var(--amp-state); border-radius: .6rem; padding: .7rem .9rem;}
.amp-card.old {filter: grayscale(1); opacity: .6;}
.amp-card header {display: flex; justify-content: space-between; align-items: center;
  gap: .5rem;}
.amp-card header strong {font-size: 1rem; overflow-wrap: anywhere;}
.amp-state {font-size: .78rem; font-weight: 650; white-space: nowrap; color: var(--amp-state);}
.amp-power {display: flex; align-items: baseline; justify-content: space-between; gap: .6rem;}
.amp-power span:first-child {font-size: 1.55rem; font-weight: 600; line-height: 1.15;
  font-variant-numeric: tabular-nums; white-space: nowrap;}
.amp-power small, .amp-row {font-size: .82rem; color: var(--amp-muted);}
.amp-power small {text-align: right;}
.amp-why {font-size: .88rem;}
.amp-row {display: flex; justify-content: space-between; gap: .75rem;
  font-variant-numeric: tabular-nums;}
.amp-facts {display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr));
  gap: .5rem 1rem; font-size: .92rem; overflow-wrap: anywhere;}
@media (max-width: 640px) {.amp-facts {grid-template-columns: 1fr 1fr;}}
.amp-facts small {display: block; font-size: .78rem; color: var(--amp-muted);}
.amp-link {margin-right: 1.2rem; color: var(--amp-charging); font-size: .92rem;}
.amp-track {position: relative; height: .5rem; border-radius: 999px; overflow: hidden;
  background: var(--amp-free);}
.amp-track i {position: absolute; inset: 0 auto 0 0; border-radius: 999px;
  background: var(--amp-charging);}
[class*="st-key-stale-"] {filter: grayscale(1); opacity: .55;}
"""


def colours() -> Palette:
    """Return the palette of the theme that the viewer sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def apply() -> None:
    """Add the rules and the palette of the viewer's theme to the page."""
    st.html(f"<style>:root {{{css_variables(colours())}}} {_RULES}</style>")
