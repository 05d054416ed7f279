"""DeleteCertificate (OCPP 2.0.1 M04)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp_core.domain.commands import CommandResult, DeleteCertificate
from ocpp_core.protocol.message import Outbound
from ocpp_core.protocol.v201.certificates import to_wire_hash
from ocpp_core.protocol.v201.outcome import StatusAnswer, outcome


def to_request(command: DeleteCertificate) -> dict[str, Any]:
    """Write which certificate goes."""
    return {"certificateHashData": to_wire_hash(command.hash)}


def to_result(
    answer: StatusAnswer, command: DeleteCertificate, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return outcome(answer)


MESSAGE = Outbound("DeleteCertificate", DeleteCertificate, to_request, StatusAnswer, to_result)
