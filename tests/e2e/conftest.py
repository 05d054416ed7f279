"""One demonstration and one browser for a module: both work hard for as long as they are open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.e2e import browser
from tests.e2e.browser import RunningDemo


@pytest.fixture(scope="module")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demonstration on free ports, fast enough that cars come within the test."""
    if browser.found() is None:
        pytest.skip(
            "no Chromium with chromedriver on PATH: the browser test needs both "
            "(Debian: apt-get install chromium chromium-driver)"
        )
    with browser.running_demo(tmp_path_factory.mktemp("demo"), "--speed", "240") as demo:
        yield demo


@pytest.fixture(scope="module")
def driver(running_demo: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser; each test sets its own size."""
    with browser.chromium(tmp_path_factory.mktemp("profile"), 1280) as opened:
        yield opened
