"""Each page as a viewer meets it: at work, empty, with the server gone, and by a link."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import history, source
from dashboards.period import PeriodKind
from dashboards.source import Fault, Latest
from dashboards.widgets import status_bar
from ocpp_core.domain.view import BatteryView
from tests.dashboards.fake_view import live_view
from tests.dashboards.fakes import NOW, DownReader, FakeReader

SILENT = Fault(words="The Ampherd server does not answer.", hint="Is it running?")
NO_SERVER = Latest(view=None, age_s=0.0, fault=SILENT)


# AppTest runs the source of these functions, away from this module.
def live_page() -> None:
    from dashboards.views import live  # noqa: PLC0415 -- see above

    live.page()


def energy_page() -> None:
    from dashboards.views import energy  # noqa: PLC0415 -- see above

    energy.page()


def revenue_page() -> None:
    from dashboards.views import revenue  # noqa: PLC0415 -- see above

    revenue.page()


PAGES = (live_page, energy_page, revenue_page)
PAST_PAGES = (energy_page, revenue_page)

type Open = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a page with a live state and a reader, and address parameters."""

    def opened(
        page: Callable[[], None],
        *,
        latest: Latest | None = None,
        reader: Any = None,
        **link: str,
    ) -> AppTest:
        state = latest or Latest(view=live_view(), age_s=0.4, fault=None)
        answers = FakeReader() if reader is None else reader
        monkeypatch.setattr(source, "latest", lambda: state)
        monkeypatch.setattr(history, "reader", lambda: answers)
        test = AppTest.from_function(page, default_timeout=30)
        for name, value in link.items():
            test.query_params[name] = value
        return test.run()

    yield opened
    st.cache_resource.clear()


def words(test: AppTest) -> str:
    """Everything a page says, one text."""
    kinds = ("header", "subheader", "markdown", "caption", "info", "warning", "error")
    said = [str(getattr(element, "value", "")) for kind in kinds for element in test.get(kind)]
    said += [element.proto.body for element in test.get("html")]
    said += [f"{metric.label}: {metric.value} {metric.delta}" for metric in test.metric]
    return "\n".join(said)


def keys(block: Any) -> set[str]:
    """Keys of all containers below `block`."""
    below: set[str] = set()
    for child in getattr(block, "children", {}).values():
        below |= keys(child)
    name = getattr(block.proto, "id", "") if block.proto is not None else ""
    return below | {re.sub(r"^\$\$ID-[0-9a-f]+-", "", name)}


def view(**changes: Any) -> Latest:
    return Latest(view=live_view(**changes), age_s=0.4, fault=None)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_at_work_shows_numbers_and_no_error(
    page: Callable[[], None], open_page: Open
) -> None:
    test = open_page(page)

    assert not test.exception
    assert not test.error
    assert len(test.metric) >= 5
    assert test.get("vega_lite_chart")


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_has_an_alternative_text(page: Callable[[], None], open_page: Open) -> None:
    charts = open_page(page).get("vega_lite_chart")

    assert [] == [chart for chart in charts if not chart.proto.alt]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_site_s_zone_at_its_times(
    page: Callable[[], None], open_page: Open
) -> None:
    charts = [chart.proto.spec for chart in open_page(page).get("vega_lite_chart")]

    assert any("America/Los_Angeles" in spec for spec in charts)


@pytest.mark.parametrize("page", PAGES)
def test_without_history_a_page_says_what_brings_it(
    page: Callable[[], None], open_page: Open
) -> None:
    test = open_page(page, reader=FakeReader(empty=True))

    assert not test.exception
    assert not test.error
    assert "ampherd import" in words(test) or "Nothing metered in these hours yet" in words(test)


@pytest.mark.parametrize("page", PAGES)
def test_with_the_server_gone_a_page_says_so_in_words(
    page: Callable[[], None], open_page: Open
) -> None:
    test = open_page(page, latest=NO_SERVER, reader=DownReader())

    assert not test.exception
    assert 1 == len(test.error)
    assert "running?" in test.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_with_the_history_gone_the_rest_of_a_page_stays(
    page: Callable[[], None], open_page: Open
) -> None:
    test = open_page(page, reader=DownReader())

    assert not test.exception
    assert "The history cannot be read" in test.error[0].value
    assert page is not live_page or test.metric


