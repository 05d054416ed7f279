"""DeleteCertificate (1.6 security whitepaper, use case M04)."""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import CommandResult, DeleteCertificate, Unsupported
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word, to_wire
from ocpp_core.protocol.v16.certificates import wire_hash


def to_request(command: DeleteCertificate) -> requests.DeleteCertificate | Unsupported:
    """Write which certificate."""
    name = wire_hash(command.hash)
    if isinstance(name, Unsupported):
        return name
    return requests.DeleteCertificate(certificate_hash_data=to_wire(name))


def to_result(
    answer: StatusAnswer, command: DeleteCertificate, received_at: datetime
) -> CommandResult:
    """Read the status; NotFound and Failed are refusals."""
    del command, received_at
    return result_of_word(answer.status)


MESSAGE = Outbound("DeleteCertificate", DeleteCertificate, to_request, StatusAnswer, to_result)
