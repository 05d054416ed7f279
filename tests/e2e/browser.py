"""A headless Chromium under test, and the demonstration that it looks at."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
)  # fmt: skip
START_S = 90.0
"""How long a demonstration may take to print its addresses."""


def found() -> tuple[str, str] | None:
    """Return the paths of Chromium and chromedriver, None when one is missing."""
    browser = next(
        (
            p
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (p := shutil.which(name))
        ),
        None,
    )
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def chromium(
    folder: Path, width: int, height: int = 900, *, dark: bool = False
) -> Iterator[Chrome]:
    """Open a browser of its own with a window of that size; `folder` is its profile."""
    paths = found()
    if paths is None:
        raise RuntimeError("no Chromium with chromedriver on PATH")
    options = ChromeOptions()
    options.binary_location = paths[0]
    for flag in (*FLAGS, f"--user-data-dir={folder}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=Service(paths[1]))
    try:
        resize(driver, width, height)
        if dark:
            scheme = [{"name": "prefers-color-scheme", "value": "dark"}]
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        yield driver
    finally:
        driver.quit()


def resize(driver: Chrome, width: int, height: int) -> None:
    """Give the page exactly this size; a window of Chromium cannot be as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDemo:
    """Addresses of a demonstration that runs."""

    dashboards: str
    api: str
    api_token: str
    pid: int = 0
    """Its process, which owns the database."""
    folder: Path = Path()
    """What it was given to write into."""


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[RunningDemo]:
    """Run `ampherd demo` as a user would, and end it with one Ctrl-C; it must leave with exit 0."""
    start = "from ampherd.cli import main; main()"
    command = [sys.executable, "-c", start, "demo", "--json", "--folder", str(folder), *options]
    log = folder / "demo.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=os.environ | {"NO_COLOR": "1"}
        )
        assert process.stdout is not None
        said: SimpleQueue[RunningDemo | None] = SimpleQueue()
        listener = Thread(target=_listen, args=(process.stdout, said), daemon=True)
        listener.start()
        try:
            yield replace(_addresses(said, log), pid=process.pid, folder=folder)
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=30)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            listener.join()
    if code != 0:
        raise AssertionError(f"ampherd demo ended with exit {code}: {_tail(log)}")


def _addresses(said: SimpleQueue[RunningDemo | None], log: Path) -> RunningDemo:
    try:
        demo = said.get(timeout=START_S)
    except Empty:
        demo = None
    if demo is None:
        raise AssertionError(f"ampherd demo named no addresses in {START_S:g} s: {_tail(log)}")
    return demo


def _listen(output: IO[bytes], said: SimpleQueue[RunningDemo | None]) -> None:
    """Take the first JSON object, then read on so that the pipe never fills; None at the end."""
    text = b""
    for line in output:
        text += line
        if line.rstrip().endswith(b"}"):
            found = json.loads(text[text.index(b"{") :])
            names = {field.name for field in fields(RunningDemo)}
            said.put(RunningDemo(**{name: found[name] for name in names if name in found}))
            break
    for _ in output:
        pass
    output.close()
    said.put(None)


def _tail(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-2000:]
