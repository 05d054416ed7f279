"""A charger asks for a certificate: answered first, sent a while later, once for each key."""

from __future__ import annotations

import pytest

from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.messages import Direction
from ocpp_core.domain.security import RefusedRequest, SignedCertificate
from tests.ocpp_core.csms.rig import START, Charger, MakeRig, Rig, eventually


class Authority:
    """Signs everything but what is called bad."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ChargePointId]] = []

    def sign(
        self, csr_pem: str, charge_point_id: ChargePointId
    ) -> SignedCertificate | RefusedRequest:
        self.asked.append((csr_pem, charge_point_id))
        if csr_pem == "bad":
            return RefusedRequest(reason="it is bad")
        if csr_pem == "broken":
            raise RuntimeError("the authority is broken")
        return SignedCertificate(chain_pem=f"<{csr_pem}>", serial_number="1F", expires_at=START)


async def asks(charger: Charger, csr: str) -> str:
    answer = await charger.result("SignCertificate", {"csr": csr})
    return str(answer["status"])


async def test_a_request_is_accepted_and_the_certificate_follows(make_rig: MakeRig) -> None:
    authority = Authority()
    rig = await make_rig(authority=authority, certificate_delay_s=0.0)
    charger = await rig.charger()
    assert "Accepted" == await asks(charger, "CSR")
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert [2, "CertificateSigned", {"certificateChain": "<CSR>"}] == [call[0], *call[2:]]
    assert [("CSR", ChargePointId("CP1"))] == authority.asked
    await eventually(lambda: rig.count("certificates_sent") == 1)
    sent = [m for m in rig.ledger.messages if m.direction is Direction.TO_CHARGER]
    assert {"CertificateSigned"} == {message.action for message in sent}


async def test_a_numbered_request_has_its_number_in_the_answer(make_rig: MakeRig) -> None:
    """OCPP 2.1 numbers requests for certificates (A02)."""
    rig = await make_rig(authority=Authority(), certificate_delay_s=0.0)
    charger = await rig.charger(subprotocols=("ocpp2.1",))
    await charger.result("SignCertificate", {"csr": "CSR", "requestId": 9})
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert {
        "certificateChain": "<CSR>",
        "certificateType": "ChargingStationCertificate",
        "requestId": 9,
    } == call[3]


async def test_the_certificate_waits_its_delay_and_only_the_newest_key_counts(
    make_rig: MakeRig,
) -> None:
    rig = await make_rig(authority=Authority(), certificate_delay_s=0.1)
    charger = await rig.charger()
    for csr in ("OLD", "NEW"):
        assert "Accepted" == await asks(charger, csr)
    call = await charger.receive()

    assert {"certificateChain": "<NEW>"} == call[3]
    await charger.send([3, call[1], {"status": "Rejected"}])
    assert await charger.is_alive()
    assert 0 == rig.count("certificates_sent")


async def test_without_an_authority_every_request_is_rejected(rig: Rig) -> None:
    charger = await rig.charger()

    assert "Rejected" == await asks(charger, "CSR")
    assert "no certificate authority" in rig.ledger.messages[-1].findings[0]


@pytest.mark.parametrize(
    ("csr", "counter"), [("bad", "certificates_refused"), ("broken", "internal_errors")]
)
async def test_a_request_that_is_not_signed_is_counted_and_costs_nothing(
    make_rig: MakeRig, csr: str, counter: str
) -> None:
    rig = await make_rig(authority=Authority(), certificate_delay_s=0.0)
    charger = await rig.charger()
    assert "Accepted" == await asks(charger, csr)

    await eventually(lambda: rig.count(counter) == 1)
    assert await charger.is_alive()
    assert 0 == rig.count("commands_sent")


async def test_a_stop_gives_up_what_waits(make_rig: MakeRig) -> None:
    authority = Authority()
    rig = await make_rig(authority=authority, certificate_delay_s=600.0)
    charger = await rig.charger()
    assert "Accepted" == await asks(charger, "CSR")
    await rig.system.stop()

    assert [] == authority.asked
