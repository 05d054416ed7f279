"""A running `ampherd serve`, a charger's end of a WebSocket, and the HTTP API: nothing else.

The tests see what an acceptance test from outside sees. Each takes a charger of its own, so that
they do not meet; the server is started once for all tests of a process.
"""

from __future__ import annotations

import itertools
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from ampherd.tokens import Role, TokenStore
from tests.conformance.api import Api
from tests.conformance.station import Station

ROOT = Path(__file__).parents[2]
CHARGERS = 400
AMPHERD = [sys.executable, "-c", "from ampherd.cli import main; main()"]
PASSWORD = "a password of 20 chr"

SITE = """
[site]
id = "conformance"
name = "Under test"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = 63
[server]
ocpp_host = "127.0.0.1"
ocpp_port = 0
ocpp_tls_port = 0
api_port = 0
sql_port = 0
command_timeout_s = 2
[[id_token]]
token = "GOOD"
[[id_token]]
token = "OTHER"
[[id_token]]
token = "BLOCKED"
status = "blocked"
[[id_token]]
token = "EXPIRED"
status = "expired"
[[id_token]]
token = "FAMILY-1"
group = "FAMILY"
[[id_token]]
token = "FAMILY-2"
group = "FAMILY"
[[id_token]]
token = "MASTER"
group = "MASTERS"
"""


@dataclass(frozen=True)
class Server:
    """Where the server answers, and how to be let in."""

    ocpp: str
    ocpp_tls: str
    api: str
    token: str
    folder: Path
    """With the site's certificates in `tls`."""

    def run(self, *words: str) -> None:
        """Run `ampherd` with the site's configuration."""
        command = [*AMPHERD, *words, "--config", str(self.folder / "site.toml")]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("conformance")
    config = folder / "site.toml"
    chargers = "".join(
        f'[[charge_point]]\nid = "{name(number)}"\npassword = "{PASSWORD}"\nmanaged = false\n'
        'connectors = [{ id = 1, circuit = "grid", max_current_a = 16 }, '
        '{ id = 2, circuit = "grid", max_current_a = 16 }]\n'
        for number in range(CHARGERS)
    )
    config.write_text(SITE + chargers)
    command = [*AMPHERD, "serve", "--config", str(config), "--no-dashboards", "--json"]
    starting = Server(ocpp="", ocpp_tls="", api="", token="", folder=folder)
    starting.run("cert", "init")
    starting.run("cert", "server", "--host", "127.0.0.1")
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT) as run,
    ):
        try:
            addresses = _addresses(run)
            token = TokenStore(config.parent / "ampherd.tokens.json").create("kit", Role.ADMIN)
            yield replace(
                starting,
                ocpp=addresses["ocpp"],
                ocpp_tls=addresses["ocpp_tls"],
                api=addresses["api"],
                token=token,
            )
        finally:
            run.terminate()


def name(number: int) -> str:
    return f"CP-{number:03d}"


def _addresses(run: subprocess.Popen[str]) -> dict[str, str]:
    assert run.stdout is not None
    text = ""
    for line in run.stdout:
        text += line
        try:
            addresses: dict[str, str] = json.loads(text)
        except json.JSONDecodeError:
            continue
        return addresses
    raise RuntimeError(f"the server did not start: {text}")


# Results for the table in the documentation -----------------------------------------------------

_outcomes: dict[str, set[str]] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test's reports carry the cases that it is."""
    for item in items:
        for mark in item.iter_markers("conformance"):
            item.user_properties.append(("case", mark.args[0]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember how each case went."""
    for name, number in report.user_properties:
        if name == "case":
            _outcomes.setdefault(str(number), set()).add(report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the results where the environment says so."""
    path = os.environ.get("AMPHERD_CONFORMANCE_RESULTS")
    if path is None or hasattr(session.config, "workerinput"):
        return
    results = {
        number: "failed"
        if "failed" in outcomes
        else "skipped"
        if "skipped" in outcomes
        else "passed"
        for number, outcomes in sorted(_outcomes.items())
    }
    Path(path).write_text(json.dumps(results, indent=1) + "\n", "utf-8")


# Fixtures ----------------------------------------------------------------------------------------

_numbers = itertools.count()


@pytest.fixture
def charger_name() -> str:
    """Return the identity of a charger that no other test uses."""
    return name(next(_numbers))


@pytest.fixture
async def api(server: Server, charger_name: str) -> AsyncIterator[Api]:
    """What an operator may do to the charger under test."""
    async with httpx.AsyncClient(
        base_url=server.api, headers={"Authorization": f"Bearer {server.token}"}, trust_env=False
    ) as client:
        yield Api(client, charger_name)


@pytest.fixture
def trusting(server: Server) -> ssl.SSLContext:
    """Return what a charger knows that trusts the site's authority."""
    return ssl.create_default_context(cafile=server.folder / "tls" / "ca.pem")


type Connect = Callable[..., Awaitable[Station]]


@pytest.fixture
async def connect(server: Server, charger_name: str) -> AsyncIterator[Connect]:
    """Connect the charger under test; closed at the end."""
    async with AsyncExitStack() as stack:

        async def connected(
            version: str = "ocpp1.6",
            *,
            password: str | bytes | None = PASSWORD,
            user: str | None = None,
            tls: ssl.SSLContext | None = None,
        ) -> Station:
            url = server.ocpp if tls is None else server.ocpp_tls
            station = Station(url, charger_name, version, password, user=user, tls=tls)
            return await stack.enter_async_context(station)

        yield connected
