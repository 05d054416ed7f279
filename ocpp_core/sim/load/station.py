"""One light charger: a connection that says what its script has next."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from ocpp_core.sim.load import wire
from ocpp_core.sim.load.scripts import Conversation
from ocpp_core.sim.load.words import Words

_MODEST = frozenset(
    {"ChangeConfiguration", "ClearCache", "ClearChargingProfile", "SetChargingProfile"}
)
"""Commands that are accepted without being followed; others are not implemented."""


class Crew(Protocol):
    """Who stations report to."""

    def ready(self, station: Station) -> None:
        """Take note that the connection is open."""
        ...

    def answered(self, station: Station, action: str, seconds: float, *, accepted: bool) -> None:
        """Take note of an answer."""
        ...

    def may_send(self) -> bool:
        """Tell whether one more message may be sent."""
        ...

    def sent(self) -> None:
        """Take note of a message."""
        ...

    def idle(self, station: Station) -> None:
        """Take note that the conversation is over."""
        ...

    def commanded(self) -> None:
        """Take note of a CALL of the server."""
        ...

    def gone(self, station: Station, reason: str) -> None:
        """Take note that the connection ended; called once."""
        ...


class Station(asyncio.Protocol):
    """One connection; callbacks only, so that thousands fit into one process."""

    def __init__(
        self,
        crew: Crew,
        words: Words,
        time: Callable[[], float],
        *,
        name: str,
        request: bytes,
        subprotocol: str,
        run: str,
    ) -> None:
        self.name = name
        self.words = words
        self._crew = crew
        self._time = time
        self._request = request
        self._subprotocol = subprotocol
        self._prefix = run
        self._transport: asyncio.Transport | None = None
        self._reader = wire.Reader()
        self._head: bytes | None = b""
        self._number = 0
        self._conversation: Conversation | None = None
        self._paced = False
        self._due: deque[float] = deque()
        self._action = ""
        self.message_id = ""
        """Of the last message."""
        self._expected = b""
        self._since = 0.0
        self._answer: bytes | None = None
        self._reason = ""
        self.waiting = False
        """A message is unanswered."""

    # For the crew --------------------------------------------------------------------------------

    def converse(self, conversation: Conversation, *, paced: bool = False) -> None:
        """Begin a conversation; a paced one waits for `send_at` before each message."""
        self._conversation, self._paced, self._answer = conversation, paced, None
        self._due.clear()
        if not paced:
            self._next(self._time())

    def send_at(self, due: float) -> None:
        """Send the next message of a paced conversation, after the answers before it."""
        if self.waiting:
            self._due.append(due)
        else:
            self._next(due)

    @property
    def overdue(self) -> int:
        """Messages that are due and not sent."""
        return len(self._due)

    def stop_conversing(self) -> None:
        """Send nothing more; an answer that is on its way still counts."""
        self._conversation = None
        self._due.clear()

    def unanswered_s(self) -> float:
        """Return how long the last message has been waiting, s."""
        return self._time() - self._since if self.waiting else 0.0

    def close(self) -> None:
        """Say goodbye."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(wire.frame(wire.CLOSE, (1000).to_bytes(2)))
            self._transport.close()

    def abort(self, reason: str) -> bool:
        """Drop the connection; False when there is none."""
        self._reason = self._reason or reason
        if self._transport is None:
            return False
        self._transport.abort()
        return True

    # asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to be let in."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Hear the server."""
        if self._head is not None:
            data = self._shake_hands(data)
        if data:
            for opcode, content in self._reader.receive(data):
                self._hear(opcode, content)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the crew."""
        default = "the server ended the connection" if exc is None else f"connection lost: {exc}"
        self._crew.gone(self, self._reason or default)

    # -------------------------------------------------------------------------------------------

    def _shake_hands(self, data: bytes) -> bytes:
        head, end, rest = ((self._head or b"") + data).partition(b"\r\n\r\n")
        if not end:
            self._head = head
            return b""
        refusal = wire.refusal_of(head, self._subprotocol)
        if refusal is not None:
            self.abort(refusal)
            return b""
        self._head = None
        self._crew.ready(self)
        return rest

    def _hear(self, opcode: int, content: bytes) -> None:
        if opcode == wire.TEXT:
            kind = content[1:2]
            if kind == b"2":
                self._obey(content)
            elif self.waiting and self._expected in content[:100]:
                self._hear_answer(content, accepted=kind == b"3")
        elif opcode == wire.PING:
            self._write(wire.frame(wire.PONG, content))
        elif opcode == wire.CLOSE:
            code = int.from_bytes(content[:2]) if content else 1005
            words = content[2:].decode("utf-8", "replace")
            self._reason = f"closed by the server: {code} {words}".rstrip()
            self._write(wire.frame(wire.CLOSE, content))
            if self._transport is not None:
                self._transport.close()

    def _hear_answer(self, content: bytes, *, accepted: bool) -> None:
        self.waiting = False
        self._answer = content if accepted else b""
        self._crew.answered(self, self._action, self._time() - self._since, accepted=accepted)
        if not self._paced:
            self._next(self._time())
        elif self._due:
            self._next(self._due.popleft())
        elif self._conversation is None:
            self._crew.idle(self)

    def _next(self, due: float) -> None:
        if self._conversation is None or not self._crew.may_send():
            self._crew.idle(self)
            return
        try:
            call = self._conversation.send(self._answer)  # type: ignore[arg-type] # None at first
        except StopIteration:
            self._conversation = None
            self._crew.idle(self)
            return
        self._crew.sent()
        self._number += 1
        self.message_id = f"{self._prefix}-{self._number}"
        self._action, self._expected = call.action, self.message_id.encode()
        self._since = due
        self.waiting = True
        head = f'[2,"{self.message_id}","{call.action}",'.encode()
        self._write(wire.frame(wire.TEXT, b"%b%b]" % (head, call.payload)))

    def _obey(self, content: bytes) -> None:
        """Answer a command."""
        self._crew.commanded()
        _, message_id, action, *_ = json.loads(content)
        answer: list[object] = [3, message_id, {"status": "Accepted"}]
        if action not in _MODEST:
            answer = [4, message_id, "NotImplemented", "a load station follows no commands", {}]
        self._write(wire.frame(wire.TEXT, json.dumps(answer).encode()))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
