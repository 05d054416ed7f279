"""The dashboards' entry: what `streamlit run` runs; see `dashboards.launch` for how."""

from __future__ import annotations

from importlib import resources

import streamlit as st

from dashboards.views import chargers, energy, live, messages, quality, revenue
from dashboards.widgets import style
from dashboards.widgets.status_bar import status_bar

_ICON = str(resources.files("dashboards").joinpath("icon.svg"))


def main() -> None:
    """Show the page that the address names, under the bar that every page has."""
    st.set_page_config(page_title="Ampherd", page_icon=_ICON, layout="wide")
    first = st.Page(live.page, title="Live", icon=":material/bolt:", default=True)
    pages = [
        first,
        st.Page(energy.page, title="Energy", icon=":material/bar_chart:", url_path="energy"),
        st.Page(
            revenue.page,
            title="Revenue & utilization",
            icon=":material/payments:",
            url_path="revenue",
        ),
        st.Page(chargers.page, title="Chargers", icon=":material/ev_station:", url_path="chargers"),
        st.Page(messages.page, title="Messages", icon=":material/forum:", url_path="messages"),
        st.Page(
            quality.page, title="Data quality", icon=":material/fact_check:", url_path="quality"
        ),
    ]
    # The first page's own address is the root: who writes its name gets there too.
    by_name = st.Page(
        lambda: st.switch_page(first), title="Live", url_path="live", visibility="hidden"
    )
    chosen = st.navigation([*pages, by_name], position="top")
    style.apply()
    with st.container(horizontal=True, gap="xsmall", key="narrow-nav"):
        for page in pages:
            st.page_link(page)
    status_bar()
    chosen.run()


if __name__ == "__main__":
    main()
