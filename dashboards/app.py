"""The dashboards' entry: what `streamlit run` runs; see `dashboards.launch` for how."""

from __future__ import annotations

import streamlit as st

from dashboards.views import energy, live, revenue
from dashboards.widgets import style
from dashboards.widgets.status_bar import status_bar


def main() -> None:
    """Show the page that the address names, under the bar that every page has."""
    st.set_page_config(page_title="Ampherd", page_icon=":material/bolt:", layout="wide")
    chosen = st.navigation(
        [
            st.Page(live.page, title="Live", icon=":material/bolt:", url_path="live", default=True),
            st.Page(energy.page, title="Energy", icon=":material/bar_chart:", url_path="energy"),
            st.Page(
                revenue.page,
                title="Revenue & utilization",
                icon=":material/payments:",
                url_path="revenue",
            ),
        ],
        position="top",
    )
    style.apply()
    status_bar()
    chosen.run()


if __name__ == "__main__":
    main()
