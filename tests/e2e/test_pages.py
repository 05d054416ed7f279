"""Each page of a running demonstration, in a browser, finds live numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

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

    assert uncovered(driver, ".amp-demo"), "the demo mark is hidden"
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

    assert uncovered(driver, ".amp-demo"), "the demo mark is hidden"
    no_fault(said)
    assert not overflows(driver), "the page is wider than the screen"


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
