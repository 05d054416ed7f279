"""What a server answered, line by line, on disk before anything else happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import IO

import msgspec

from ocpp_core.sim.terminal import AnsweredCall


class Journal:
    """Writes one JSON line for each answered CALL, and flushes it."""

    def __init__(self, file: IO[bytes], now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now
        self._encode = msgspec.json.Encoder().encode

    def __call__(self, call: AnsweredCall) -> None:
        """Take note of an answered CALL."""
        line = {
            "at": self._now(),
            "charge_point_id": call.charge_point_id,
            "message_id": call.message_id,
            "action": call.action,
            "payload": call.payload,
            "answer": call.answer,
        }
        self._file.write(self._encode(line) + b"\n")
        self._file.flush()
