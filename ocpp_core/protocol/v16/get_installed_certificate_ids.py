"""GetInstalledCertificateIds (1.6 security whitepaper, use case M03)."""

from __future__ import annotations

from datetime import datetime

import msgspec
from ocpp.v16 import call as requests

from ocpp_core.domain.commands import (
    Accepted,
    CertificateHash,
    CommandResult,
    GetInstalledCertificates,
    InstalledCertificate,
    Unsupported,
)
from ocpp_core.protocol.message import Answer, Outbound, result_of_word
from ocpp_core.protocol.v16.certificates import wire_use


class HashData(Answer, frozen=True):
    """A certificate's name; what is too long is kept whole."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class Response(Answer, frozen=True):
    """What the charger keeps."""

    status: str
    certificate_hash_data: list[HashData] = msgspec.field(default_factory=list)


def to_request(
    command: GetInstalledCertificates,
) -> requests.GetInstalledCertificateIds | Unsupported:
    """Write the question, which names exactly one use."""
    if command.use is None:
        return Unsupported(reason="OCPP 1.6 asks for the certificates of one use: name it")
    use = wire_use(command.use)
    if isinstance(use, Unsupported):
        return use
    return requests.GetInstalledCertificateIds(certificate_type=use)


def to_result(
    answer: Response, command: GetInstalledCertificates, received_at: datetime
) -> CommandResult:
    """Read the list; NotFound tells that it is empty, which is an answer and no refusal."""
    del received_at
    result = result_of_word(answer.status, accepted=("Accepted", "NotFound"))
    if not isinstance(result, Accepted):
        return result
    return Accepted(
        status=result.status,
        certificates=tuple(
            InstalledCertificate(
                use=command.use,
                hash=CertificateHash(
                    algorithm=data.hash_algorithm,
                    issuer_name_hash=data.issuer_name_hash,
                    issuer_key_hash=data.issuer_key_hash,
                    serial_number=data.serial_number,
                ),
            )
            for data in answer.certificate_hash_data
        ),
    )


MESSAGE = Outbound(
    "GetInstalledCertificateIds", GetInstalledCertificates, to_request, Response, to_result
)
