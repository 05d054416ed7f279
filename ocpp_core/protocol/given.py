"""Our own answers, read back from how they were written: the part that tables depend on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ocpp_core.domain.events import (
    AuthorizationAsked,
    AuthorizationReply,
    AuthorizationStatus,
    Booted,
    BootReply,
    BootStatus,
    CertificateRequested,
    ChargingNeedsNotified,
    DomainEvent,
    EmptyReply,
    Reply,
    SessionStarted,
    SessionUpdated,
    StartReply,
    TokenState,
    UpdateReply,
    WordReply,
)
from ocpp_core.domain.ids import UNRESOLVED, TransactionId

_EMPTY = EmptyReply()
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Answer(msgspec.Struct, array_like=True, frozen=True):
    type: int
    message_id: str
    payload: dict[str, Any]


_read = msgspec.json.Decoder(_Answer).decode


def given_reply(event: DomainEvent, answer: str | None) -> Reply:
    """Read back what `answer`, a CALLRESULT of ours, said to `event`, as far as tables tell it.

    The number of a transaction is UNRESOLVED where the version does not say it (OCPP 2.x); what
    was said of a token that nobody presented is Accepted.
    """
    if answer is None:
        return _EMPTY
    match event:
        case SessionStarted():
            payload = _read(answer).payload
            return StartReply(
                transaction_id=TransactionId(payload.get("transactionId", UNRESOLVED)),
                token=_token(payload) or TokenState(status=AuthorizationStatus.ACCEPTED),
            )
        case SessionUpdated():
            if event.id_token is None:
                return _EMPTY
            return UpdateReply(token=_token(_read(answer).payload))
        case AuthorizationAsked():
            payload = _read(answer).payload
            return AuthorizationReply(
                token=_token(payload) or TokenState(status=AuthorizationStatus.ACCEPTED),
                gives_back=any("BPT" in word for word in payload.get("allowedEnergyTransfer", ())),
            )
        case Booted():
            payload = _read(answer).payload
            return BootReply(
                status=BootStatus(payload["status"]),
                at=_NEVER,
                heartbeat_interval_s=payload["interval"],
            )
        case CertificateRequested() | ChargingNeedsNotified():
            payload = _read(answer).payload
            info = payload.get("statusInfo", {})
            return WordReply(
                status=payload["status"],
                reason=info.get("additionalInfo") or info.get("reasonCode", ""),
            )
        case _:
            return _EMPTY


def _token(payload: dict[str, Any]) -> TokenState | None:
    # idTagInfo in OCPP 1.6, idTokenInfo in 2.x; the words are the same as far as 1.6 has them.
    info = payload.get("idTokenInfo") or payload.get("idTagInfo")
    return None if info is None else TokenState(status=AuthorizationStatus(info["status"]))
