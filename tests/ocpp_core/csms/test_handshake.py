"""Who may connect, and how the others are turned away."""

from __future__ import annotations

import asyncio
import base64
import http
import re
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from ocpp_core.csms.handshake import identity_of
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.csms.proof import password_of
from ocpp_core.csms.throttle import GuessThrottle, ThrottlePolicy
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import SecurityProfile
from tests.ocpp_core.csms.rig import MakeRig, Rig, eventually

CP1 = ChargePointId("CP1")
KEY = bytes(range(0x80, 0x94))
"""20 bytes that are no UTF-8."""


def basic(user: str, password: bytes) -> dict[str, str]:
    token = base64.b64encode(user.encode() + b":" + password).decode()
    return {"Authorization": f"Basic {token}"}


async def refused(rig: Rig, name: str, **options: Any) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught:
        await rig.charger(name, **options)
    return caught.value


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/ocpp//CP1", "CP1"),
        ("//ocpp/CP1", "CP1"),
        ("/ocpp/CP1/", "CP1"),
        ("/ocpp/CP1?token=1", "CP1"),
        ("/ocpp/RDAM%7C123", "RDAM|123"),
        ("/ocpp/a%2Fb", "a/b"),
        ("/ocpp/GaroCS-4133AAAA46980", "GaroCS-4133AAAA46980"),
        ("/ocpp/%252F", "%2F"),
        ("/ocpp/", None),
        ("/ocpp", None),
        ("/", None),
        ("/other/CP1", None),
        ("/ocpp/a/b", None),
        ("/ocpp/%FF", None),
        ("/ocpp/a%0Ab", None),
        ("/ocpp/" + "x" * 49, None),
    ],
)
def test_the_identity_is_the_segment_behind_the_path_decoded_once(
    path: str, identity: str | None
) -> None:
    """Quirks ws-identity-dash, ws-double-slash, ws-identity-encoded, ws-no-subprotocol."""
    assert identity == identity_of(path, "/ocpp")


@pytest.mark.parametrize("prefix", ["", "/"])
def test_the_path_may_be_empty(prefix: str) -> None:
    assert identity_of("//CP7", prefix) == "CP7"


async def test_an_unknown_identity_gets_404(rig: Rig) -> None:
    error = await refused(rig, "NOBODY")

    assert http.HTTPStatus.NOT_FOUND == error.response.status_code
    assert 1 == rig.count("connections_refused")
    assert [] == rig.listener.links


async def test_identities_are_case_sensitive(rig: Rig) -> None:
    """Quirk ws-mixed-case."""
    assert 404 == (await refused(rig, "cp1")).response.status_code


async def test_an_encoded_identity_is_the_decoded_one(rig: Rig) -> None:
    """Quirk ws-identity-encoded."""
    await rig.charger("RDAM%7C123")

    assert {"RDAM|123"} == rig.system.online()


async def test_a_doubled_slash_is_tolerated(rig: Rig) -> None:
    """Quirk ws-double-slash."""
    await rig.charger("CP1", path="//ocpp//")

    assert {"CP1"} == rig.system.online()


async def test_the_subprotocol_is_confirmed(rig: Rig) -> None:
    charger = await rig.charger(subprotocols=("ocpp1.5", "ocpp1.6"))

    assert "ocpp1.6" == charger.socket.subprotocol


@pytest.mark.parametrize(
    ("offered", "reason"),
    [(None, "no OCPP version offered"), (("ocpp1.5", "soap"), "no OCPP version in common")],
)
async def test_without_a_common_version_the_link_opens_without_header_and_closes_at_once(
    rig: Rig, offered: tuple[str, ...] | None, reason: str
) -> None:
    """1.6-J section 3.2. OCPP.md row 54, quirk ws-no-subprotocol."""
    charger = await rig.charger(subprotocols=offered)

    assert charger.socket.response is not None
    assert "Sec-WebSocket-Protocol" not in charger.socket.response.headers
    assert (1002, reason) == await charger.closed()
    assert set() == rig.system.online()
    assert 1 == rig.count("connections_without_version")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("ocpp2.1", "ocpp2.0.1", "ocpp1.6"), "ocpp2.1"),
        (("ocpp1.6", "ocpp2.1"), "ocpp1.6"),
        (("ocpp2.0", "ocpp2.0.1"), "ocpp2.0.1"),
    ],
)
async def test_of_several_versions_the_charger_prefers_the_first_that_is_spoken(
    rig: Rig, offered: tuple[str, ...], chosen: str
) -> None:
    charger = await rig.charger(subprotocols=offered)

    assert chosen == charger.socket.subprotocol
    assert await charger.is_alive()
    assert chosen == rig.system.version_of(CP1)


async def test_what_a_charger_offers_counts_before_what_is_assumed(make_rig: MakeRig) -> None:
    rig = await make_rig(assumed_versions={CP1: "ocpp1.6"})
    offered = await rig.charger(subprotocols=("ocpp2.0.1",))
    assert "ocpp2.0.1" == rig.system.version_of(CP1)

    foreign = await rig.charger(subprotocols=("soap",))

    assert (1002, "no OCPP version in common") == await foreign.closed()
    assert await offered.is_alive()


