"""What we send to chargers of OCPP 2.1: as in 2.0.1, and what 2.1 adds or says differently."""

from __future__ import annotations

from ocpp_core.domain.commands import Command
from ocpp_core.protocol.v21 import (
    certificate_signed,
    request_start_transaction,
    set_charging_profile,
    trigger_message,
    update_dynamic_schedule,
    use_priority_charging,
)
from ocpp_core.protocol.v201 import commands as v201

_OUTBOUND: tuple[v201.AnyOutbound, ...] = (
    certificate_signed.MESSAGE,
    request_start_transaction.MESSAGE,
    set_charging_profile.MESSAGE,
    trigger_message.MESSAGE,
    update_dynamic_schedule.MESSAGE,
    use_priority_charging.MESSAGE,
)

COMMANDS: dict[type[Command], v201.AnyOutbound] = v201.COMMANDS | {
    message.command: message for message in _OUTBOUND
}
"""Command: the message that says it."""
