"""Which settings of a charger are secret, and how they are kept: not at all.

Chargers report and take passwords, PINs and keys among their settings, also under names of their
own (`G_CardPin`), so the name's end decides.
"""

from __future__ import annotations

from dataclasses import replace

from ocpp_core.domain.commands import Accepted, ChangeConfiguration, Command, CommandResult

MASK = "***"
"""Stands for a secret wherever one would have been kept."""

_SECRET_ENDS = ("key", "passphrase", "password", "pin", "psk", "pwd", "secret", "token")


def is_secret(name: str) -> bool:
    """Tell whether the setting of this name holds a secret, e.g. `AuthorizationKey`."""
    return name.casefold().rstrip("0123456789[]_-. ").endswith(_SECRET_ENDS)


def without_secrets(command: Command) -> Command:
    """Return a command as it may be kept."""
    if isinstance(command, ChangeConfiguration) and is_secret(command.key):
        return replace(command, value=MASK)
    return command


def result_without_secrets(result: CommandResult) -> CommandResult:
    """Return a result as it may be kept and shown."""
    if not isinstance(result, Accepted) or not any(
        is_secret(entry.key) and entry.value for entry in result.configuration
    ):
        return result
    return replace(
        result,
        configuration=tuple(
            replace(entry, value=MASK) if is_secret(entry.key) and entry.value else entry
            for entry in result.configuration
        ),
    )
