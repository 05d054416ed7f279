"""The README's first commands, as they stand there, in a copy of the checkout with a new HOME."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import httpx
import pytest

from tests.depth import DEPTH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


def first_commands() -> list[str]:
    """Return the lines of the README's first shell block."""
    block = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    return block[1].split("\n")[:-1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what git keeps, and nothing that a developer's machine has beside it."""
    copy = tmp_path_factory.mktemp("fresh") / "ampherd"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A user who has just arrived: another HOME, no virtual environment."""
    home = tmp_path_factory.mktemp("home")
    left_out = {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONHOME"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "HOME": str(home)}


@pytest.fixture(scope="module")
def installed(checkout: Path, environment: dict[str, str]) -> Path:
    """Run the first command and return the checkout.

    It downloads and installs everything where more than the usual is asked for. Otherwise it finds
    packages that are there already, as who runs these tests from a fresh checkout has just seen
    it install them.
    """
    install, _ = first_commands()
    if DEPTH <= 1:
        lend_packages(checkout)
    done = subprocess.run(
        install, shell=True, cwd=checkout, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return checkout


def lend_packages(checkout: Path) -> None:
    """Make a virtual environment that reads the packages of the one that runs this test."""
    folder = checkout / ".venv"
    venv.create(folder, symlinks=True)
    places = [str(checkout), sysconfig.get_path("purelib")]
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (packages / "lent.pth").write_text("\n".join(places), "utf-8")
    command = Path(sysconfig.get_path("scripts")) / "ampherd"
    script = command.read_text("utf-8").split("\n", 1)[1]
    made = folder / "bin" / "ampherd"
    made.write_text(f"#!{folder / 'bin' / 'python'}\n{script}", "utf-8")
    made.chmod(0o755)
    (folder / ".installed").touch()


def test_the_two_commands_start_a_demo_that_one_ctrl_c_ends(
    installed: Path, environment: dict[str, str]
) -> None:
    _, demo = first_commands()
    terminal = Terminal(demo, installed, environment)
    try:
        terminal.read_until("Ctrl-C stops it")
        urls = dict(re.findall(r"(dashboards|API) +(http\S+)", terminal.text))
        page = httpx.get(urls["dashboards"], trust_env=False)
        health = httpx.get(f"{urls['API']}/health", trust_env=False)
        terminal.press_ctrl_c()
        code = terminal.wait()
    finally:
        terminal.close()

    assert page.status_code == 200
    assert health.json()["charge_points_online"] > 0
    assert code == 0, terminal.text
    assert "Stopped" in terminal.text


def test_init_writes_a_site_that_check_is_content_with(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    ampherd = installed / ".venv" / "bin" / "ampherd"

    for words in (["init"], ["check"]):
        done = subprocess.run(
            [ampherd, *words], cwd=tmp_path, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


class Terminal:
    """A shell command at a terminal of its own."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self.text = ""
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", "sh", "-c", command],
            cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)

    def read_until(self, words: str) -> None:
        """Read what the command prints until `words` appear; an end before that is a failure."""
        while words not in self.text:
            assert self._read(), self.text

    def press_ctrl_c(self) -> None:
        """Send the character that a terminal turns into SIGINT."""
        os.write(self._ours, b"\x03")

    def wait(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        return self._process.wait()

    def close(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        try:
            chunk = os.read(self._ours, 4096)
        except OSError:  # Linux says EIO when the last program has left the terminal
            return False
        self.text += chunk.decode("utf-8", "replace")
        return bool(chunk)
