import os
import signal
import socket
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import httpx
import pytest

from dashboards import launch


def test_the_pages_stay_on_this_machine_and_send_nothing() -> None:
    command = launch.command(8501)

    assert [sys.executable, "-m", "dashboards.serve"] == command[:3]
    assert {
        "--server.address=127.0.0.1",
        "--server.port=8501",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    } <= set(command)


def test_what_is_started_ships_with_the_package() -> None:
    assert resources.files("dashboards").joinpath("app.py").is_file()
    assert resources.files("dashboards").joinpath("icon.svg").is_file()


def test_importing_the_launcher_does_not_import_streamlit() -> None:
    """The server starts the pages; it has no use for their libraries."""
    probe = "import sys, dashboards.launch; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()


def test_started_pages_answer_and_end_when_told(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = launch.environment(api_url="http://127.0.0.1:9", store_url="quack:127.0.0.1:9")
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            launch.command(port), stdout=out, stderr=out, env={**os.environ, **found}
        )
        try:
            _wait_until_healthy(port, process)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        finally:
            process.kill()
            process.wait()

    assert "Traceback" not in log.read_text()


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, "ended by itself"
            try:
                if client.get(launch.health_url(port)).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                # Not listening yet: another process's start has no event to wait for.
                time.sleep(0.05)
    pytest.fail("not healthy within 60 s")
