"""What a simulated charger notices that the server does wrong, against the JSON schemas of OCPP.

The schemas are the ones that the `ocpp` package ships; nothing else is shared with the server.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib import resources

import jsonschema_rs

from ocpp_core.sim.dialect import Version
from ocpp_core.sim.wire import Payload

_FOLDERS = {Version.V16: "v16", Version.V201: "v201", Version.V21: "v21"}
_MOST_ERRORS = 3
"""Errors told of one payload."""
_LONGEST_WORDS = 200
_ID_CHARACTERS = 36

_CODES_2 = frozenset({
    "FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented",
    "NotSupported", "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError",
    "RpcFrameworkError", "SecurityError", "TypeConstraintViolation",
})  # fmt: skip
_CODES_16 = frozenset({
    "FormationViolation", "FormatViolation", "GenericError", "InternalError", "NotImplemented",
    "NotSupported", "OccurenceConstraintViolation", "OccurrenceConstraintViolation",
    "PropertyConstraintViolation", "ProtocolError", "SecurityError", "TypeConstraintViolation",
})  # fmt: skip
"""1.6-J section 4.2.3 with both spellings of its errata."""


class Witness:
    """Counts breaches by their words; one witness may hear of many chargers of one version."""

    def __init__(self, version: Version, violations: Counter[str]) -> None:
        self._version = version
        self._violations = violations
        self._codes = _CODES_16 if version is Version.V16 else _CODES_2

    def call(self, action: str, message_id: str, payload: Payload) -> None:
        """Look at a CALL of the server."""
        if not 0 < len(message_id) <= _ID_CHARACTERS:
            self._note(f"{action}: the message id has {len(message_id)} characters, 1 to 36 fit")
        self._check(action, action, payload)

    def crossed(self, action: str, waiting: str) -> None:
        """Hear of a CALL that came before the last one was answered (OCPP-J section 4.1.1)."""
        self._note(f"{action}: sent before {waiting} was answered")

    def repeated(self, action: str) -> None:
        """Hear of a CALL under an id that the server had used before."""
        self._note(f"{action}: its message id was used before")

    def answer(self, action: str, payload: Payload) -> None:
        """Look at the CALLRESULT to a CALL of the charger."""
        self._check(f"answer to {action}", f"{action}Response", payload)

    def error(self, action: str, code: str) -> None:
        """Look at the CALLERROR to a CALL of the charger."""
        if code not in self._codes:
            self._note(f"answer to {action}: {code[:40]!r} is no error code of this version")

    def unreadable(self) -> None:
        """Hear of a frame that is no OCPP message."""
        self._note("a frame that is no OCPP message")

    def _check(self, subject: str, schema: str, payload: Payload) -> None:
        validator = _validator(schema, self._version)
        if validator is None:
            self._note(f"{subject}: no such message in {self._version}")
            return
        for number, error in enumerate(validator.iter_errors(payload)):
            if number == _MOST_ERRORS:
                break
            # Numbers of list items would make one breach look like many.
            place = ".".join("*" if isinstance(p, int) else str(p) for p in error.instance_path)
            self._note(
                f"{subject}: {place}: {error.message}" if place else f"{subject}: {error.message}"
            )

    def _note(self, words: str) -> None:
        self._violations[f"{self._version.value} {words}"[:_LONGEST_WORDS]] += 1


@cache
def _validator(name: str, version: Version) -> jsonschema_rs.Validator | None:
    suffix = "" if version is Version.V16 or name.endswith("Response") else "Request"
    file = resources.files(f"ocpp.{_FOLDERS[version]}") / "schemas" / f"{name}{suffix}.json"
    if not name.isalnum() or not file.is_file():
        return None
    return jsonschema_rs.validator_for(json.loads(file.read_text("utf-8-sig")))
