"""The TLS port over real sockets: what is encrypted how, and whose certificate counts."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.tlsdoor import server_context
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import SecurityProfile
from tests.certificates import Identity, TestAuthority, client_context
from tests.ocpp_core.csms.rig import MakeRig, Rig, eventually
from tests.ocpp_core.csms.test_handshake import KEY, basic

CP1, CP2 = ChargePointId("CP1"), ChargePointId("CP2")
OPERATOR = "Test Operator"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority(tmp_path_factory.mktemp("ca"), OPERATOR)


@pytest.fixture(scope="module")
def server(authority: TestAuthority) -> Identity:
    return authority.server()


@pytest.fixture(scope="module")
def own(authority: TestAuthority) -> Identity:
    return authority.charger("CP1")


def context_of(identity: Identity, client_ca: Path | None = None) -> ssl.SSLContext:
    context = server_context()
    context.load_cert_chain(identity.certificate, identity.key)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.fixture
def make_secure(make_rig: MakeRig, authority: TestAuthority, server: Identity) -> MakeRig:
    """Start servers with both ports; CP1 is on the profile given."""

    async def make(profile: SecurityProfile, **options: Any) -> Rig:
        credentials = options.pop("credentials", None) or MemoryCredentials(
            profiles={CP1: profile},
            keys={CP1: KEY},
            operator=OPERATOR,
            revoked=options.pop("revoked", ()),
        )
        context = options.pop("context", None) or context_of(server, authority.root)
        return await make_rig(credentials=credentials, tls_port=0, tls=lambda: context, **options)

    return make


type Tls = Callable[..., ssl.SSLContext]


@pytest.fixture
def tls(authority: TestAuthority) -> Tls:
    def make(identity: Identity | None = None, **options: Any) -> ssl.SSLContext:
        return client_context(authority.root, identity, **options)

    return make


async def refusal(rig: Rig, name: str = "CP1", **options: Any) -> int:
    with pytest.raises(InvalidStatus) as caught:
        await rig.charger(name, **options)
    return caught.value.response.status_code


# Profile 2 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_charger_with_its_password_comes_in_over_tls(
    make_secure: MakeRig, tls: Tls, version: ssl.TLSVersion
) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)
    charger = await rig.charger(ssl=tls(version=version), additional_headers=basic("CP1", KEY))

    assert await charger.is_alive()
    encrypted = charger.socket.transport.get_extra_info("ssl_object")
    assert encrypted.compression() is None


async def test_both_ports_are_open_at_the_same_time(make_secure: MakeRig, tls: Tls) -> None:
    """Sites migrate charger by charger."""
    rig = await make_secure(
        SecurityProfile.BASIC_TLS,
        credentials=MemoryCredentials(
            profiles={CP1: SecurityProfile.BASIC_TLS, CP2: SecurityProfile.BASIC},
            keys={CP1: KEY, CP2: KEY},
        ),
    )
    await rig.charger("CP1", ssl=tls(), additional_headers=basic("CP1", KEY))
    await rig.charger("CP2", additional_headers=basic("CP2", KEY))

    assert {"CP1", "CP2"} == rig.system.online()


async def test_the_password_is_asked_over_tls_too(make_secure: MakeRig, tls: Tls) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)

    assert 401 == await refusal(rig, ssl=tls())
    assert 401 == await refusal(rig, ssl=tls(), additional_headers=basic("CP1", b"wrong"))


async def test_a_lower_profile_than_its_own_is_refused_with_a_clear_line(
    make_secure: MakeRig,
) -> None:
    """A00.FR.002; the right password makes no difference, and is not looked at."""
    rig = await make_secure(SecurityProfile.BASIC_TLS)
    with capture_logs() as lines:
        status = await refusal(rig, additional_headers=basic("CP1", KEY))

    assert 403 == status
    assert 1 == rig.count("connections_below_profile")
    (line,) = [line for line in lines if line["event"] == "connection refused"]
    assert "plain connection" in line["reason"]
    assert "is set to security profile 2" in line["reason"]


async def test_after_an_upgrade_the_lower_profile_is_refused(
    make_secure: MakeRig, tls: Tls
) -> None:
    """A05."""
    rig = await make_secure(SecurityProfile.BASIC)
    headers = basic("CP1", KEY)
    await rig.charger(additional_headers=headers)
    await rig.charger(ssl=tls(), additional_headers=headers)
    with capture_logs() as lines:
        status = await refusal(rig, additional_headers=headers)

    assert 403 == status
    assert any("has used security profile 2" in line.get("reason", "") for line in lines)


# Profile 3 ----------------------------------------------------------------------------------------


async def test_a_charger_with_its_own_certificate_comes_in_without_a_password(
    make_secure: MakeRig, tls: Tls, own: Identity
) -> None:
    rig = await make_secure(SecurityProfile.MUTUAL_TLS)

    assert await (await rig.charger(ssl=tls(own))).is_alive()


async def test_without_a_certificate_a_password_is_not_enough(
    make_secure: MakeRig, tls: Tls
) -> None:
    rig = await make_secure(SecurityProfile.MUTUAL_TLS)
    with capture_logs() as lines:
        status = await refusal(rig, ssl=tls(), additional_headers=basic("CP1", KEY))

    assert 403 == status
    assert any("no client certificate" in line.get("reason", "") for line in lines)


@pytest.mark.parametrize(
    ("name", "organization", "words"),
    [("CP2", OPERATOR, "CN = 'CP2'"), ("CP1", "Somebody Else", "O = 'Somebody Else'")],
)
async def test_somebody_elses_certificate_is_refused(
    make_secure: MakeRig,
    tls: Tls,
    authority: TestAuthority,
    name: str,
    organization: str,
    words: str,
) -> None:
    rig = await make_secure(SecurityProfile.MUTUAL_TLS)
    with capture_logs() as lines:
        status = await refusal(rig, ssl=tls(authority.charger(name, organization=organization)))

    assert 403 == status
    assert 1 == rig.count("credentials_wrong")
    assert any(words in line.get("reason", "") for line in lines)


async def test_a_revoked_certificate_is_refused(
    make_secure: MakeRig, tls: Tls, own: Identity
) -> None:
    serial = ssl._ssl._test_decode_cert(str(own.certificate))["serialNumber"]  # type: ignore[attr-defined]
    rig = await make_secure(SecurityProfile.MUTUAL_TLS, revoked={serial})

    assert 403 == await refusal(rig, ssl=tls(own))


@pytest.mark.parametrize("wrong", ["expired", "wrong authority", "server certificate"])
async def test_a_certificate_that_does_not_verify_ends_the_tls_handshake(
    make_secure: MakeRig,
    tls: Tls,
    authority: TestAuthority,
    server: Identity,
    tmp_path: Path,
    wrong: str,
) -> None:
    identity = {
        "expired": lambda: authority.charger("CP1", expired=True),
        "wrong authority": lambda: TestAuthority(tmp_path / "other", OPERATOR).charger("CP1"),
        "server certificate": lambda: server,
    }[wrong]()
    rig = await make_secure(SecurityProfile.MUTUAL_TLS)
    with capture_logs() as lines:
        # With TLS 1.3 the client learns of it when it reads: the error has many names.
        with pytest.raises((OSError, ConnectionClosed, InvalidHandshake, EOFError)):
            await rig.charger(ssl=tls(identity))
        await eventually(lambda: rig.count("tls_handshakes_failed") == 1)

    (line,) = [line for line in lines if line["event"] == "TLS handshake failed"]
    assert "127.0.0.1" == line["address"]
    assert "certificate" in line["reason"]
    assert set() == rig.system.online()


async def test_a_charger_of_profile_2_with_a_certificate_of_ours_needs_its_password(
    make_secure: MakeRig, tls: Tls, authority: TestAuthority
) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)
    others = tls(authority.charger("CP2"))

    assert 401 == await refusal(rig, ssl=others)
    assert await (await rig.charger(ssl=others, additional_headers=basic("CP1", KEY))).is_alive()


# Versions and suites ------------------------------------------------------------------------------


async def failed_tls(rig: Rig, context: ssl.SSLContext) -> None:
    with pytest.raises((OSError, ConnectionClosed, InvalidHandshake, EOFError)):
        await rig.charger(ssl=context)
    await eventually(lambda: rig.count("tls_handshakes_failed") == 1)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_tls_1_1_is_refused(make_secure: MakeRig, tls: Tls) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)

    await failed_tls(rig, tls(version=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0"))


@pytest.mark.parametrize(
    "suite",
    ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"],
)
async def test_other_suites_than_those_of_ocpp_are_refused(
    make_secure: MakeRig, tls: Tls, suite: str
) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)

    await failed_tls(rig, tls(ciphers=f"{suite}:@SECLEVEL=0"))


@pytest.mark.parametrize(
    ("suite", "with_rsa"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", False),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", False),
        ("AES128-GCM-SHA256", True),
        ("AES256-GCM-SHA384", True),
    ],
)
async def test_the_four_suites_of_ocpp_are_spoken(
    make_secure: MakeRig, tls: Tls, authority: TestAuthority, suite: str, with_rsa: bool
) -> None:
    """OCPP 2.0.1 part 2, A00; test case TC_086."""
    context = None
    if with_rsa:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        context = context_of(authority.server(key=key))
    rig = await make_secure(SecurityProfile.BASIC_TLS, context=context)
    charger = await rig.charger(ssl=tls(ciphers=suite), additional_headers=basic("CP1", KEY))

    assert suite == charger.socket.transport.get_extra_info("cipher")[0]
    assert await charger.is_alive()


# Life ---------------------------------------------------------------------------------------------


async def test_whoever_does_not_begin_tls_in_time_is_dropped(make_secure: MakeRig) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS, handshake_timeout_s=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.tls_port)

    assert b"" == await reader.read()
    await eventually(lambda: rig.count("tls_handshakes_failed") == 1)
    assert set() == rig.system._ports.doors
    writer.close()


async def test_plain_words_on_the_tls_port_are_an_error_of_the_peer(make_secure: MakeRig) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.tls_port)
    writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\n\r\n")
    await reader.read()

    await eventually(lambda: rig.count("tls_handshakes_failed") == 1)
    assert set() == rig.system._links
    writer.close()


async def test_a_stop_does_not_wait_for_a_tls_handshake(make_secure: MakeRig) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS)
    _, writer = await asyncio.open_connection("127.0.0.1", rig.system.tls_port)
    await eventually(lambda: bool(rig.system._ports.doors))

    async with asyncio.timeout(2):
        await rig.system.stop()
    writer.close()


async def test_a_message_above_the_limit_ends_a_tls_link_too(
    make_secure: MakeRig, tls: Tls
) -> None:
    rig = await make_secure(SecurityProfile.BASIC_TLS, max_frame_bytes=1000)
    charger = await rig.charger(ssl=tls(), additional_headers=basic("CP1", KEY))
    await charger.send("x" * 2000)

    assert 1009 == (await charger.closed())[0]


async def test_a_renewed_certificate_counts_from_the_next_connection(
    make_rig: MakeRig, authority: TestAuthority, tmp_path: Path
) -> None:
    other = TestAuthority(tmp_path / "new", OPERATOR)
    contexts = [context_of(authority.server()), context_of(other.server())]
    rig = await make_rig(
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        tls_port=0,
        tls=lambda: contexts[0],
    )
    await rig.charger("CP1", ssl=client_context(authority.root))
    contexts.pop(0)

    await rig.charger("CP2", ssl=client_context(other.root))
    assert {"CP1", "CP2"} == rig.system.online()


async def test_the_first_words_may_come_with_the_end_of_the_tls_handshake(
    make_secure: MakeRig, tls: Tls, own: Identity
) -> None:
    """A TLS 1.3 client may send its request in the flight that ends the handshake."""
    rig = await make_secure(SecurityProfile.MUTUAL_TLS)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tls(own).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", rig.system.tls_port)) as raw:
        raw.setblocking(False)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                await loop.sock_sendall(raw, outgoing.read())
                incoming.write(await loop.sock_recv(raw, 65536))
        client.write(
            b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        )
        await loop.sock_sendall(raw, outgoing.read())  # Finished and request in one flight

        await eventually(lambda: rig.system.online() == {"CP1"})


def test_it_is_the_same_on_uvloop(authority: TestAuthority, server: Identity) -> None:
    """The loop that `ampherd serve` runs on."""
    from tests.ocpp_core.csms.conftest import new_rig  # noqa: PLC0415 - see above

    async def scenario() -> None:
        credentials = MemoryCredentials(
            profiles={CP1: SecurityProfile.MUTUAL_TLS}, operator=OPERATOR
        )
        context = context_of(server, authority.root)
        async with new_rig(credentials=credentials, tls_port=0, tls=lambda: context) as rig:
            own = client_context(authority.root, authority.charger("CP1"))
            assert await (await rig.charger(ssl=own)).is_alive()
            with pytest.raises(InvalidStatus):
                async with connect(rig.url("CP1", secure=True), ssl=client_context(authority.root)):
                    pass
            with pytest.raises((OSError, EOFError, InvalidHandshake)):
                await rig.charger(
                    ssl=client_context(authority.root, authority.charger("CP1", expired=True))
                )
            await eventually(lambda: rig.count("tls_handshakes_failed") == 1)

    uvloop.run(scenario())
