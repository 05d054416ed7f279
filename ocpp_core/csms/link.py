"""One WebSocket connection under an asyncio protocol.

Callbacks only, no task for a connection and none for a message. `websockets` shakes hands, without
I/O; after that `frames` reads and writes. The link knows bytes, frames and life signs; what
messages mean is its host's affair.
"""

from __future__ import annotations

import asyncio
import http
import logging
import math
from functools import partial
from typing import Protocol, cast

from websockets.datastructures import MultipleValuesError
from websockets.exceptions import InvalidHeaderFormat
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from ocpp_core.csms import frames
from ocpp_core.csms.handshake import Admitted, TurnedAway, not_kept
from ocpp_core.csms.knock import Knock, knock_of, peer_of
from ocpp_core.csms.options import CentralSystemOptions
from ocpp_core.csms.proof import Proof
from ocpp_core.domain.ids import ChargePointId

_quiet = logging.getLogger("ocpp_core.csms.websocket")
"""The library tells every connection; our own lines say the same in our words."""
_quiet.setLevel(logging.WARNING)  # its lines for debugging hold headers and frames, secrets too

WRITE_BUFFER_BYTES = 256 * 1024
"""A peer that reads nothing is not read either, once this much waits for it."""

_WRITE = "write"
_ADMISSION = "admission"
_HEAD_ENDS = b"\r\n\r\n"


class Receiver(Protocol):
    """Who takes the messages of a link."""

    def received(self, link: Link, data: bytes) -> None:
        """Take a whole message."""
        ...


class LinkHost(Protocol):
    """Who a link reports to."""

    options: CentralSystemOptions

    def admit(self, knock: Knock) -> Admitted | TurnedAway:
        """Decide on a handshake."""
        ...

    def link_opened(self, link: Link, charge_point_id: ChargePointId) -> Receiver:
        """Take over a link that speaks a version we speak; return who takes its messages."""
        ...

    def link_closed(self, link: Link, reason: str) -> None:
        """Take note that an opened link is of no use any more; called once."""
        ...

    def oversized(self, link: Link) -> None:
        """Take note of a message above the limit; the link closes."""
        ...

    def handshake_ended(self, link: Link, outcome: Admitted | TurnedAway | None) -> None:
        """Take note of every handshake; None: it did not come in time."""
        ...

    def lost(self, link: Link) -> None:
        """Take note that the transport is gone, whatever was on it; called once."""
        ...


