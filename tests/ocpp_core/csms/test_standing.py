"""A link stands for as long as its charger would be let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.proof import Proof, lapsed
from ocpp_core.domain.commands import GetConfiguration, Unsupported
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import Access, ClientSubject, KeyHash, SecurityProfile
from tests.certificates import TestAuthority, client_context
from tests.ocpp_core.csms.rig import MakeRig, eventually
from tests.ocpp_core.csms.test_handshake import KEY, basic
from tests.ocpp_core.csms.test_registration import boots
from tests.ocpp_core.csms.test_tls import OPERATOR, context_of

CP1 = ChargePointId("CP1")
OFTEN_S = 0.01
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OLD, NEW = KeyHash.of(b"the old one of CP1"), KeyHash.of(b"the new one of CP1")
SUBJECT = ClientSubject(
    organization=OPERATOR, common_name="CP1", serial_number="0A", expires_at=NOW + timedelta(days=1)
)
BASIC, TLS, MUTUAL = SecurityProfile.BASIC, SecurityProfile.BASIC_TLS, SecurityProfile.MUTUAL_TLS
BY_OLD = Proof(profile=BASIC, key=OLD)
BY_CERTIFICATE = Proof(profile=MUTUAL, secure=True, subject=SUBJECT)
MINE = Access(profile=MUTUAL, common_name="CP1")


@pytest.mark.parametrize(
    ("proof", "access", "why"),
    [
        (BY_OLD, Access(profile=BASIC, keys=(OLD,)), None),
        (BY_OLD, Access(profile=BASIC, keys=(OLD, NEW)), None),
        (BY_OLD, Access(profile=BASIC, keys=(NEW,), superseded=(OLD,)), None),
        (BY_OLD, Access(profile=BASIC, keys=(NEW,)), "counts no more"),
        (BY_OLD, Access(profile=BASIC), "counts no more"),
        (BY_OLD, Access(profile=TLS, keys=(OLD,)), "plain connection"),
        (Proof(profile=TLS, secure=True, key=OLD), Access(profile=MUTUAL, keys=(OLD,)), "3 is"),
        (Proof(profile=SecurityProfile.NONE), Access(profile=SecurityProfile.NONE), None),
        (Proof(profile=SecurityProfile.NONE), Access(profile=BASIC, keys=(OLD,)), "1 is asked"),
        (Proof(profile=SecurityProfile.NONE), Access(profile=BASIC, anonymous=True), None),
        (Proof(profile=SecurityProfile.NONE), Access(profile=TLS, anonymous=True), "plain"),
        (BY_CERTIFICATE, MINE, None),
        (BY_CERTIFICATE, Access(profile=BASIC, common_name="CP1"), None),
        (BY_CERTIFICATE, Access(profile=MUTUAL, common_name="other"), "CN"),
    ],
)
def test_what_was_proved_counts_until_it_would_not_be_let_in(
    proof: Proof, access: Access, why: str | None
) -> None:
    said = lapsed(proof, access, operator=OPERATOR, revoked=(), now=NOW)

    assert (why is None) == (said is None)
    assert (why or "") in (said or "")


@pytest.mark.parametrize(
    ("revoked", "later", "why"),
    [
        ((), timedelta(hours=23), None),
        (("0A",), timedelta(), "its certificate 0A is revoked"),
        ((), timedelta(days=1), "its certificate ended at 2026-03-02T00:00:00Z"),
    ],
)
def test_a_certificate_counts_until_it_is_revoked_or_ends(
    revoked: tuple[str, ...], later: timedelta, why: str | None
) -> None:
    assert why == lapsed(BY_CERTIFICATE, MINE, operator=OPERATOR, revoked=revoked, now=NOW + later)


async def test_a_changed_password_ends_the_link_that_came_in_with_the_old_one(
    make_rig: MakeRig,
) -> None:
    credentials = MemoryCredentials(keys={CP1: KEY})
    rig = await make_rig(credentials=credentials, recheck_interval_s=OFTEN_S)
    charger = await rig.charger(additional_headers=basic("CP1", KEY))
    assert await charger.is_alive()
    with capture_logs() as lines:
        credentials.set_key(CP1, b"another key of CP1")

        assert (1008, "the password that it came in with counts no more") == await charger.closed()
    assert 1 == rig.count("connections_lapsed")
    assert ["connection ended"] == [x["event"] for x in lines if x["log_level"] == "warning"]
    again = await rig.charger(additional_headers=basic("CP1", b"another key of CP1"))
    assert await again.is_alive()


async def test_a_revoked_certificate_ends_the_link_that_rests_on_it(
    make_rig: MakeRig, tmp_path: Path
) -> None:
    authority = TestAuthority(tmp_path, OPERATOR)
    context = context_of(authority.server(), authority.root)
    revoked: set[str] = set()
    rig = await make_rig(
        credentials=MemoryCredentials(
            profiles={CP1: SecurityProfile.MUTUAL_TLS}, operator=OPERATOR, revoked=revoked
        ),
        tls_port=0,
        tls=lambda: context,
        recheck_interval_s=OFTEN_S,
    )
    charger = await rig.charger(ssl=client_context(authority.root, authority.charger("CP1")))
    assert await charger.is_alive()
    (link,) = [s.link for s in rig.system._registry if s.link is not None]
    assert link.proof is not None
    assert link.proof.subject is not None
    assert link.proof.subject.expires_at is not None
    assert link.proof.subject.expires_at > datetime.now(UTC)
    revoked.add(link.proof.subject.serial_number)
    code, reason = await charger.closed()

    assert 1008 == code
    assert "is revoked" in reason


async def test_who_is_rejected_is_sent_away_and_says_nothing_before_it_boots(
    make_rig: MakeRig,
) -> None:
    rig = await make_rig(recheck_interval_s=OFTEN_S)
    charger = await rig.charger()
    assert "Accepted" == await boots(charger)
    rig.system.register(CP1, BootStatus.REJECTED)
    assert (1008, "its registration was withdrawn") == await charger.closed()
    again = await rig.charger()

    assert "SecurityError" == (await again.call("Heartbeat", {}))[2]
    assert isinstance(await rig.system.send(CP1, GetConfiguration()), Unsupported)
    assert "Rejected" == await boots(again)
    rig.system.register(CP1, BootStatus.ACCEPTED)
    assert "Accepted" == await boots(again)
    assert await again.is_alive()
    assert 1 == rig.count("connections_lapsed")


async def test_credentials_that_cannot_be_read_send_nobody_away(make_rig: MakeRig) -> None:
    class Unreadable(MemoryCredentials):
        asked = 0

        def revoked(self) -> tuple[str, ...]:
            self.asked += 1
            raise StoreError("the list cannot be read")

    credentials = Unreadable(keys={CP1: KEY})
    rig = await make_rig(credentials=credentials, recheck_interval_s=OFTEN_S)
    with capture_logs() as lines:
        charger = await rig.charger(additional_headers=basic("CP1", KEY))
        await eventually(lambda: credentials.asked > 1)

    assert await charger.is_alive()
    assert ["the list cannot be read"] == [x["reason"] for x in lines if x["log_level"] == "error"]
