"""One demonstration for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.e2e import browser
from tests.e2e.browser import RunningDemo


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demonstration on free ports, fast enough that cars come within the test."""
    if browser.found() is None:
        pytest.skip(
            "no Chromium with chromedriver on PATH: the browser test needs both "
            "(Debian: apt-get install chromium chromium-driver)"
        )
    with browser.running_demo(tmp_path_factory.mktemp("demo"), "--speed", "240") as demo:
        yield demo


@pytest.fixture(scope="session")
def driver(running_demo: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests; each sets its own size."""
    with browser.chromium(tmp_path_factory.mktemp("profile"), 1280) as opened:
        yield opened
