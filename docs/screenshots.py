"""Take the pictures of README and docs from a running demonstration.

    python docs/screenshots.py                      starts a demonstration, takes them, ends it
    python docs/screenshots.py http://127.0.0.1:8501  takes them of one that runs

Needs Chromium and chromedriver; writes docs/images/*.png.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from selenium.webdriver import Chrome  # noqa: E402 -- behind the path to tests.e2e
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

from tests.e2e.browser import chromium, resize, running_demo  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PAGES = {"live": "?hours=12", "energy": "energy", "revenue": "revenue"}
HEIGHTS = {"live": 1240, "energy": 1600, "revenue": 1600}
"""Of the pictures at most, px: a README is no place for a whole page."""
CARS = 12
"""So many cars make a picture worth taking."""
WAIT_S = 600.0
_SETTLE_S = 4.0
"""Charts draw themselves without telling anybody."""


def main(arguments: list[str]) -> None:
    """Take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    if arguments:
        take(arguments[0])
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "demo", "--speed", "120") as demo,
    ):
        take(demo.dashboards)


def take(url: str) -> None:
    """Take every page in light and dark, and the live page as a phone shows it."""
    url = url.rstrip("/")
    for width, dark, names in (
        (1280, False, ("live", "energy", "revenue")),
        (1280, True, ("live",)),
        (390, False, ("live",)),
    ):
        with (
            tempfile.TemporaryDirectory() as profile,
            chromium(Path(profile), width, dark=dark) as driver,
        ):
            for name in names:
                driver.get(f"{url}/{PAGES[name]}")
                if name == "live":
                    _wait_for_cars(driver)
                look = "-dark" if dark else "-phone" if width < 600 else ""
                _shoot(driver, IMAGES / f"{name}{look}.png", width, HEIGHTS[name])


def _wait_for_cars(driver: Chrome) -> None:
    WebDriverWait(driver, WAIT_S, poll_frequency=1).until(
        lambda d: len(d.find_elements(By.CSS_SELECTOR, ".amp-card .amp-track")) >= CARS
    )


def _shoot(driver: Chrome, path: Path, width: int, most: int) -> None:
    time.sleep(_SETTLE_S)
    height = driver.execute_script(
        "return document.querySelector('.stMainBlockContainer').scrollHeight"
    )
    resize(driver, width, min(int(height) + 40, most))
    time.sleep(_SETTLE_S)
    driver.save_screenshot(str(path))
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
