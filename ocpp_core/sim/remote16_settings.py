"""Configuration keys by order of a 1.6 server (OCPP 1.6 sections 5.3 and 5.8)."""

from __future__ import annotations

from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.keys import KeyChange
from ocpp_core.sim.replies16 import REJECTED, said
from ocpp_core.sim.wire import Payload, Reply

_WRITE_ONLY = "AuthorizationKey"
"""The password, hexadecimal, 16 to 20 bytes (1.6 security whitepaper)."""


def change(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer ChangeConfiguration; a new password counts from the next connection on."""
    name, value = str(payload["key"]), str(payload["value"])
    if name == _WRITE_ONLY:
        try:
            secret = bytes.fromhex(value)
        except ValueError:
            return REJECTED
        if not 16 <= len(secret) <= 20:
            return REJECTED
        return said("Accepted", then=lambda: charger.terminal.link.use_password(secret))
    changed = charger.keys.change(name, value)
    return said(changed.value, then=charger.keys_changed if changed is KeyChange.ACCEPTED else None)


def read(charger: ChargerBody, payload: Payload) -> Reply:
    """Answer GetConfiguration."""
    names = [str(name) for name in payload.get("key") or charger.keys.names()]
    known = [name for name in names if name in charger.keys]
    body: Payload = {
        "configurationKey": [
            {
                "key": name,
                "readonly": charger.keys.is_readonly(name),
                "value": charger.keys.text(name),
            }
            for name in known
        ]
    }
    unknown = [name for name in names if name not in charger.keys]
    if unknown:
        body["unknownKey"] = unknown
    return Reply(body)
