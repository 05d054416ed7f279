"""A whole site with its TLS port: passwords change, secrets stay secret, profiles only rise."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

import analytics
from ampherd.config import Config, load_config
from ampherd.logging import LogFormat, configure
from ampherd.runtime.system import System
from ampherd.security.site import SiteSecurity, authority_of, credentials_of
from ampherd.security.x509 import new_key, private_pem
from ampherd.tokens import Role, TokenStore
from ocpp_core.csms.server import CentralSystemOptions
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import RefusedRequest, SignedCertificate
from tests.ampherd.security.test_x509 import request
from tests.certificates import Identity, client_context

PASSWORD = "configured password"
PIN = "secret-pin-4711"
CP1 = ChargePointId("CP-1")
SITE = f"""\
[site]
id = "s"
name = "Depot"
timezone = "Europe/Berlin"
currency = "EUR"
[[circuit]]
id = "grid"
limit_a = 63
[[charge_point]]
id = "CP-1"
password = "{PASSWORD}"
connectors = [{{ id = 1, circuit = "grid", max_current_a = 16 }}]
[[charge_point]]
id = "CP-3"
security_profile = 3
connectors = [{{ id = 1, circuit = "grid", max_current_a = 16 }}]
[server]
ocpp_host = "127.0.0.1"
ocpp_port = 0
ocpp_tls_port = 0
api_port = 0
sql_port = 0
accept_unknown_tokens = true
command_timeout_s = 1
"""


@dataclass
class Site:
    """A running site and how chargers and people reach it."""

    system: System
    api: httpx.AsyncClient
    root: Path
    stack: AsyncExitStack

    async def charger(
        self, name: str, password: bytes | None = None, *, tls: ssl.SSLContext | None = None
    ) -> ClientConnection:
        headers = {}
        if password is not None:
            token = base64.b64encode(name.encode() + b":" + password).decode()
            headers["Authorization"] = f"Basic {token}"
        url = self.system.ocpp_url if tls is None else self.system.ocpp_tls_url
        return await self.stack.enter_async_context(
            connect(
                f"{url}/{name}",
                subprotocols=[Subprotocol("ocpp1.6")],
                additional_headers=headers,
                ssl=tls,
            )
        )

    async def refusal(self, *arguments: Any, **options: Any) -> int:
        with pytest.raises(InvalidStatus) as caught:
            await self.charger(*arguments, **options)
        return caught.value.response.status_code

    @property
    def trusting(self) -> ssl.SSLContext:
        return client_context(self.root)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    config = load_config(path, {})
    authority = authority_of(config, SystemClock())
    authority.init()
    authority.issue_server(["127.0.0.1"])
    authority.issue_charger(ChargePointId("CP-3"))
    return config


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Site]:
    token = TokenStore(config.tokens_path)
    token.revoke("test")
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(System(config, SystemClock()))
        api = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"{system.api.url}/api/v1",
                headers={"Authorization": f"Bearer {token.create('test', Role.OPERATOR)}"},
                trust_env=False,
            )
        )
        yield Site(system, api, config.security.folder / "ca.pem", stack)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to debug."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    text = io.StringIO()
    configure(form=LogFormat.JSON, level=logging.DEBUG, stream=text)
    yield text
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def answer(charger: ClientConnection, action: str, payload: object) -> dict[str, Any]:
    """Wait for a call of this action, answer it and return what it asked."""
    async with asyncio.timeout(10):
        while True:
            frame = json.loads(await charger.recv())
            if frame[0] == 2 and frame[2] == action:
                await charger.send(json.dumps([3, frame[1], payload]))
                asked: dict[str, Any] = frame[3]
                return asked
            if frame[0] == 2:
                await charger.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


async def change_of_password(site: Site, charger: ClientConnection, status: str) -> bytes:
    """Change the password; the charger answers with `status`. Return the new one."""
    asked, told = await asyncio.gather(
        answer(charger, "ChangeConfiguration", {"status": status}),
        site.api.post("/charge-points/CP-1/password"),
    )
    assert told.is_success
    assert "AuthorizationKey" == asked["key"]
    return bytes.fromhex(asked["value"])


async def test_a_changed_password_counts_at_once_and_after_a_restart(config: Config) -> None:
    """TC_073; OCPP 2.0.1 A01."""
    async with running(config) as site:
        charger = await site.charger("CP-1", PASSWORD.encode())
        new = await change_of_password(site, charger, "Accepted")
        assert 401 == await site.refusal("CP-1", PASSWORD.encode())
        await site.charger("CP-1", new)
    async with running(config) as site:
        assert 401 == await site.refusal("CP-1", PASSWORD.encode())
        await site.charger("CP-1", new.hex().encode())


async def test_a_refused_password_does_not_count(config: Config) -> None:
    async with running(config) as site:
        charger = await site.charger("CP-1", PASSWORD.encode())
        new = await change_of_password(site, charger, "Rejected")

        assert 401 == await site.refusal("CP-1", new)
        await site.charger("CP-1", PASSWORD.encode())


async def test_without_an_answer_both_count_until_one_is_used(config: Config) -> None:
    async with running(config) as site:
        charger = await site.charger("CP-1", PASSWORD.encode())
        told = asyncio.create_task(site.api.post("/charge-points/CP-1/password"))
        new = b""
        while not new:
            frame = json.loads(await charger.recv())
            if frame[2] == "ChangeConfiguration" and frame[3]["key"] == "AuthorizationKey":
                new = bytes.fromhex(frame[3]["value"])
            else:
                await charger.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
        charger.transport.abort()
        assert {"result": "offline", "sent": True} == (await told).json()

        await site.charger("CP-1", new)
        assert 401 == await site.refusal("CP-1", PASSWORD.encode())


async def test_a_charger_that_moved_to_tls_is_refused_without_also_after_a_restart(
    config: Config,
) -> None:
    """OCPP 2.0.1 A05 and A00.FR.002."""
    async with running(config) as site:
        await site.charger("CP-1", PASSWORD.encode())
        await site.charger("CP-1", PASSWORD.encode(), tls=site.trusting)
        assert 403 == await site.refusal("CP-1", PASSWORD.encode())
    async with running(config) as site:
        assert 403 == await site.refusal("CP-1", PASSWORD.encode())
        await site.charger("CP-1", PASSWORD.encode(), tls=site.trusting)


async def test_a_lower_profile_is_not_set_over_ocpp(config: Config) -> None:
    """OCPP 2.0.1 A00.FR.005."""
    async with running(config) as site:
        await site.charger("CP-1", PASSWORD.encode(), tls=site.trusting)
        refused = await site.api.post(
            "/charge-points/CP-1/commands/change-configuration",
            json={"key": "SecurityProfile", "value": "1"},
        )

    assert "rejected" == refused.json()["result"]
    assert "never lowered" in refused.json()["reason"]


async def test_certificates_of_the_sites_authority_are_let_in_until_revoked(
    config: Config,
) -> None:
    folder = config.security.folder / "chargers"
    async with running(config) as site:
        own = client_context(site.root, Identity(folder / "CP-3.pem", folder / "CP-3.key"))
        await site.charger("CP-3", tls=own)
        assert 403 == await site.refusal("CP-3", tls=site.trusting)
        authority_of(config, SystemClock()).revoke("CP-3")

        assert 403 == await site.refusal("CP-3", tls=own)


async def closing(charger: ClientConnection) -> tuple[int, str]:
    """Wait until the server closes; return code and reason."""
    async with asyncio.timeout(10):
        await charger.wait_closed()
    told = charger.protocol.close_rcvd
    assert told is not None
    return int(told.code), told.reason


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that stand are looked at all the time, instead of every 10 s."""
    options = partial(CentralSystemOptions, recheck_interval_s=0.02)
    monkeypatch.setattr("ampherd.runtime.fromconfig.CentralSystemOptions", options)


