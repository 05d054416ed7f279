"""Frames of a WebSocket after its handshake, server side, without I/O (RFC 6455 section 5).

The library behind the handshake parses frames too, one generator step after another; here a whole
frame that came in one piece, which is nearly every one, is read at once. Why: docs/decisions/0013.
"""

from __future__ import annotations

from collections.abc import Sequence

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import Close, CloseCode, Frame, Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform that the library is not compiled for
    from websockets.utils import apply_mask

TEXT, BINARY, CONTINUATION = int(Opcode.TEXT), int(Opcode.BINARY), int(Opcode.CONT)
CLOSE, PING, PONG = int(Opcode.CLOSE), int(Opcode.PING), int(Opcode.PONG)
BROKEN = 0x10
"""No opcode: the peer broke the protocol, see `Frames.error`."""

_FINAL, _RESERVED, _OPCODE = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
_OPCODES = frozenset((TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG))
_FINAL_TEXT = _FINAL | TEXT
_USUAL = bytes((_FINAL_TEXT, _MASKED | 126))
_CONTROL_BYTES = 125
"""Most that a control frame may carry (section 5.5)."""

type Received = tuple[int, bytes]
"""A whole message, a control frame or BROKEN: opcode and content."""


class FrameError(Exception):
    """The peer broke the protocol: the connection cannot go on."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Frames:
    """Bytes in, messages out; how the bytes were split over reads makes no difference."""

    __slots__ = (
        "_buffer", "_extensions", "_limit", "_needed", "_opcode", "_over", "_partial", "error",
    )  # fmt: skip

    def __init__(self, limit_bytes: int, extensions: Sequence[Extension] = ()) -> None:
        self._limit = limit_bytes
        self._extensions = extensions
        self._buffer = bytearray()
        """The start of a frame."""
        self._needed = 0
        """With fewer bytes than that there is nothing to be done."""
        self._partial: bytearray | None = None
        """The start of a message in several frames."""
        self._opcode = TEXT
        """What that message is."""
        self._over = False
        """A close frame or an error came: nothing is read any more."""
        self.error: FrameError | None = None

    def receive(self, data: bytes) -> list[Received]:
        """Take bytes and return what is whole now; nothing after a close frame or an error."""
        if (
            len(data) > 8
            and data.startswith(_USUAL)
            and len(data) == 8 + (length := data[2] << 8 | data[3])
            and length <= self._limit
            and not (self._buffer or self._over or self._partial is not None)
        ):
            # One text of 126 bytes to 64 KiB and nothing else: 0.6 us instead of 0.9.
            return [(TEXT, apply_mask(data[8:], data[4:8]))]
        if self._over:
            return []
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        received: list[Received] = []
        try:
            rest = self._read(data, received)
        except FrameError as error:
            self._over, self.error = True, error
            received.append((BROKEN, b""))
            return received
        if rest < len(data) and not self._over:
            self._buffer += data[rest:]
        return received

    def text(self, content: bytes) -> bytes:
        """Return a message of ours as a frame."""
        if self._extensions:
            return Frame(Opcode.TEXT, content).serialize(mask=False, extensions=self._extensions)
        length = len(content)
        # Nearly every answer is short: 0.1 us instead of 2.
        return (_SHORT[length] if length < 126 else _head(TEXT, length)) + content

    def _read(self, data: bytes, received: list[Received]) -> int:
        """Read every whole frame; return where the first one begins that is not whole."""
        at, end = 0, len(data)
        while True:
            self._needed = 2
            if end - at < 2:
                return at
            first, second = data[at], data[at + 1]
            if first != _FINAL_TEXT and first & _OPCODE not in _OPCODES:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "invalid opcode")
            if second < _MASKED:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "incorrect masking")
            length = second & _LENGTH
            body = at + 6
            if length > _CONTROL_BYTES:
                width = 2 if length == 126 else 8
                self._needed = 2 + width
                if end - at < 2 + width:
                    return at
                length = int.from_bytes(data[at + 2 : at + 2 + width])
                body += width
            room = self._limit - len(self._partial) if self._partial is not None else self._limit
            if length > room:
                raise FrameError(
                    CloseCode.MESSAGE_TOO_BIG, f"{length} bytes are more than the {room} left"
                )
            stop = body + length
            if stop > end:
                self._needed = stop - at
                return at
            content = apply_mask(data[body:stop], data[body - 4 : body])
            at = stop
            if first == _FINAL_TEXT and self._partial is None:
                received.append((TEXT, content))
            else:
                self._take(first, content, room, received)
                if self._over:
                    return at

    def _take(self, first: int, content: bytes, room: int, received: list[Received]) -> None:
        """Take a frame that is no whole text by itself."""
        opcode, final = first & _OPCODE, first >= _FINAL
        if self._extensions:
            final, content = self._unpacked(first, content, room)
        elif first & _RESERVED:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "reserved bits must be 0")
        if opcode in (TEXT, BINARY):
            if self._partial is not None:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "expected a continuation frame")
            if final:
                received.append((opcode, content))
            else:
                self._opcode, self._partial = opcode, bytearray(content)
        elif opcode == CONTINUATION:
            if self._partial is None:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "unexpected continuation frame")
            self._partial += content
            if final:
                received.append((self._opcode, bytes(self._partial)))
                self._partial = None
        else:
            if len(content) > _CONTROL_BYTES:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "control frame too long")
            if not final:
                raise FrameError(CloseCode.PROTOCOL_ERROR, "fragmented control frame")
            if opcode == CLOSE:
                _check_close(content)
                if self._partial is not None:
                    raise FrameError(CloseCode.PROTOCOL_ERROR, "incomplete fragmented message")
                self._over = True
            received.append((opcode, content))

    def _unpacked(self, first: int, content: bytes, room: int) -> tuple[bool, bytes]:
        """Undo what the extensions did to a frame."""
        try:
            frame = Frame(
                Opcode(first & _OPCODE),
                content,
                fin=bool(first & _FINAL),
                rsv1=bool(first & 0x40),
                rsv2=bool(first & 0x20),
                rsv3=bool(first & 0x10),
            )
            for extension in reversed(self._extensions):
                frame = extension.decode(frame, max_size=room)
            frame.check()
        except PayloadTooBig as error:
            raise FrameError(CloseCode.MESSAGE_TOO_BIG, str(error)) from None
        except (ProtocolError, ValueError) as error:
            raise FrameError(CloseCode.PROTOCOL_ERROR, str(error)) from None
        return frame.fin, bytes(frame.data)


_SHORT = [bytes((_FINAL_TEXT, length)) for length in range(126)]


def control_frame(opcode: int, content: bytes = b"") -> bytes:
    """Return a ping, a pong or a close."""
    return _head(opcode, len(content)) + content


def close_content(code: CloseCode, reason: str) -> bytes:
    """Return what a close frame carries; the reason is cut to what fits."""
    cut = reason.encode()[: _CONTROL_BYTES - 2].decode(errors="ignore")
    return Close(code, cut).serialize()


def close_words(content: bytes) -> str:
    """Say what a close frame carries, for a log."""
    return str(Close.parse(content))


def _head(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((_FINAL | opcode, length))
    if length < 1 << 16:
        return bytes((_FINAL | opcode, 126)) + length.to_bytes(2)
    return bytes((_FINAL | opcode, 127)) + length.to_bytes(8)


def _check_close(content: bytes) -> None:
    try:
        Close.parse(content)
    except ProtocolError as error:
        raise FrameError(CloseCode.PROTOCOL_ERROR, str(error)) from None
    except UnicodeDecodeError as error:
        raise FrameError(
            CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}"
        ) from None
