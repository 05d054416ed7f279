"""ExtendedTriggerMessage (1.6 security whitepaper): what TriggerMessage has no words for.

A trigger that both know goes by TriggerMessage, since chargers without the whitepaper know it too
and it does the same. The exception is the progress of a signed firmware update: asked for by
TriggerMessage, a charger tells that of an unsigned one.
"""

from __future__ import annotations

from datetime import datetime

from ocpp.v16 import call as requests
from ocpp.v16.enums import MessageTrigger

from ocpp_core.domain.commands import CommandResult, TriggerMessage
from ocpp_core.protocol.message import Outbound, StatusAnswer, result_of_word

TRIGGERS = {
    "LogStatusNotification": MessageTrigger.log_status_notification,
    "SignChargePointCertificate": MessageTrigger.sign_charge_point_certificate,
    "SignChargingStationCertificate": MessageTrigger.sign_charge_point_certificate,
    "SignedFirmwareStatusNotification": MessageTrigger.firmware_status_notification,
}
"""What is asked for by this message, under its names in any version."""


def to_request(command: TriggerMessage) -> requests.ExtendedTriggerMessage:
    """Write which message we want."""
    return requests.ExtendedTriggerMessage(
        requested_message=TRIGGERS[command.message], connector_id=command.connector_id
    )


def to_result(
    answer: StatusAnswer, command: TriggerMessage, received_at: datetime
) -> CommandResult:
    """Read the status."""
    del command, received_at
    return result_of_word(answer.status, unsupported=("NotImplemented",))


MESSAGE = Outbound("ExtendedTriggerMessage", TriggerMessage, to_request, StatusAnswer, to_result)