@pytest.mark.parametrize("page", PAST_PAGES)
def test_without_the_server_s_clock_the_last_data_is_now(
    page: Callable[[], None], open_page: Open
) -> None:
    test = open_page(page, latest=NO_SERVER)

    assert not test.exception
    assert "**7 Feb – 6 Mar 2019**" in words(test)


def test_the_live_page_says_why_each_connector_has_its_limit(open_page: Open) -> None:
    said = words(open_page(live_page))

    assert "Waits for cheaper hours: starts at 23:00." in said
    assert "limit 10 A → 13.4 A" in said
    assert "14.3 kWh of 22.5 kWh" in said
    assert "leaves Thu 07:02" in said
    assert "(assumed)" in said


def test_the_live_page_counts_cars_and_headroom(open_page: Open) -> None:
    values = {metric.label: (metric.value, metric.delta) for metric in open_page(live_page).metric}

    assert ("37.0 kW", "84 % of limit") == values["Grid import"]
    assert ("44.0 kW", "7.0 kW free") == values["Limit"]
    assert ("3", "1 waiting") == values["Cars charging"]
    assert ("48.1 kWh", "of 101.5 kWh asked") == values["Delivered to them"]


@pytest.mark.parametrize(
    ("power_w", "silent", "said"),
    [(12_000.0, False, "takes 12.0 kW"), (-800.0, False, "gives 800 W"), (0.0, True, "silent")],
)
def test_a_battery_has_a_tile(open_page: Open, power_w: float, silent: bool, said: str) -> None:
    battery = BatteryView(
        stored_wh=61_000.0,
        capacity_wh=100_000.0,
        power_w=power_w,
        setpoint_w=power_w,
        heard_at=NOW,
        silent=silent,
    )
    test = open_page(live_page, latest=view(battery=battery))
    (tile,) = [metric for metric in test.metric if metric.label == "Battery"]

    assert ("61.0 kWh", said) == (tile.value, tile.delta)


def test_alarms_stand_on_the_live_page(open_page: Open) -> None:
    test = open_page(live_page, latest=view(alarms=("CP-1 draws more than ordered.",)))

    assert ["CP-1 draws more than ordered."] == [warning.value for warning in test.warning]


def test_many_alarms_take_one_place(open_page: Open) -> None:
    test = open_page(live_page, latest=view(alarms=("One.", "Two.")))

    assert ["- One.\n- Two."] == [warning.value for warning in test.warning]


def test_a_plan_that_is_not_optimal_says_why(open_page: Open) -> None:
    plan = live_view().plan
    assert plan is not None
    slow = dataclasses.replace(
        plan, outcome="fallback", why="no answer within 5 s", unmet=("CP-2 lacks 3 kWh",)
    )
    said = words(open_page(live_page, latest=view(plan=slow)))

    assert "fallback (no answer within 5 s)" in said
    assert "CP-2 lacks 3 kWh" in said


def test_a_site_without_chargers_and_plan_shows_how_to_connect_one(open_page: Open) -> None:
    test = open_page(
        live_page,
        latest=view(connectors=(), circuits=(), plan=None, alarms=()),
        reader=FakeReader(empty=True),
    )

    assert not test.exception
    assert "Connect a charger" in words(test)
    assert "No plan yet" in words(test)


def test_old_live_data_is_greyed_and_dated(open_page: Open) -> None:
    test = open_page(live_page, latest=Latest(view=live_view(), age_s=75.0, fault=SILENT))

    assert "the site as it was 1 min ago" in words(test)
    assert {"stale-now", "stale-chart", "stale-connectors"} <= keys(test.main)


def test_the_status_bar_marks_a_demo_with_its_speed() -> None:
    assert "DEMO 60×" in status_bar.html(view())
    assert "DEMO" not in status_bar.html(view(demo=False))
    assert "Wed 6 Mar 2019 14:32 PST" in status_bar.html(view())