def test_only_a_version_that_is_spoken_can_be_assumed() -> None:
    with pytest.raises(ValueError, match=re.escape("ocpp1.5")):
        CentralSystemOptions(assumed_versions={CP1: "ocpp1.5"})


async def test_a_version_may_be_assumed_for_a_charger_that_names_none(make_rig: MakeRig) -> None:
    """OCPP.md row 54, quirk ws-no-subprotocol."""
    rig = await make_rig(assumed_versions={CP1: "ocpp1.6"})
    charger = await rig.charger(subprotocols=None)

    assert charger.socket.subprotocol is None
    assert await charger.is_alive()


@pytest.mark.parametrize("sent", [KEY, KEY.hex().encode(), KEY.hex().upper().encode()])
async def test_the_right_key_is_let_in_raw_or_as_hex(make_rig: MakeRig, sent: bytes) -> None:
    """OCPP.md row 63."""
    rig = await make_rig(passwords={CP1: KEY})

    assert await (await rig.charger(additional_headers=basic("CP1", sent))).is_alive()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("CP1", b"wrong"),
        basic("CP2", KEY),
        basic("CP1", KEY[:-1]),
        {"Authorization": "Basic ???"},
        {"Authorization": "Bearer x"},
    ],
)
async def test_without_the_right_key_it_is_401(make_rig: MakeRig, headers: dict[str, str]) -> None:
    rig = await make_rig(passwords={CP1: KEY})
    error = await refused(rig, "CP1", additional_headers=headers)

    assert 401 == error.response.status_code
    assert "Basic" in error.response.headers["WWW-Authenticate"]
    assert set() == rig.system.online()


identities = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1, max_size=48
)


@given(identities)
def test_every_printable_identity_survives_its_encoding(identity: str) -> None:
    """Quirk ws-identity-encoded, and OCPP 1.6-J section 3.1.1."""
    assert identity == identity_of("/ocpp/" + quote(identity, safe=""), "/ocpp")


@given(st.text())
def test_any_path_names_a_charger_or_none(path: str) -> None:
    identity = identity_of(path, "/ocpp")

    assert identity is None or (1 <= len(identity) <= 48 and identity.isprintable())


@given(identities, st.binary(max_size=60))
def test_a_password_is_the_bytes_behind_identity_and_colon(identity: str, password: bytes) -> None:
    """OCPP.md row 63: no UTF-8 is asked of it, and the identity may hold a colon."""
    header = basic(identity, password)["Authorization"]

    assert password == password_of(header, identity)
    assert password == password_of(header.rstrip("="), identity)
    assert password == password_of(header.replace("Basic", "bASIC"), identity)
    assert password_of(header, identity + "x") is None


@given(st.text())
def test_any_header_is_a_password_or_none(header: str) -> None:
    assert password_of(header, "CP1") is None or header.casefold().startswith("basic")


async def test_header_names_in_lower_case_are_the_same(make_rig: MakeRig) -> None:
    """Quirk ws-lowercase-headers."""
    rig = await make_rig(passwords={CP1: KEY})
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.port)
    token = base64.b64encode(b"CP1:" + KEY)
    writer.write(
        b"GET /ocpp/CP1 HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-protocol: ocpp1.6\r\nauthorization: Basic " + token + b"\r\n\r\n"
    )

    assert b"101" in await reader.readline()
    writer.close()


async def test_without_anything_configured_everybody_is_refused(make_rig: MakeRig) -> None:
    """OCPP.md row 64: closed unless opened."""
    rig = await make_rig(credentials=MemoryCredentials())
    with capture_logs() as lines:
        error = await refused(rig, "CP1")

    assert 401 == error.response.status_code
    assert any("no password is set for it" in line.get("reason", "") for line in lines)
    assert (
        401
        == (await refused(rig, "CP1", additional_headers=basic("CP1", b""))).response.status_code
    )


async def test_another_case_is_named_in_the_log(rig: Rig) -> None:
    """Quirk ws-mixed-case."""
    with capture_logs() as lines:
        await refused(rig, "cp1")

    assert any("'CP1' is another one: case counts" in line.get("reason", "") for line in lines)


async def test_a_reached_profile_that_cannot_be_kept_lets_nobody_in(make_rig: MakeRig) -> None:
    class Full(MemoryCredentials):
        def used(self, *_: object) -> bool:
            return True

        def keep(self) -> None:
            raise StoreError("the disk is full")

    rig = await make_rig(credentials=Full(keys={CP1: KEY}))
    with capture_logs() as lines:
        answer = await refused(rig, "CP1", additional_headers=basic("CP1", KEY))

    assert 503 == answer.response.status_code
    assert "the disk is full" in [line.get("reason") for line in lines]


