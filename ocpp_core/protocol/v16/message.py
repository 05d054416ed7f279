"""What messages of OCPP 1.6 are made of."""

from __future__ import annotations

from ocpp_core.protocol.message import (
    Answer,
    Choice,
    ConnectorNumber,
    Inbound,
    Int32,
    Int64,
    Outbound,
    StatusAnswer,
    Wire,
    encode,
    result_of_word,
    to_wire,
)

__all__ = [
    "Answer",
    "Choice",
    "ConnectorNumber",
    "Inbound",
    "Int32",
    "Int64",
    "Outbound",
    "StatusAnswer",
    "Wire",
    "encode",
    "result_of_word",
    "to_wire",
]
