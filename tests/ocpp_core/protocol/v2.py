"""What tests of OCPP 2.0.1 and 2.1 share."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec

from ocpp_core.domain.events import DomainEvent
from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.envelope import Call
from ocpp_core.protocol.faults import Refusal
from ocpp_core.protocol.translator import Decoded
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
BOTH = [V201, V21]


def decode(version: Dialect, action: str, payload: object) -> Decoded | Refusal:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return version.decode(Call(MessageId("m1"), action, msgspec.Raw(raw)), NOW)


def taken(version: Dialect, action: str, payload: object) -> tuple[DomainEvent, tuple[str, ...]]:
    decoded = decode(version, action, payload)
    assert isinstance(decoded, Decoded), decoded
    return decoded.event, decoded.findings


def refused(version: Dialect, action: str, payload: object) -> Refusal:
    refusal = decode(version, action, payload)
    assert isinstance(refusal, Refusal), refusal
    return refusal
