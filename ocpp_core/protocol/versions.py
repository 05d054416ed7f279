"""Which OCPP versions we speak."""

from __future__ import annotations

from collections.abc import Iterable

from ocpp_core.protocol.translator import Translator
from ocpp_core.protocol.v16.translator import TRANSLATOR as V16
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201

_TRANSLATORS: dict[str, Translator] = {
    translator.subprotocol: translator for translator in (V16, V201, V21)
}

SUBPROTOCOLS = tuple(_TRANSLATORS)
"""What a charger may offer in its handshake."""


def translator_for(subprotocol: str) -> Translator:
    """Return the translator of a WebSocket subprotocol; KeyError when it is not spoken here."""
    return _TRANSLATORS[subprotocol]


def choose(offered: Iterable[str]) -> str | None:
    """Return the first subprotocol of the charger's list that we speak (1.6-J section 3.2)."""
    return next((name for name in offered if name in _TRANSLATORS), None)


def password_setting(subprotocol: str) -> str:
    """Return the setting that holds a charger's password.

    OCPP 1.6 has a key of hex digits (security whitepaper, A01), OCPP 2.x a variable of text.
    """
    if subprotocol == V16.subprotocol:
        return "AuthorizationKey"
    return "SecurityCtrlr.BasicAuthPassword"