@pytest.mark.usefixtures("often")
async def test_who_is_connected_is_sent_away_by_the_command_line_and_not_by_a_change_it_took(
    config: Config,
) -> None:
    """A01: the link over which the new password went stands; what others change ends it."""
    folder = config.security.folder / "chargers"
    async with running(config) as site:
        own = client_context(site.root, Identity(folder / "CP-3.pem", folder / "CP-3.key"))
        by_certificate = await site.charger("CP-3", tls=own)
        by_password = await site.charger("CP-1", PASSWORD.encode())
        await change_of_password(site, by_password, "Accepted")
        authority = authority_of(config, SystemClock())
        authority.revoke("CP-3")
        code, reason = await closing(by_certificate)
        assert 1008 == code
        assert "is revoked" in reason
        assert {ChargePointId("CP-1")} == site.system.central.online()
        credentials_of(config, authority).set_key(ChargePointId("CP-1"), b"set by hand, in secret")

        assert (1008, "the password that it came in with counts no more") == await closing(
            by_password
        )
        await site.charger("CP-1", b"set by hand, in secret")


async def asks_for_certificate(
    charger: ClientConnection, common_name: str
) -> tuple[EllipticCurvePrivateKey, str]:
    """Send a request as the charger's own, and return its key and the answer's status."""
    key = new_key()
    csr = request(
        key, names=((NameOID.ORGANIZATION_NAME, "Depot"), (NameOID.COMMON_NAME, common_name))
    )
    await charger.send(json.dumps([2, "csr", "SignCertificate", {"csr": csr}]))
    async with asyncio.timeout(10):
        while True:
            frame = json.loads(await charger.recv())
            if frame[:2] == [3, "csr"]:
                return key, frame[2]["status"]
            await charger.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


