"""UpdateFirmware (OCPP 1.6 section 5.19).

A file with certificate and signature goes by SignedUpdateFirmware: a charger that knows the
security whitepaper may refuse an unsigned one, and one that does not could not check a signed one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ocpp.v16 import call as requests

from ocpp_core.domain.commands import Accepted, CommandResult, Unsupported, UpdateFirmware
from ocpp_core.protocol import wiretime
from ocpp_core.protocol.message import Answer, Choice, Outbound
from ocpp_core.protocol.v16 import signed_update_firmware


class NoAnswer(Answer, frozen=True):
    """Nothing is said; how it goes is told by FirmwareStatusNotification."""


def to_request(command: UpdateFirmware) -> requests.UpdateFirmware | Unsupported:
    """Write the order for a file that nobody signed."""
    if command.signature or command.signing_certificate:
        return Unsupported(reason="signed firmware needs both a signature and a certificate")
    if command.install_at is not None:
        return Unsupported(reason="OCPP 1.6 names a time of installation only for signed firmware")
    return requests.UpdateFirmware(
        location=command.location,
        retrieve_date=wiretime.write(command.retrieve_at),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def to_result(answer: NoAnswer, command: UpdateFirmware, received_at: datetime) -> CommandResult:
    """Read that the order came through; this message has no way to refuse it."""
    del answer, command, received_at
    return Accepted()


PLAIN = Outbound("UpdateFirmware", UpdateFirmware, to_request, NoAnswer, to_result)


def _of(command: UpdateFirmware) -> Outbound[UpdateFirmware, Any]:
    signed = bool(command.signature and command.signing_certificate)
    return signed_update_firmware.MESSAGE if signed else PLAIN


MESSAGE = Choice(UpdateFirmware, _of)
