"""Messages of DuckDB's quack protocol, as far as a gate before the server reads and writes them.

A message is a header and a body in DuckDB's binary serialisation: fields with a number of two
bytes, little endian, that end with FFFF; integers in base 128, texts with their length before
them. Of the body only the first text matters here (duckdb-quack, `quack_message.json`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

_END = b"\xff\xff"
_NO_QUERY = b"\xff" * 9 + b"\x01"
_LONGEST = 10


class WireError(ValueError):
    """These bytes are no message of the protocol."""


class Kind(IntEnum):
    """What a message is; the kinds that a reader needs."""

    CONNECT = 1
    CONNECTED = 2
    PREPARE = 3
    FETCH = 7
    DISCONNECT = 11
    ERROR = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message with what can be told of it."""

    kind: int
    """A `Kind`, or another number of the protocol."""
    connection_id: str
    """Empty before there is one."""
    raw: bytes
    body: int
    """Where the body begins."""

    def text(self) -> str:
        """Return the body's first text: the token of CONNECT, the statement of PREPARE."""
        return self._text()[0]

    def with_text(self, text: str) -> bytes:
        """Return the message with another first text."""
        _, start, end = self._text()
        encoded = text.encode()
        return self.raw[:start] + _number(len(encoded)) + encoded + self.raw[end:]

    def _text(self) -> tuple[str, int, int]:
        cursor = _Cursor(self.raw, self.body)
        if cursor.field() != 1:
            raise WireError("a message without its text")
        start = cursor.at
        return cursor.text(), start, cursor.at


def read(raw: bytes) -> Message:
    """Read the header of a message; raises WireError."""
    cursor = _Cursor(raw, 0)
    kind, connection_id = -1, ""
    while (field := cursor.field()) is not None:
        match field:
            case 1:
                kind = cursor.number()
            case 2:
                connection_id = cursor.text()
            case 3:
                cursor.number()
            case _:
                raise WireError(f"a header with a field {field}")
    if kind < 0:
        raise WireError("a header without a kind")
    return Message(kind=kind, connection_id=connection_id, raw=raw, body=cursor.at)


def error(words: str) -> bytes:
    """Return the answer that makes a client raise an error with `words`."""
    text = words.encode()
    header = b"\x01\x00" + bytes([Kind.ERROR]) + b"\x03\x00" + _NO_QUERY + _END
    return header + b"\x01\x00" + _number(len(text)) + text + _END


class _Cursor:
    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self.at = at

    def field(self) -> int | None:
        """Return the number of the next field; None at the end of an object."""
        found = self._take(2)
        return None if found == _END else int.from_bytes(found, "little")

    def number(self) -> int:
        value = shift = 0
        for _ in range(_LONGEST):
            (byte,) = self._take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
        raise WireError("a number without an end")

    def text(self) -> str:
        try:
            return self._take(self.number()).decode()
        except UnicodeDecodeError as error:
            raise WireError("a text that is not UTF-8") from error

    def _take(self, count: int) -> bytes:
        taken = self._raw[self.at : self.at + count]
        if len(taken) < count:
            raise WireError("a message that ends too early")
        self.at += count
        return taken


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
