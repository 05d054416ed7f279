"""Frames against the library that shakes hands: whatever comes, both read the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from ocpp_core.csms import frames
from ocpp_core.csms.frames import Frames, Received

LIMIT = 70_000
CONTROL = (Opcode.PING, Opcode.PONG, Opcode.CLOSE)


@dataclass(frozen=True)
class Heard:
    """What a reader made of some bytes."""

    received: list[Received]
    broken: int | None
    """Close code that the peer's fault is answered with."""


def masked(first: int, content: bytes, *, mask: bytes = b"\1\2\3\4", width: int = 0) -> bytes:
    """A frame as a client sends it; `width` spells the length longer than it needs to be."""
    length = len(content)
    if length < 126 and width == 0:
        head = bytes((first, 0x80 | length))
    elif length < 1 << 16 and width <= 2:
        head = bytes((first, 0xFE)) + length.to_bytes(2)
    else:
        head = bytes((first, 0xFF)) + length.to_bytes(8)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(content))


def heard(chunks: Iterable[bytes], extensions: Iterable[Extension] = ()) -> Heard:
    reader = Frames(LIMIT, tuple(extensions))
    received = [item for chunk in chunks for item in reader.receive(chunk)]
    if reader.error is None:
        return Heard(received, None)
    assert (frames.BROKEN, b"") == received[-1]
    return Heard(received[:-1], int(reader.error.code))


def heard_by_the_library(data: bytes) -> Heard:
    library = ServerProtocol(state=OPEN, max_size=LIMIT)
    library.receive_data(data)
    received: list[Received] = []
    opcode, partial = Opcode.TEXT, b""
    for frame in library.events_received():
        assert isinstance(frame, Frame)
        if frame.opcode in CONTROL:
            received.append((int(frame.opcode), bytes(frame.data)))
            continue
        if frame.opcode is not Opcode.CONT:
            opcode, partial = frame.opcode, b""
        partial += bytes(frame.data)
        if frame.fin:
            received.append((int(opcode), partial))
    if library.parser_exc is None:
        return Heard(received, None)
    assert library.close_sent is not None
    return Heard(received, int(library.close_sent.code))


def split(data: bytes, at: Iterable[int]) -> list[bytes]:
    cuts = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(cuts)]


MASKS = st.binary(min_size=4, max_size=4)
CONTENT = st.binary(max_size=300) | st.integers(65_500, 65_600).map(bytes)