async def test_a_charger_gets_its_certificate_over_ocpp_and_then_needs_it(
    config: Config, tmp_path: Path
) -> None:
    """SignCertificate and CertificateSigned (1.6 security whitepaper, A02), then A05."""
    async with running(config) as site:
        charger = await site.charger("CP-1", PASSWORD.encode(), tls=site.trusting)
        key, status = await asks_for_certificate(charger, "CP-1")
        signed = await answer(charger, "CertificateSigned", {"status": "Accepted"})
        own = Identity(tmp_path / "own.pem", tmp_path / "own.key")
        own.certificate.write_text(signed["certificateChain"])
        own.key.write_bytes(private_pem(key))
        await site.charger("CP-1", tls=client_context(site.root, own))

        assert "Accepted" == status
        assert 403 == await site.refusal("CP-1", PASSWORD.encode(), tls=site.trusting)


def test_a_charger_that_proves_nothing_gets_no_certificate(config: Config) -> None:
    """Else whoever poses as it once could be it for good."""
    names = ((NameOID.ORGANIZATION_NAME, "Depot"), (NameOID.COMMON_NAME, "CP-1"))
    csr = request(names=names)
    proven = SiteSecurity(config, SystemClock())
    config.path.write_text(f"{SITE}security_profile = 0\n")
    unproven = SiteSecurity(load_config(config.path, {}), SystemClock())

    assert isinstance(proven.sign(csr, CP1), SignedCertificate)
    assert isinstance(unproven.sign(csr, CP1), RefusedRequest)
    assert isinstance(proven.sign(csr, ChargePointId("X")), RefusedRequest)


async def test_a_version_is_assumed_where_the_configuration_says_so(config: Config) -> None:
    """OCPP.md row 54, quirk ws-no-subprotocol: per charger, and not by default."""
    assumed = '[[charge_point]]\nassumed_version = "ocpp1.6"'
    config.path.write_text(SITE.replace("[[charge_point]]", assumed, 1))
    async with running(load_config(config.path, {})) as site:
        token = base64.b64encode(b"CP-1:" + PASSWORD.encode()).decode()
        async with connect(
            f"{site.system.ocpp_url}/CP-1", additional_headers={"Authorization": f"Basic {token}"}
        ) as charger:
            await charger.send('[2,"1","Heartbeat",{}]')
            while json.loads(frame := str(await charger.recv()))[1] != "1":
                await charger.send(json.dumps([4, json.loads(frame)[1], "NotSupported", "", {}]))

            assert "currentTime" in frame


async def test_who_guesses_is_an_alarm(config: Config) -> None:
    async with running(config) as site:
        for _ in range(5):
            await site.refusal("CP-1", b"wrong")
        assert 429 == await site.refusal("CP-1", PASSWORD.encode())
        live = (await site.api.get("/live")).json()

    assert "5 wrong passwords for CP-1 from 127.0.0.1." in live["alarms"]


async def test_no_secret_is_in_a_log_an_answer_or_the_database(
    config: Config, logged: io.StringIO
) -> None:
    """OCPP.md row 64; quirk res-config-vendor-keys."""
    async with running(config) as site:
        charger = await site.charger("CP-1", PASSWORD.encode())
        new = await change_of_password(site, charger, "Accepted")
        configuration = {
            "configurationKey": [
                {"key": "G_CardPin", "value": PIN, "readonly": False},
                {"key": "G_MaxCurrent", "value": "32.00", "readonly": False},
            ]
        }
        _, shown = await asyncio.gather(
            answer(charger, "GetConfiguration", configuration),
            site.api.post("/charge-points/CP-1/commands/get-configuration", json={}),
        )
        await site.refusal("CP-1", PASSWORD.encode())
    with analytics.open(config.store_path) as reader:
        frames = reader.sql("select * from ocpp_message").to_csv()
    written = b"".join(
        path.read_bytes()
        for path in config.path.parent.rglob("*")
        if path.is_file() and path.name != "site.toml"
    )

    assert "32.00" in shown.text
    assert "G_CardPin" in frames
    assert "AuthorizationKey" in frames
    header = base64.b64encode(b"CP-1:" + PASSWORD.encode()).decode()
    for secret in (PASSWORD, header, PIN, new.hex(), new.hex().upper()):
        assert secret not in frames
        assert secret not in shown.text
        assert secret not in logged.getvalue()
        assert secret.encode() not in written
    assert new not in written
