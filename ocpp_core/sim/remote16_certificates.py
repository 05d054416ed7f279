"""Certificates by order of a 1.6 server (security whitepaper A02, M03, M04 and M05)."""

from __future__ import annotations

from ocpp_core.domain.commands import CertificateHash, CertificateUse
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.replies16 import ACCEPTED, REJECTED, said
from ocpp_core.sim.wire import Payload, Reply

_USES = {
    "CentralSystemRootCertificate": CertificateUse.CSMS_ROOT,
    "ManufacturerRootCertificate": CertificateUse.MANUFACTURER_ROOT,
}


def install(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer InstallCertificate."""
    use = _USES[payload["certificateType"]]
    store = charger.upkeep.certificates
    return said(store.install(use, str(payload["certificate"])).value)


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
    kept = charger.upkeep.certificates.installed(_USES[payload["certificateType"]])
    if not kept:
        return said("NotFound")
    data = [
        {
            "hashAlgorithm": one.hash.algorithm,
            "issuerNameHash": one.hash.issuer_name_hash,
            "issuerKeyHash": one.hash.issuer_key_hash,
            "serialNumber": one.hash.serial_number,
        }
        for one in kept
    ]
    return Reply({"status": "Accepted", "certificateHashData": data})


def signed(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer CertificateSigned."""
    taken = charger.upkeep.take_certificate(str(payload["certificateChain"]))
    return ACCEPTED if taken else REJECTED
