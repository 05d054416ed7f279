"""Behind a proxy that ends TLS: whose headers are believed, and how names are read."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus

from ocpp_core.csms.knock import Knock, Network, Peer, knock_of, subject_of_name
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import ClientSubject, SecurityProfile
from tests.ocpp_core.csms.rig import MakeRig
from tests.ocpp_core.csms.test_handshake import KEY, basic

CP1 = ChargePointId("CP1")
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"),)
RULE = CentralSystemOptions(
    proxies=(ipaddress.ip_network("10.0.0.2/32"),), proxy_subject_header="X-Client-Subject"
)
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Client-Subject": "CN=CP1,O=Depot",
}


def knock(address: str, rule: CentralSystemOptions = RULE, **changes: str | None) -> Knock:
    headers = {**FORWARDED, **{name.replace("_", "-"): value for name, value in changes.items()}}
    kept = {name: value for name, value in headers.items() if value is not None}
    return knock_of("/ocpp/CP1", Headers(kept), Peer(address=address), rule)


@pytest.mark.parametrize("address", ["10.0.0.2", "::ffff:10.0.0.2"])
def test_a_trusted_proxy_says_who_is_behind_it(address: str) -> None:
    """The last entry of X-Forwarded-For is the proxy's own; those before it anybody can write."""
    assert knock(address).peer == Peer(
        address="198.51.100.7",
        secure=True,
        subject=ClientSubject(organization="Depot", common_name="CP1"),
    )


@pytest.mark.parametrize("address", ["10.0.0.3", "198.51.100.7", "fe80::1%eth0", ""])
def test_the_headers_of_anybody_else_mean_nothing(address: str) -> None:
    assert knock(address).peer == Peer(address=address)


def test_no_proxy_is_trusted_unless_configured() -> None:
    assert knock("10.0.0.2", CentralSystemOptions()).peer == Peer(address="10.0.0.2")


def test_a_plain_connection_to_the_proxy_is_plain_and_has_no_certificate() -> None:
    peer = knock("10.0.0.2", X_Forwarded_Proto="http").peer

    assert not peer.secure
    assert peer.subject is None


def test_a_subject_header_that_is_not_configured_is_not_read() -> None:
    rule = CentralSystemOptions(proxies=RULE.proxies)

    assert knock("10.0.0.2", rule).peer.subject is None


def test_a_subject_that_is_there_twice_names_nobody() -> None:
    headers = Headers(FORWARDED)
    headers["X-Client-Subject"] = "CN=CP2,O=Depot"

    assert knock_of("/ocpp/CP1", headers, Peer(address="10.0.0.2"), RULE).peer.subject is None


async def test_a_charger_behind_a_proxy_is_on_profile_2_or_3(make_rig: MakeRig) -> None:
    credentials = MemoryCredentials(
        profiles={CP1: SecurityProfile.BASIC_TLS, ChargePointId("CP2"): SecurityProfile.MUTUAL_TLS},
        keys={CP1: KEY},
        operator="Depot",
    )
    rig = await make_rig(
        credentials=credentials, proxies=LOOPBACK, proxy_subject_header="X-Client-Subject"
    )
    https = {"X-Forwarded-Proto": "https"}
    await rig.charger("CP1", additional_headers=https | basic("CP1", KEY))
    await rig.charger("CP2", additional_headers=https | {"X-Client-Subject": "/O=Depot/CN=CP2"})
    with pytest.raises(InvalidStatus):
        await rig.charger("CP1", additional_headers=basic("CP1", KEY))

    assert {"CP1", "CP2"} == rig.system.online()


@pytest.mark.parametrize(
    ("text", "organization", "name"),
    [
        ("CN=CP-1,O=Depot", "Depot", "CP-1"),
        ("O=Depot, CN=CP-1, C=DE", "Depot", "CP-1"),
        ("/C=DE/O=Depot/CN=CP-1", "Depot", "CP-1"),
        (r"CN=CP\,1,O=A \+ B", "A + B", "CP,1"),
        (r"CN=CP1,O=B\C3\BCro", "Büro", "CP1"),
        ("cn=CP1,o=Depot", "Depot", "CP1"),
        ("CN=CP1", "", "CP1"),
    ],
)
def test_a_name_is_read_in_both_forms(text: str, organization: str, name: str) -> None:
    assert ClientSubject(organization=organization, common_name=name) == subject_of_name(text)


@pytest.mark.parametrize(
    "text", ["", "O=Depot", "CN=CP1,CN=CP2", "CN=CP1,O=A,O=B", "nonsense", "/"]
)
def test_a_name_that_is_not_certain_names_nobody(text: str) -> None:
    assert subject_of_name(text) is None


values = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)


@given(values, values)
def test_whatever_is_written_by_rfc_4514_is_read(name: str, organization: str) -> None:
    def escaped(value: str) -> str:
        return re.sub(r'([,+"\\<>;=])', r"\\\1", value)

    text = f"CN={escaped(name)},O={escaped(organization)}"

    assert ClientSubject(organization=organization, common_name=name) == subject_of_name(text)


@given(st.text())
def test_any_text_is_read_or_names_nobody(text: str) -> None:
    subject = subject_of_name(text)

    assert subject is None or isinstance(subject.common_name, str)