class Slow(MemoryCredentials):
    """Credentials whose file takes as long as a test wants."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.writings = 0
        self.writing, self.written = threading.Event(), threading.Event()

    def used(self, *arguments: Any) -> bool:
        super().used(*arguments)
        return True

    def keep(self) -> None:
        self.writings += 1
        self.writing.set()
        self.written.wait(5)


async def test_others_are_served_while_it_is_kept_how_chargers_came_in(make_rig: MakeRig) -> None:
    """Of those who come meanwhile all share one more writing; what they say early is not lost."""
    names = [ChargePointId(name) for name in ("CP1", "CP2", "RDAM|123")]
    credentials = Slow(
        keys=dict.fromkeys(names[:2], KEY), profiles={names[2]: SecurityProfile.NONE}
    )
    rig = await make_rig(credentials=credentials)
    coming = [
        asyncio.create_task(rig.charger(name, additional_headers=basic(name, KEY)))
        for name in ("CP1", "CP2", "CP2")
    ]
    await asyncio.to_thread(credentials.writing.wait, 5)
    other = await rig.charger("RDAM%7C123")
    assert await other.is_alive()
    assert {names[2]} == rig.system.online()
    credentials.written.set()
    first, *_ = await asyncio.gather(*coming)

    assert await first.is_alive()
    assert set(names) == rig.system.online()
    assert credentials.writings in {1, 2, 3}


async def test_who_has_gone_before_it_was_kept_is_soon_forgotten(make_rig: MakeRig) -> None:
    credentials = Slow(keys={CP1: KEY})
    rig = await make_rig(credentials=credentials)
    coming = asyncio.create_task(rig.charger(additional_headers=basic("CP1", KEY)))
    await asyncio.to_thread(credentials.writing.wait, 5)
    coming.cancel()
    with suppress(asyncio.CancelledError):
        await coming
    credentials.written.set()
    await eventually(lambda: not rig.system._links)

    assert set() == rig.system.online()


async def test_who_guesses_is_told_how_long_to_wait_and_named_as_an_alarm(
    make_rig: MakeRig,
) -> None:
    """OCPP.md row 64; the wait is the wall clock's, here one that stands still."""
    policy = ThrottlePolicy(free=3, first_delay_s=8.0)
    rig = await make_rig(passwords={CP1: KEY}, throttle_of=GuessThrottle(policy, time=lambda: 0.0))
    for _ in range(3):
        await refused(rig, "CP1", additional_headers=basic("CP1", b"wrong"))
    error = await refused(rig, "CP1", additional_headers=basic("CP1", KEY))

    assert (429, "8") == (error.response.status_code, error.response.headers["Retry-After"])
    assert ("3 wrong passwords for CP1 from 127.0.0.1.",) == rig.system.alarms()
    assert (3, 1) == (rig.count("credentials_wrong"), rig.count("connections_throttled"))


async def test_guessing_passwords_is_slowed_down(make_rig: MakeRig) -> None:
    rig = await make_rig(passwords={CP1: KEY}, throttle=ThrottlePolicy(free=2))
    headers = basic("CP1", b"wrong")
    codes = [
        (await refused(rig, "CP1", additional_headers=headers)).response.status_code
        for _ in range(3)
    ]

    assert [401, 401, 429] == codes


async def test_a_wrong_password_does_not_disturb_the_link_in_use(make_rig: MakeRig) -> None:
    """OCPP.md row 49 and row 64."""
    rig = await make_rig(passwords={CP1: KEY})
    charger = await rig.charger(additional_headers=basic("CP1", KEY))
    await refused(rig, "CP1", additional_headers=basic("CP1", b"wrong"))

    assert await charger.is_alive()


async def test_self_registration_lets_unknown_identities_in(make_rig: MakeRig) -> None:
    rig = await make_rig(allow_self_registration=True)
    await rig.charger("NEW")

    assert {"NEW"} == rig.system.online()


async def test_plain_http_is_told_to_upgrade(rig: Rig) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.port)
    writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"426" in await reader.readline()
    writer.close()


@pytest.mark.parametrize("opening", [b"", b"GET /ocpp/CP1 HTT", b"\x16\x03\x01\x02\x00\x01\x00"])
async def test_who_does_not_finish_the_handshake_in_time_is_dropped(
    make_rig: MakeRig, opening: bytes
) -> None:
    rig = await make_rig(handshake_timeout_s=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.port)
    writer.write(opening)

    with suppress(ConnectionError):  # a reset is as good as a clean end
        assert b"" == await reader.read()
    await eventually(lambda: rig.count("handshakes_timed_out") == 1)
    writer.close()


async def test_compression_is_off_unless_asked_for(make_rig: MakeRig) -> None:
    off, on = await make_rig(), await make_rig(compression=True)
    headers = []
    for rig in (off, on):
        async with connect(
            rig.url("CP1"), subprotocols=[Subprotocol("ocpp1.6")], compression="deflate"
        ) as socket:
            assert socket.response is not None
            headers.append(socket.response.headers.get("Sec-WebSocket-Extensions"))
            await socket.send('[2,"m1","Heartbeat",{}]')
            assert "currentTime" in str(await socket.recv())

    assert headers[0] is None
    assert "permessage-deflate" in str(headers[1])