def test_names_from_outside_cannot_bring_markup_into_a_page() -> None:
    assert "<script>" not in status_bar.html(view(name="<script>alert(1)</script>"))


@pytest.mark.parametrize(
    ("page", "period"),
    [
        *((energy_page, kind.value) for kind in PeriodKind),
        (revenue_page, "day"),
        (revenue_page, "year"),
    ],
)
def test_every_period_can_be_linked_to(
    page: Callable[[], None], period: str, open_page: Open
) -> None:
    test = open_page(page, period=period, **({"from": "2019-02-04", "to": "2019-02-08"}))

    assert not test.exception
    assert not test.error
    assert period == test.segmented_control(key="period-kind").value


def test_arrows_move_the_period_and_the_address(open_page: Open) -> None:
    test = open_page(energy_page, period="month")
    test.button(key="period-earlier").click().run()

    assert "**February 2019**" in words(test)
    assert "2019-02-01" == test.query_params["from"]

    test.button(key="period-now").click().run()
    assert "**March 2019**" in words(test)
    assert "from" not in test.query_params


def test_another_length_keeps_the_place_in_time(open_page: Open) -> None:
    test = open_page(energy_page, period="month", **{"from": "2019-02-01"})
    test.segmented_control(key="period-kind").set_value("week").run()

    assert "Week 5" in words(test)


def test_the_width_of_bars_is_in_the_address(open_page: Open) -> None:
    test = open_page(energy_page, period="month", by="hour")

    assert "Consumption by hour" in words(test)


def test_a_link_that_makes_no_sense_shows_the_last_days(open_page: Open) -> None:
    test = open_page(energy_page, period="aeon", by="century", **{"from": "soon"})

    assert not test.exception
    assert "**7 Feb – 6 Mar 2019**" in words(test)


def test_energy_gives_the_peak_with_its_time(open_page: Open) -> None:
    said = words(open_page(energy_page, period="day"))

    assert "Peak on Wed 6 Mar 2019" in said
    assert "the same part of Tue 5 Mar 2019" in said


def test_tables_have_units_in_their_headers_and_zones_at_their_times(open_page: Open) -> None:
    headers = {
        str(column)
        for page in PAGES
        for frame in open_page(page).dataframe
        for column in frame.value.columns
    }

    assert {"charging (kWh)", "grid import (kW)", "revenue (USD)", "price (USD/kWh)"} <= headers
    assert "start (America/Los_Angeles)" in headers


def test_a_link_to_a_session_shows_its_bill_and_course(open_page: Open) -> None:
    test = open_page(revenue_page, session="s0305")

    assert not test.exception
    assert "Tariff public-v1" in words(test)
    assert any("for each kWh" in list(frame.value.get("for", [])) for frame in test.dataframe)


def test_a_link_to_a_session_of_another_period_shows_the_list(open_page: Open) -> None:
    test = open_page(revenue_page, session="s0101")

    assert not test.exception
    assert "Tariff" not in words(test)


def test_a_period_without_sessions_says_so(open_page: Open) -> None:
    test = open_page(revenue_page, period="day", **{"from": "2018-06-01"})

    assert not test.exception
    assert "no car charged" in words(test)


def test_dst_days_are_shown(open_page: Open) -> None:
    """23 and 25 hours, in a history that reaches over both changes."""
    late = NOW + timedelta(days=260)
    state = Latest(view=live_view(at=late), age_s=0.0, fault=None)
    for day in ("2019-03-10", "2019-11-03"):
        test = open_page(
            energy_page, latest=state, reader=FakeReader(now=late), period="day", **{"from": day}
        )
        assert not test.exception


def test_every_page_says_that_nothing_can_be_stored() -> None:
    told = status_bar.html(view(trouble="The database takes no messages: <full>."))

    assert '<div class="amp-trouble" role="alert">' in told
    assert "&lt;full&gt;" in told
    assert "amp-trouble" not in status_bar.html(view())
