"""Chargers that others wrote, against a running server that is driven through its HTTP API."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.conftest import api, charger_name, server

pytest.register_assert_rewrite("tests.interop.day")

__all__ = ["api", "charger_name", "npm_folder", "server"]

HERE = Path(__file__).parent
INSTALL_S = 120.0
AWAY = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "E403")
"""What npm says when the registry cannot be reached."""


@pytest.fixture(scope="session")
def npm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the npm clients by name, once for all processes of a run; skip where it cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: clients from npm are not tried")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "interop"
    with (shared / "interop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    for path in HERE.rglob("*"):
        if path.suffix in {".mjs", ".json"}:
            target = folder / path.relative_to(HERE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    command = [
        npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install its clients within {INSTALL_S:.0f} s")
    if done.returncode and any(word in done.stderr for word in AWAY):
        pytest.skip("the npm registry cannot be reached: clients from npm are not tried")
    assert done.returncode == 0, done.stderr
    (folder / "installed").touch()
