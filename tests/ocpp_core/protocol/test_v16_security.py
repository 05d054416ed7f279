"""Messages of the 1.6 security whitepaper that chargers send."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ocpp_core.domain.events import (
    CertificateRequested,
    DomainEvent,
    EmptyReply,
    Reply,
    SecurityEventReported,
    Transfer,
    TransferStatusChanged,
    WordReply,
)
from ocpp_core.domain.ids import MessageId
from ocpp_core.protocol.envelope import Call
from ocpp_core.protocol.translator import Decoded
from ocpp_core.protocol.versions import translator_for

V16 = translator_for("ocpp1.6")
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def decoded(action: str, payload: object) -> Decoded:
    raw = msgspec.Raw(json.dumps(payload).encode())
    meaning = V16.decode(Call(MessageId("m1"), action, raw), NOW)
    assert isinstance(meaning, Decoded), meaning
    return meaning


@pytest.mark.parametrize(
    ("action", "payload", "event", "reply", "answer"),
    [
        (
            "SecurityEventNotification",
            {"type": "TamperDetectionActivated", "timestamp": "2026-03-01T10:00:00Z"},
            SecurityEventReported(kind="TamperDetectionActivated", at=TEN),
            EmptyReply(),
            {},
        ),
        (
            "SecurityEventNotification",
            {"type": "Own", "timestamp": "2026-03-01T10:00:00Z", "techInfo": "door"},
            SecurityEventReported(kind="Own", at=TEN, info="door"),
            EmptyReply(),
            {},
        ),
        (
            "LogStatusNotification",
            {"status": "Uploading", "requestId": 5},
            TransferStatusChanged(transfer=Transfer.LOG, status="Uploading", request_id=5),
            EmptyReply(),
            {},
        ),
        (
            "LogStatusNotification",
            {"status": "Idle"},
            TransferStatusChanged(transfer=Transfer.LOG, status="Idle"),
            EmptyReply(),
            {},
        ),
        (
            "SignedFirmwareStatusNotification",
            {"status": "SignatureVerified", "requestId": 5},
            TransferStatusChanged(
                transfer=Transfer.FIRMWARE, status="SignatureVerified", request_id=5
            ),
            EmptyReply(),
            {},
        ),
        (
            "SignCertificate",
            {"csr": "PEM"},
            CertificateRequested(csr_pem="PEM"),
            WordReply(status="Rejected", reason="no authority"),
            {"status": "Rejected"},
        ),
    ],
)
def test_a_message_as_specified_is_read_and_answered_without_a_finding(
    action: str, payload: object, event: DomainEvent, reply: Reply, answer: object
) -> None:
    meaning = decoded(action, payload)

    assert (event, ()) == (meaning.event, meaning.findings)
    assert answer == json.loads(V16.encode_reply(action, reply))


@pytest.mark.parametrize("action", ["LogStatusNotification", "SignedFirmwareStatusNotification"])
def test_a_word_that_is_not_known_is_kept(action: str) -> None:
    meaning = decoded(action, {"status": "Dancing", "requestId": "5"})

    assert isinstance(meaning.event, TransferStatusChanged)
    assert ("Dancing", 5) == (meaning.event.status, meaning.event.request_id)


def test_a_word_in_another_spelling_is_read_with_a_finding() -> None:
    meaning = decoded("LogStatusNotification", {"status": "uploaded", "x": 1})

    assert isinstance(meaning.event, TransferStatusChanged)
    assert "Uploaded" == meaning.event.status
    assert meaning.findings


def test_a_security_event_without_a_time_that_counts_is_kept() -> None:
    event = decoded("SecurityEventNotification", {"type": "x" * 60, "timestamp": "now"}).event

    assert SecurityEventReported(kind="x" * 60, at=NOW) == event
