"""The charger's end of a WebSocket, as little of it as a load needs (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = base64.b64encode(b"ampherd load 000")
ACCEPT = base64.b64encode(hashlib.sha1(_KEY + _MAGIC, usedforsecurity=False).digest()).decode()
"""What a server answers to our key; the key says nothing, so all stations share it."""

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_NO_MASK = bytes(4)
"""A legal mask that changes nothing: a server unmasks all the same, and we need not mask."""


def request(
    host: str, port: int, path: str, subprotocol: str, name: str, password: str | None
) -> bytes:
    """Return the handshake."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {f'[{host}]' if ':' in host else host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {_KEY.decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {subprotocol}",
    ]
    if password is not None:
        credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
        lines.append(f"Authorization: Basic {credentials}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def refusal_of(head: bytes, subprotocol: str) -> str | None:
    """Say why a response is no consent, or None."""
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().casefold(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    words = status.split(" ", 2)
    if words[1:2] != ["101"]:
        return f"HTTP {' '.join(words[1:])}" if len(words) > 1 else "no HTTP response"
    if headers.get("sec-websocket-accept") != ACCEPT:
        return "the handshake was answered wrongly"
    if headers.get("sec-websocket-protocol") != subprotocol:
        return f"the server does not speak {subprotocol}"
    return None


def frame(opcode: int, content: bytes) -> bytes:
    """Return a frame as a charger sends it."""
    length = len(content)
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    elif length < 1 << 16:
        head = bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2)
    else:
        head = bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8)
    return head + _NO_MASK + content


class Reader:
    """A server's bytes to its messages; it is trusted to send no nonsense."""

    __slots__ = ("_buffer", "_opcode", "_partial")

    def __init__(self) -> None:
        self._buffer = b""
        self._partial = b""
        self._opcode = TEXT

    def receive(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return what is whole now: opcode and content."""
        if self._buffer:
            data = self._buffer + data
        received: list[tuple[int, bytes]] = []
        at, end = 0, len(data)
        while end - at >= 2:
            first, length = data[at], data[at + 1]
            body = at + 2
            if length >= 126:
                width = 2 if length == 126 else 8
                body += width
                if body > end:
                    break
                length = int.from_bytes(data[at + 2 : body])
            if body + length > end:
                break
            at = body + length
            content = data[body:at]
            opcode = first & 0x0F
            if opcode >= CLOSE:
                received.append((opcode, content))
                continue
            if opcode:
                self._opcode = opcode
            if first < 0x80:
                self._partial += content
            else:
                received.append((self._opcode, self._partial + content))
                self._partial = b""
        self._buffer = data[at:]
        return received