@st.composite
def pings(draw: st.DrawFn) -> bytes:
    opcode = draw(st.sampled_from([frames.PING, frames.PONG]))
    return masked(0x80 | opcode, draw(st.binary(max_size=125)), mask=draw(MASKS))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message in one to four frames with control frames in between."""
    parts = draw(st.lists(CONTENT, min_size=1, max_size=4))
    opcode = draw(st.sampled_from([frames.TEXT, frames.BINARY]))
    written = b""
    for number, part in enumerate(parts):
        first = (opcode if number == 0 else frames.CONTINUATION) | (
            0x80 if number == len(parts) - 1 else 0
        )
        width = draw(st.sampled_from([0, 0, 0, 2, 8]))
        written += masked(first, part, mask=draw(MASKS), width=width)
        written += b"".join(draw(st.lists(pings(), max_size=1)))
    return written


CLOSES = st.sampled_from(
    [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x03", b"\x03\xed", b"\x0f\xa0", b"\x03\xe8\xff"]
).map(lambda content: masked(0x80 | frames.CLOSE, content))
LEGAL = st.lists(messages() | pings(), max_size=5).map(b"".join)
ANYTHING = st.builds(
    lambda before, first, content, after: before + masked(first, content) + after,
    LEGAL,
    st.integers(0, 255),
    CONTENT,
    LEGAL | CLOSES | st.binary(max_size=20),
)
CUTS = st.lists(st.integers(0, 400_000), max_size=8)


@given(LEGAL, CUTS)
@settings(deadline=None)
def test_any_split_of_the_bytes_gives_the_same_messages(data: bytes, cuts: list[int]) -> None:
    assert heard_by_the_library(data) == heard(split(data, cuts))


@given(st.binary(max_size=60).map(lambda content: masked(0x81, content)) | ANYTHING, CUTS)
@example(masked(0xC1, b"reserved"), [])
@example(masked(0x83, b"no opcode"), [])
@example(masked(0x89, bytes(126)), [])
@example(masked(0x09, b"fragmented ping"), [])
@example(b"\x81\x05hello", [])
@example(b"\x81\x7e", [])
@example(b"\x83\xfe", [])
@example(masked(0x01, b"a") + masked(0x81, b"b"), [])
@example(masked(0x80, b"no start"), [])
@example(masked(0x01, bytes(LIMIT)) + masked(0x80, b"b"), [])
@example(masked(0x01, b"a") + masked(0x88, b"\x03\xe8"), [])
@example(masked(0x88, b"\x03\xe8") + masked(0x81, b"late"), [3])
@settings(deadline=None)
def test_whatever_comes_the_library_reads_the_same(data: bytes, cuts: list[int]) -> None:
    assert heard_by_the_library(data) == heard(split(data, cuts))


@given(LEGAL, st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=4), CUTS)
@settings(deadline=None)
def test_mutated_frames_are_read_as_the_library_reads_them(
    data: bytes, changes: list[tuple[int, int]], cuts: list[int]
) -> None:
    mutated = bytearray(data)
    for at, byte in changes:
        if mutated:
            mutated[at % len(mutated)] = byte

    assert heard_by_the_library(bytes(mutated)) == heard(split(bytes(mutated), cuts))


@given(CLOSES, LEGAL, CUTS)
def test_nothing_is_read_after_a_close(close: bytes, after: bytes, cuts: list[int]) -> None:
    assert heard([close]) == heard(split(close + after, cuts))


def test_a_message_above_the_limit_is_refused_before_it_is_here() -> None:
    announced = b"\x81\xff" + (1 << 40).to_bytes(8)

    assert Heard([], CloseCode.MESSAGE_TOO_BIG) == heard([announced])


def test_a_message_in_many_pieces_is_refused_at_the_limit() -> None:
    pieces = [masked(0x01, bytes(1000)), *(masked(0x00, bytes(1000)) for _ in range(80))]

    assert Heard([], CloseCode.MESSAGE_TOO_BIG) == heard(pieces)


def test_bytes_one_by_one_are_looked_at_only_when_a_frame_can_be_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = 0
    read = Frames._read

    def counted(self: Frames, data: bytes, received: list[Received]) -> int:
        nonlocal looks
        looks += 1
        return read(self, data, received)

    monkeypatch.setattr(Frames, "_read", counted)
    data = masked(0x81, bytes(60_000))

    assert Heard([(frames.TEXT, bytes(60_000))], None) == heard(
        data[at : at + 1] for at in range(len(data))
    )
    assert looks <= 4


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536])
def test_what_we_write_is_what_the_library_writes(length: int) -> None:
    content = b"x" * length

    assert Frame(Opcode.TEXT, content).serialize(mask=False) == Frames(LIMIT).text(content)


@pytest.mark.parametrize("opcode", CONTROL)
def test_control_frames_are_what_the_library_writes(opcode: Opcode) -> None:
    content = frames.close_content(CloseCode.GOING_AWAY, "the server stops")

    assert Frame(opcode, content).serialize(mask=False) == frames.control_frame(
        int(opcode), content
    )


def test_a_frame_that_breaks_off_anywhere_is_waited_for() -> None:
    data = masked(0x81, bytes(300))

    for cut in range(len(data)):
        assert Heard([(frames.TEXT, bytes(300))], None) == heard([data[:cut], data[cut:]])


def test_the_reason_of_a_close_is_cut_to_what_fits() -> None:
    content = frames.close_content(CloseCode.NORMAL_CLOSURE, "ü" * 200)

    assert b"\x03\xe8" + "ü".encode() * 61 == content


# permessage-deflate ---------------------------------------------------------------------------


def deflate() -> PerMessageDeflate:
    return PerMessageDeflate(
        remote_no_context_takeover=False,
        local_no_context_takeover=False,
        remote_max_window_bits=15,
        local_max_window_bits=15,
    )


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4), CUTS)
def test_compressed_messages_are_read(texts: list[bytes], cuts: list[int]) -> None:
    charger = deflate()
    data = b"".join(
        Frame(Opcode.TEXT, text).serialize(mask=True, extensions=[charger]) for text in texts
    )

    assert Heard([(frames.TEXT, text) for text in texts], None) == heard(
        split(data, cuts), [deflate()]
    )


def test_what_we_compress_the_library_reads() -> None:
    wire = Frames(LIMIT, (deflate(),)).text(b"hello" * 100)
    frame = Frame(Opcode.TEXT, wire[2:], rsv1=True)

    assert 0xC1 == wire[0]
    assert b"hello" * 100 == bytes(deflate().decode(frame).data)


def test_a_small_frame_that_unpacks_beyond_the_limit_is_refused() -> None:
    bomb = Frame(Opcode.TEXT, bytes(LIMIT + 1)).serialize(mask=True, extensions=[deflate()])

    assert len(bomb) < 1000
    assert Heard([], CloseCode.MESSAGE_TOO_BIG) == heard([bomb], [deflate()])


def test_garbage_in_place_of_compressed_data_is_refused() -> None:
    assert Heard([], CloseCode.PROTOCOL_ERROR) == heard([masked(0xC1, b"\xff\xff")], [deflate()])


def test_reserved_bits_beside_compression_are_refused() -> None:
    assert Heard([], CloseCode.PROTOCOL_ERROR) == heard([masked(0xA1, b"x")], [deflate()])
