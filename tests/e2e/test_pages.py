"""Each page of a running demonstration, in a browser, finds live numbers."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import RunningDemo, resize

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

WAIT_S = 60.0
WIDTHS = (1280, 390)


def visible_text(driver: Chrome) -> str:
    return driver.find_element(By.TAG_NAME, "body").text


def until(driver: Chrome, what: str, holds: Callable[[str], bool]) -> str:
    """Wait until the text of the page holds, and return it."""
    said: list[str] = [""]

    def look(_: Chrome) -> bool:
        said[0] = visible_text(driver)
        return holds(said[0])

    WebDriverWait(driver, WAIT_S, poll_frequency=0.25).until(
        look, message=f"{what} did not appear; the page says: {said[0]!r}"
    )
    return said[0]


def no_fault(text: str) -> None:
    for word in ("Traceback", "does not answer", "cannot be read", "Page not found", "Error"):
        assert word not in text, text


@pytest.mark.parametrize("width", WIDTHS)
def test_live_numbers_move_on_the_live_page(
    running_demo: RunningDemo, driver: Chrome, width: int
) -> None:
    resize(driver, width, 900)
    driver.get(running_demo.dashboards)
    # The bar with the time comes by itself: before, beside or after the numbers.
    moment = r"\w{3} \d+ \w{3} \d{4} (\d\d:\d\d)"
    text = until(
        driver,
        "the site's power and time",
        lambda t: bool(re.search(r"[\d.]+ k?W", t) and re.search(moment, t)),
    )
    first = re.search(moment, text)
    assert first, text
    until(driver, "the next minute of the site's clock", lambda t: first[0] not in t)
    said = until(driver, "a connector", lambda t: "Connectors" in t and "Circuits" in t)

    until(driver, "the demo mark", lambda _: uncovered(driver, ".amp-demo"))
    assert uncovered(driver, "a[href*=energy]"), "no way to the other pages"
    assert "Site power and the plan ahead" in said
    assert driver.find_elements(By.CSS_SELECTOR, "article.amp-card")
    WebDriverWait(driver, WAIT_S).until(
        lambda d: d.find_elements(By.CSS_SELECTOR, "[data-testid=stVegaLiteChart] svg, canvas")
    )
    no_fault(said)
    assert not overflows(driver), "the page is wider than the screen"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("path", "heading", "number"),
    [
        ("energy", "Consumption by", r"Energy charged\W+[\d,.]+ [kM]?Wh"),
        ("revenue", "Revenue by", r"Revenue\W+[\d,.]+ [A-Z]{3}"),
        ("chargers", "14 chargers", r"(?s)All 14 chargers work|\d+ of 14 chargers"),
        ("messages", "messages from", r"\d+ with something odd"),
    ],
)
def test_a_page_of_the_past_has_numbers(
    running_demo: RunningDemo, driver: Chrome, path: str, heading: str, number: str, width: int
) -> None:
    resize(driver, width, 900)
    driver.get(f"{running_demo.dashboards}/{path}")
    said = until(driver, heading, lambda t: heading in t and bool(re.search(number, t)))

    until(driver, "the demo mark", lambda _: uncovered(driver, ".amp-demo"))
    no_fault(said)
    assert not overflows(driver), "the page is wider than the screen"


def test_a_session_shows_its_limits_and_why_it_was_not_quicker(
    running_demo: RunningDemo, driver: Chrome
) -> None:
    """The row that is chosen: course, limit and reason for each quarter of an hour, and bill."""
    session_id = limited_session(driver, running_demo)
    resize(driver, 1280, 900)
    driver.get(f"{running_demo.dashboards}/revenue?session={session_id}")
    detail = ".st-key-session-detail"
    until(driver, "the bill of the session", lambda t: "the driver pays" in t)
    cells: list[str] = []

    def limits_are_there(_: str) -> bool:
        cells[:] = cells_of(driver, f"{detail} [data-testid=stDataFrame]")
        return "why not more" in cells

    until(driver, "the limits below the bill", limits_are_there)

    assert driver.find_elements(By.CSS_SELECTOR, f"{detail} [data-testid=stVegaLiteChart]")
    assert {"limit", "limit in power", "drawn", "why not more"} <= set(cells)
    assert any(re.fullmatch(r"[\d.]+ A", cell) for cell in cells)
    assert any(re.fullmatch(r"\d\d:\d\d \w+", cell) for cell in cells)
    no_fault(visible_text(driver))


def test_a_full_disk_is_told_at_once_and_goes_when_there_is_room(
    running_demo: RunningDemo, driver: Chrome
) -> None:
    """No message is answered before it is stored, and the page says why nothing moves."""
    resize(driver, 1280, 900)
    driver.get(running_demo.dashboards)
    until(driver, "the connectors", lambda t: "Connectors" in t)
    with no_room(running_demo):
        said = until(driver, "the banner", lambda t: "The database takes no messages since" in t)
        assert "no room to write" in said
        assert "Chargers keep theirs and send them again." in said
    until(driver, "the end of it", lambda t: "The database takes no messages" not in t)


def limited_session(driver: Chrome, demo: RunningDemo) -> str:
    """Wait for a session with an order and a bill, and return its id."""
    headers = {"Authorization": f"Bearer {demo.api_token}"}
    with httpx.Client(base_url=demo.api, headers=headers) as client:

        def rows(path: str) -> list[dict[str, Any]]:
            answer = client.get(path).raise_for_status()
            found: list[dict[str, Any]] = answer.json()
            return found

        def found(_: Chrome) -> str | None:
            for session in rows("/sessions?limit=10"):
                of_it = f"/sessions/{session['session_id']}"
                ordered = any(row["limit_a"] for row in rows(f"{of_it}/limits"))
                if ordered and rows(f"{of_it}/costs"):
                    return str(session["session_id"])
            return None

        return WebDriverWait(driver, WAIT_S).until(found, "no session had a limit")  # type: ignore[return-value]


@contextmanager
def no_room(demo: RunningDemo) -> Iterator[None]:
    """Let the owner of the database write no file further than its log is long."""
    before = resource.prlimit(demo.pid, resource.RLIMIT_FSIZE)
    (log,) = demo.folder.rglob("*.duckdb.wal")
    resource.prlimit(demo.pid, resource.RLIMIT_FSIZE, (log.stat().st_size + 1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(demo.pid, resource.RLIMIT_FSIZE, before)


def cells_of(driver: Chrome, selector: str) -> list[str]:
    """Return what the tables say: they are drawn, and written for those who cannot see."""
    script = """
        return [...document.querySelectorAll(arguments[0])].flatMap(
            table => [...table.querySelectorAll('canvas th, canvas td')].map(c => c.textContent))"""
    return list(driver.execute_script(script, selector))


def overflows(driver: Chrome) -> bool:
    script = "return document.documentElement.scrollWidth > window.innerWidth + 1"
    return bool(driver.execute_script(script))


def uncovered(driver: Chrome, selector: str) -> bool:
    """Whether a person sees such an element: nothing lies over its middle."""
    script = """
        return [...document.querySelectorAll(arguments[0])].some(element => {
            const box = element.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return box.width > 0 && (element === top || element.contains(top));
        })"""
    return bool(driver.execute_script(script, selector))
