"""GetInstalledCertificateIds (OCPP 2.0.1 M03)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import (
    Accepted,
    CommandResult,
    GetInstalledCertificates,
    InstalledCertificate,
)
from ocpp_core.protocol.message import Answer, Outbound
from ocpp_core.protocol.v201.certificates import Hash, from_wire_hash
from ocpp_core.protocol.v201.fields import present
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


class Chain(Answer, frozen=True):
    """A certificate, and those below it."""

    certificate_hash_data: Hash
    certificate_type: str = ""
    child_certificate_hash_data: list[Hash] | None = None


class Response(StatusAnswer, frozen=True):
    """What the charger keeps."""

    certificate_hash_data_chain: list[Chain] | None = None


def to_request(command: GetInstalledCertificates) -> dict[str, Any]:
    """Write which use is asked for; none named asks for all."""
    return present(certificateType=None if command.use is None else [command.use.value])


def to_result(
    answer: Response, command: GetInstalledCertificates, received_at: datetime
) -> CommandResult:
    """Read the certificates, those of a chain one after the other.

    NotFound tells that there are none, which is an answer and no refusal.
    """
    del command, received_at
    result = outcome(answer, accepted=("Accepted", "NotFound"))
    if not isinstance(result, Accepted):
        return result
    return Accepted(
        status=result.status,
        reason=result.reason,
        certificates=tuple(_certificates(answer.certificate_hash_data_chain or [])),
    )


def _certificates(chains: list[Chain]) -> Iterator[InstalledCertificate]:
    for chain in chains:
        yield from_wire_hash(chain.certificate_hash_data, chain.certificate_type)
        for child in chain.child_certificate_hash_data or ():
            yield from_wire_hash(child, chain.certificate_type)


MESSAGE = Outbound(
    "GetInstalledCertificateIds", GetInstalledCertificates, to_request, Response, to_result
)
