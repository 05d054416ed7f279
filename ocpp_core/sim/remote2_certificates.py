"""Certificates by order of a 2.x server (OCPP 2.0.1 A02, M03, M04 and M05)."""

from __future__ import annotations

from ocpp_core.domain.commands import CertificateHash, CertificateUse
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies2 import ACCEPTED, REJECTED, said
from ocpp_core.sim.wire import Payload, Reply


def install(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer InstallCertificate."""
    use = CertificateUse(payload["certificateType"])
    return said(charger.upkeep.certificates.install(use, str(payload["certificate"])).value)


def delete(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer DeleteCertificate."""
    data = payload["certificateHashData"]
    name = CertificateHash(
        algorithm=data["hashAlgorithm"],
        issuer_name_hash=data["issuerNameHash"],
        issuer_key_hash=data["issuerKeyHash"],
        serial_number=data["serialNumber"],
    )
    return said(charger.upkeep.certificates.delete(name).value)


def installed(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetInstalledCertificateIds."""
    wanted = [CertificateUse(use) for use in payload.get("certificateType", ())]
    chains = [
        {
            "certificateType": use.value,
            "certificateHashData": {
                "hashAlgorithm": one.hash.algorithm,
                "issuerNameHash": one.hash.issuer_name_hash,
                "issuerKeyHash": one.hash.issuer_key_hash,
                "serialNumber": one.hash.serial_number,
            },
        }
        for use in wanted or CertificateUse
        for one in charger.upkeep.certificates.installed(use)
    ]
    if not chains:
        return said("NotFound")
    return Reply({"status": "Accepted", "certificateHashDataChain": chains})


def signed(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer CertificateSigned."""
    taken = charger.upkeep.take_certificate(str(payload["certificateChain"]))
    return ACCEPTED if taken else REJECTED
