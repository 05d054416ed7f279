"""Faults on the wire: answers that are lost, messages sent twice, frames that are none."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable

from ocpp_core.sim import faults
from ocpp_core.sim.faults import (
    BacklogFlood,
    DeafToPings,
    DuplicatedStatus,
    Faults,
    LostAnswers,
    MalformedFrames,
    NeverAnswers,
    NewIdOnRetry,
    RepeatedMessages,
    SlowAnswers,
    WrongTransactionId,
)


class Mischief:
    """Decides, message by message, what goes wrong; `count` hears of each thing that did."""

    def __init__(self, given: Faults, *, seed: str, count: Callable[[str], object]) -> None:
        self._faults = given
        self._count = count
        self._random = random.Random(f"{seed}/mischief")  # noqa: S311 - repeatable, no secret
        self._calls: Counter[str] = Counter()
        self._shape = 0
        self.deaf = faults.has(given, DeafToPings)
        """Whether pings are not answered."""
        self.floods = faults.has(given, BacklogFlood)
        """Whether a backlog is sent without waiting."""
        self.renames_retries = faults.has(given, NewIdOnRetry)
        """Whether a message that is sent again gets a new id."""

    def loses_answer(self, action: str) -> bool:
        """Tell whether the answer to this CALL of the charger is lost."""
        return any(
            self._happens(fault.kind, fault.share)
            for fault in faults.of(self._faults, LostAnswers)
            if not fault.actions or action in fault.actions
        )

    def repeats(self, action: str) -> RepeatedMessages | None:
        """Return how this CALL, which was answered, is sent again; None: it is not."""
        for fault in faults.of(self._faults, RepeatedMessages):
            concerned = not fault.actions or action in fault.actions
            if concerned and self._happens(fault.kind, fault.share):
                return fault
        if action == "StatusNotification":
            for status in faults.of(self._faults, DuplicatedStatus):
                if self._happens(status.kind, status.share):
                    return RepeatedMessages(new_id=True)
        return None

    def junk(self) -> bytes | None:
        """Return a frame to send before the next CALL, which is no OCPP message."""
        for fault in faults.of(self._faults, MalformedFrames):
            self._calls[fault.kind] += 1
            if self._calls[fault.kind] % fault.every == 0:
                shape = fault.shapes[self._shape % len(fault.shapes)]
                self._shape += 1
                self._count(fault.kind)
                return _JUNK[shape](fault.large_bytes)
        return None

    def silent(self, action: str) -> bool:
        """Tell whether this CALL of the server gets no answer."""
        for fault in faults.of(self._faults, NeverAnswers):
            if action in fault.actions:
                self._count(fault.kind)
                return True
        return False

    def delay_s(self, action: str) -> float:
        """Return how much later this CALL of the server is answered, s of the wall clock."""
        delay_s = 0.0
        for fault in faults.of(self._faults, SlowAnswers):
            if not fault.actions or action in fault.actions:
                self._count(fault.kind)
                delay_s += fault.seconds
        return delay_s

    def twisted(self, action: str, payload: dict[str, object]) -> dict[str, object]:
        """Return what is sent instead of a payload."""
        if action == "StopTransaction":
            for fault in faults.of(self._faults, WrongTransactionId):
                if self._happens(fault.kind, fault.share):
                    return {**payload, "transactionId": fault.number}
        return payload

    def _happens(self, kind: str, share: float) -> bool:
        happens = self._random.random() < share
        if happens:
            self._count(kind)
        return happens


_JUNK: dict[str, Callable[[int], bytes]] = {
    "broken": lambda _: b"[,{",
    "truncated": lambda _: b'[2,"truncated-1","MeterValues",{"connectorId":1,"meterV',
    "not-utf8": lambda _: b'[2,"not-utf8-1","DataTransfer",{"vendorId":"\xff\xfe\xfa"}]',
    "too-large": lambda size: json.dumps(
        [2, "too-large-1", "DataTransfer", {"vendorId": "big", "data": "x" * size}]
    ).encode(),
}

SHAPES = tuple(_JUNK)
"""Shapes of malformed frames."""
