"""Which settings of a charger are secret: they are never kept, only that there was one.

Chargers report and take passwords, PINs and keys among their settings, also under names of their
own (`G_CardPin`), so the name's end decides.
"""

from __future__ import annotations

MASK = "***"
"""Stands for a secret wherever one would have been kept."""

_SECRET_ENDS = ("key", "passphrase", "password", "pin", "psk", "pwd", "secret", "token")


def is_secret(name: str) -> bool:
    """Tell whether the setting of this name holds a secret, e.g. `AuthorizationKey`."""
    return name.casefold().rstrip("0123456789[]_-. ").endswith(_SECRET_ENDS)