class Link(asyncio.Protocol):
    """One connection of one charger."""

    __slots__ = (
        "_deadline", "_early", "_frames", "_gone", "_handshake", "_head_end", "_host", "_loop",
        "_paused", "_receiver", "_said_goodbye", "_transport", "address", "charge_point_id",
        "last_ping_at", "last_seen_at", "pings", "ponged", "proof", "subprotocol",
    )  # fmt: skip

    def __init__(self, host: LinkHost, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._paused: set[str] = set()
        self._gone = True
        """Not opened yet, or of no use any more."""
        self._receiver: Receiver | None = None
        self.charge_point_id: ChargePointId | None = None
        self.subprotocol = ""
        self.address = ""
        self.proof: Proof | None = None
        """What was proved when the link was opened."""
        self.last_seen_at = loop.time()
        """When the last bytes came, in the loop's time."""
        self.last_ping_at = self.last_seen_at
        self.pings = 0
        """How often we asked for a sign of life."""
        self.ponged = False
        """The charger has answered a ping before."""
        self._handshake: ServerProtocol | None = ServerProtocol(
            # What it returns was decided by the host; the library only writes the header.
            select_subprotocol=lambda _, __: cast("Subprotocol | None", self._announced()),
            extensions=[ServerPerMessageDeflateFactory()] if host.options.compression else None,
            logger=_quiet,
        )
        """None as soon as it succeeded: it holds 4 KiB."""
        self._head_end = b""
        """The last bytes of the request so far, to see its end coming."""
        self._early: bytes | None = None
        """What came while the charger waits to be let in; None: it does not."""
        self._frames: frames.Frames | None = None
        self._said_goodbye = False
        """A close frame was sent."""

    # Of use to the host ------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Tell whether messages can be sent."""
        return not self._gone

    @property
    def is_kept_waiting(self) -> bool:
        """Tell whether we do not read, for another reason than that the peer does not either."""
        return bool(self._paused) and _WRITE not in self._paused

    def send(self, text: str) -> bool:
        """Send a message; False when the link is of no use any more."""
        if self._gone or self._frames is None:
            return False
        self._write(self._frames.text(text.encode()))
        return True

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self.is_open:
            self.last_ping_at = self._loop.time()
            self.pings += 1
            self._write(frames.control_frame(frames.PING))

    def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye; the peer has `close_timeout_s` to end the connection."""
        if self._frames is None:
            self.abort()
            return
        self._say_goodbye(frames.close_content(code, reason))
        self._detach(reason)
        self._expect_end()

    def abort(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self, why: str) -> None:
        """Stop reading; the peer is slowed down by TCP."""
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._paused.add(why)

    def resume_reading(self, why: str) -> None:
        """Read again when no other reason to pause is left."""
        if why not in self._paused:
            return
        self._paused.discard(why)
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self.last_seen_at = self._loop.time()
            self._transport.resume_reading()

    # asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._deadline = self._loop.call_later(
            self._host.options.handshake_timeout_s, self._handshake_late
        )

    def data_received(self, data: bytes) -> None:
        """Read what came and handle what is whole."""
        self.last_seen_at = self._loop.time()
        if self._early is not None:
            self._early += data
            return
        if self._frames is None:
            data = self._shake_hands(data)
        reader = self._frames
        if reader is None:
            return
        for opcode, content in reader.receive(data):
            if opcode <= frames.BINARY:
                if not self._gone and self._receiver is not None:
                    self._receiver.received(self, content)
            else:
                self._on_control(opcode, content)

    def eof_received(self) -> bool:
        """End the connection when the peer has."""
        if self._handshake is not None:
            self._handshake.receive_eof()
            self._flush(self._handshake)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the host."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._detach("connection lost" if exc is None else f"connection lost: {exc}")
        self._host.lost(self)
        self._transport = None

    def pause_writing(self) -> None:
        """Read nothing from a peer that reads nothing."""
        self.pause_reading(_WRITE)

    def resume_writing(self) -> None:
        """Read again."""
        self.resume_reading(_WRITE)

    # -------------------------------------------------------------------------------------------

    def _announced(self) -> str | None:
        return self.subprotocol or None

    def _shake_hands(self, data: bytes) -> bytes:
        """Feed the handshake its part; return what came behind it."""
        handshake = self._handshake
        if handshake is None:
            return b""
        seen = self._head_end + data
        end = seen.find(_HEAD_ENDS)
        taken = len(data) if end < 0 else end + len(_HEAD_ENDS) - len(self._head_end)
        self._head_end = seen[1 - len(_HEAD_ENDS) :]
        handshake.receive_data(data[:taken])
        self._flush(handshake)
        for event in handshake.events_received():
            if isinstance(event, Request):
                self._on_request(handshake, event)
        if self._early is not None:
            self._early += data[taken:]
            return b""
        return data[taken:]

    def _on_request(self, ws: ServerProtocol, request: Request) -> None:
        try:
            peer = peer_of(cast("asyncio.Transport", self._transport))
            knock = knock_of(request.path, request.headers, peer, self._host.options)
            self.address = knock.peer.address
            outcome = self._host.admit(knock)
        except (MultipleValuesError, InvalidHeaderFormat) as error:
            outcome = TurnedAway(status=http.HTTPStatus.BAD_REQUEST, reason=f"bad header: {error}")
        if isinstance(outcome, Admitted) and outcome.kept is not None:
            self._early = b""
            self.pause_reading(_ADMISSION)
            outcome.kept.add_done_callback(partial(self._on_kept, ws, request, outcome))
        else:
            self._answer(ws, request, outcome)

    def _on_kept(
        self, ws: ServerProtocol, request: Request, outcome: Admitted, kept: asyncio.Future[None]
    ) -> None:
        """Let the charger in, now that how it came in is on record; or not, where it is not."""
        error = None if kept.cancelled() else kept.exception()
        early, self._early = self._early, None
        if self._transport is None:
            return
        if error is None and not kept.cancelled():
            self._answer(ws, request, outcome)
        else:
            self._answer(ws, request, not_kept(outcome, str(error or "the server stops")))
        self.resume_reading(_ADMISSION)
        if early:
            self.data_received(early)

    def _answer(self, ws: ServerProtocol, request: Request, outcome: Admitted | TurnedAway) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if isinstance(outcome, TurnedAway):
            response = ws.reject(outcome.status, f"{outcome.status.phrase}\n")
            if outcome.status is http.HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = 'Basic realm="ampherd", charset="UTF-8"'
            if outcome.retry_after_s:
                response.headers["Retry-After"] = str(math.ceil(outcome.retry_after_s))
        else:
            self.charge_point_id = outcome.charge_point_id
            self.proof = outcome.proof
            self.subprotocol = (outcome.subprotocol or "") if outcome.announce else ""
            response = ws.accept(request)
            self.subprotocol = outcome.subprotocol or ""
            if response.status_code != http.HTTPStatus.SWITCHING_PROTOCOLS:
                outcome = TurnedAway(
                    status=http.HTTPStatus(response.status_code),
                    reason=str(ws.handshake_exc),
                    identity=outcome.charge_point_id,
                )
        ws.send_response(response)
        self._flush(ws)
        if not isinstance(outcome, TurnedAway):
            limit_bytes = self._host.options.max_frame_bytes
            self._frames = frames.Frames(limit_bytes, tuple(ws.extensions or ()))
            self._handshake = None
        self._host.handshake_ended(self, outcome)
        if isinstance(outcome, TurnedAway):
            self._expect_end()
        elif outcome.subprotocol is None:
            why = "in common" if outcome.offered else "offered"
            self.close(CloseCode.PROTOCOL_ERROR, f"no OCPP version {why}")
        else:
            self._gone = False
            self._receiver = self._host.link_opened(self, outcome.charge_point_id)

    def _on_control(self, opcode: int, content: bytes) -> None:
        match opcode:
            case frames.PING if not self._said_goodbye:
                self._write(frames.control_frame(frames.PONG, content))
            case frames.PONG:
                self.ponged = True
            case frames.CLOSE:
                self._say_goodbye(content)
                self._end()
                self._detach(f"closed by the charger: {frames.close_words(content)}")
                self._expect_end()
            case frames.BROKEN if self._frames is not None and self._frames.error is not None:
                self._on_broken(self._frames.error)
            case _:
                pass

    def _on_broken(self, error: frames.FrameError) -> None:
        self._say_goodbye(frames.close_content(error.code, str(error)))
        self._end()
        if error.code is CloseCode.MESSAGE_TOO_BIG and not self._gone:
            self._host.oversized(self)
            self._detach("a message above the size limit")
        else:
            self._detach(f"WebSocket fault: {error}")
        self._expect_end()

    def _say_goodbye(self, content: bytes) -> None:
        if not self._said_goodbye:
            self._said_goodbye = True
            self._write(frames.control_frame(frames.CLOSE, content))

    def _detach(self, reason: str) -> None:
        if not self._gone:
            self._gone = True
            self._host.link_closed(self, reason)

    def _handshake_late(self) -> None:
        self._deadline = None
        self._host.handshake_ended(self, None)
        self.abort()

    def _expect_end(self) -> None:
        if self._transport is not None and self._deadline is None:
            self._deadline = self._loop.call_later(
                self._host.options.close_timeout_s, self._transport.abort
            )

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _end(self) -> None:
        """Send nothing any more; the peer ends the connection."""
        if self._transport is None:
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _flush(self, handshake: ServerProtocol) -> None:
        for data in handshake.data_to_send():
            if data:
                self._write(data)
            else:
                self._end()
