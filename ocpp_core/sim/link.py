"""A charger's link: a WebSocket that is kept up, CALLs that are answered or not, in OCPP-J frames.

Deadlines and back-off are of the wall clock: a server that is away is really away.
"""

from __future__ import annotations

import asyncio
import base64
import random
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from ocpp_core.domain.clock import Clock
from ocpp_core.sim.mischief import Mischief
from ocpp_core.sim.pinging import Pinger
from ocpp_core.sim.wire import (
    CALL,
    CALL_ERROR,
    CALL_RESULT,
    Answered,
    Answerer,
    ErrorReply,
    NoAnswer,
    Outcome,
    Payload,
    Refused,
    Reply,
    encode,
    malformed_code,
    outcome_of,
    read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """How patient a charger is, in seconds of the wall clock."""

    call_timeout_s: float = 30.0
    open_timeout_s: float = 10.0
    first_backoff_s: float = 1.0
    longest_backoff_s: float = 30.0
    jitter: float = 0.5
    """Share of the back-off by which it may be longer, at random, against herds."""


class FrameWitness(Protocol):
    """Looks at what the server sends; see `ocpp_core.sim.witness`."""

    def call(self, action: str, message_id: str, payload: Payload) -> None:
        """Look at a CALL."""
        ...

    def crossed(self, action: str, waiting: str) -> None:
        """Hear of a CALL that came before the last one was answered."""
        ...

    def repeated(self, action: str) -> None:
        """Hear of a CALL under a used id."""
        ...

    def answer(self, action: str, payload: Payload) -> None:
        """Look at a CALLRESULT."""
        ...

    def error(self, action: str, code: str) -> None:
        """Look at a CALLERROR."""
        ...

    def unreadable(self) -> None:
        """Hear of a frame that is no message."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A CALL that is not answered yet."""

    action: str
    outcome: asyncio.Future[Outcome]


class Link:
    """Keeps one WebSocket to the server up until cancelled.

    `on_up` is awaited as a task of its own once connected; `on_down` is called when the link ends.
    """

    def __init__(
        self,
        *,
        url: str,
        identity: str,
        subprotocol: str,
        clock: Clock,
        answer: Answerer,
        on_up: Callable[[], Coroutine[None, None, None]],
        on_down: Callable[[], None],
        password: bytes | None = None,
        policy: LinkPolicy | None = None,
        seed: int = 0,
        mischief: Mischief | None = None,
        tls: ssl.SSLContext | None = None,
        witness: FrameWitness | None = None,
        ping_interval_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.url = f"{url.rstrip('/')}/{quote(identity, safe='')}"
        self.policy = policy or LinkPolicy()
        self.last_failure = ""
        """Why the last attempt to connect failed or the last link ended."""
        self.connects = 0
        self.orders: Counter[str] = Counter()
        """CALLs of the server by action."""
        self.pinger = Pinger(ping_interval_s)
        self._tls = tls if url.startswith("wss:") else None
        self._witness = witness
        self._open_orders: dict[str, str] = {}
        """Actions of the server's CALLs that are not answered yet, by message id."""
        self._order_ids: set[str] = set()
        self._subprotocol = Subprotocol(subprotocol)
        self._clock = clock
        self._answer = answer
        self._on_up = on_up
        self._on_down = on_down
        self._identity = identity
        self._headers: dict[str, str] = {}
        if password is not None:
            self.use_password(password)
        self._random = random.Random(f"{identity}/{seed}")  # noqa: S311 - jitter, no secret
        self._socket: ClientConnection | None = None
        self._waiting: dict[str, _Waiting] = {}
        self._mischief = mischief or Mischief((), seed="", count=lambda _: None)
        self._late: set[asyncio.Task[None]] = set()
        """Answers that wait."""
        self._allowed = asyncio.Event()
        self._allowed.set()

    @property
    def up(self) -> bool:
        """Whether the WebSocket is open."""
        return self._socket is not None

    def use_password(self, password: bytes) -> None:
        """Say this password from the next connection on."""
        secret = base64.b64encode(self._identity.encode() + b":" + password).decode("ascii")
        self._headers["Authorization"] = f"Basic {secret}"

    async def run(self) -> None:
        """Connect, serve the link until it dies, wait, and again."""
        failures = 0
        while True:
            await self._allowed.wait()
            socket = await self._connect()
            if socket is not None:
                failures = 0
                self.connects += 1
                await self._serve(socket)
            backoff_s = min(
                self.policy.first_backoff_s * 2**failures, self.policy.longest_backoff_s
            )
            failures = min(failures + 1, 16)
            await asyncio.sleep(backoff_s * (1 + self.policy.jitter * self._random.random()))

    async def call(self, action: str, payload: Payload, message_id: str) -> Outcome:
        """Send one CALL and wait for how it ends; the caller keeps to one at a time."""
        socket = self._socket
        if socket is None:
            return NoAnswer(link_lost=True)
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        self._waiting[message_id] = _Waiting(action, outcome)
        deadline = loop.call_later(
            self.policy.call_timeout_s, _resolve, outcome, NoAnswer(link_lost=False)
        )
        try:
            junk = self._mischief.junk()
            if junk is not None:
                await socket.send(junk, text=True)
            await socket.send(encode([CALL, message_id, action, payload]), text=True)
            return await outcome
        except ConnectionClosed:
            return NoAnswer(link_lost=True)
        finally:
            deadline.cancel()
            self._waiting.pop(message_id, None)

    async def drop(self, reason: str = "") -> None:
        """Close the WebSocket; `run` connects again after its back-off."""
        if self._socket is not None:
            await self._socket.close(reason=reason)

    def forbid(self) -> None:
        """Cut the link and keep it down until `allow`."""
        self._allowed.clear()
        self.cut()

    def allow(self) -> None:
        """Connect again."""
        self._allowed.set()

    def cut(self) -> None:
        """Let the link die without a word, as a pulled cable does."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _connect(self) -> ClientConnection | None:
        try:
            with self._clock.hold():
                socket = await connect(
                    self.url,
                    subprotocols=[self._subprotocol],
                    additional_headers=self._headers,
                    ssl=self._tls,
                    compression=None,
                    proxy=None,
                    user_agent_header=None,
                    open_timeout=self.policy.open_timeout_s,
                    close_timeout=1,
                    ping_interval=None,
                    max_size=2**23,
                )
        except (OSError, TimeoutError, WebSocketException) as failure:
            self.last_failure = f"{type(failure).__name__}: {failure}"
            return None
        if not self._allowed.is_set():
            socket.transport.abort()
            return None
        if self._mischief.deaf:
            _make_deaf(socket)
        if socket.subprotocol != self._subprotocol:
            self.last_failure = f"the server does not speak {self._subprotocol}"
            await socket.close(1002, "subprotocol")
            return None
        return socket

    async def _serve(self, socket: ClientConnection) -> None:
        self._socket = socket
        try:
            async with asyncio.TaskGroup() as link:
                greeting = link.create_task(self._on_up())
                pinging = link.create_task(self.pinger.run(socket))
                try:
                    while True:
                        await self._take(socket, await socket.recv(decode=False), link)
                except ConnectionClosed as closed:
                    self.last_failure = str(closed)
                greeting.cancel()
                pinging.cancel()
                for late in self._late:
                    late.cancel()
        finally:
            self._socket = None
            self._open_orders.clear()
            for waiting in list(self._waiting.values()):
                _resolve(waiting.outcome, NoAnswer(link_lost=True))
            self._on_down()
            # Says goodbye when the charger is stopped; at most for the close timeout.
            await socket.close()

    async def _take(self, socket: ClientConnection, frame: bytes, link: asyncio.TaskGroup) -> None:
        match read(frame):
            case [int(kind), str(message_id), *rest] if kind in {CALL_RESULT, CALL_ERROR}:
                self._take_answer(message_id, outcome_of(kind, rest))
            case [2, str(message_id), str(action), dict(payload)]:
                await self._take_order(socket, message_id, action, payload, link)
            case [2, str(message_id), *_]:
                body = [CALL_ERROR, message_id, malformed_code(self._subprotocol), "not a CALL", {}]
                await socket.send(encode(body), text=True)
            case _:
                self.last_failure = "a frame that is no OCPP message was ignored"
                if self._witness is not None:
                    self._witness.unreadable()

    def _take_answer(self, message_id: str, outcome: Answered | Refused) -> None:
        waiting = self._waiting.get(message_id)
        if waiting is None:
            # It may be late; only an id that was never used is the server's fault.
            return
        if self._witness is not None:
            match outcome:
                case Answered(payload):
                    self._witness.answer(waiting.action, payload)
                case Refused(code, _):
                    self._witness.error(waiting.action, code)
        if not self._mischief.loses_answer(waiting.action):
            _resolve(waiting.outcome, outcome)

    async def _take_order(
        self,
        socket: ClientConnection,
        message_id: str,
        action: str,
        payload: Payload,
        link: asyncio.TaskGroup,
    ) -> None:
        self.orders[action] += 1
        if self._witness is not None:
            self._witness.call(action, message_id, payload)
            if message_id in self._order_ids:
                self._witness.repeated(action)
            self._order_ids.add(message_id)
            for waiting in self._open_orders.values():
                self._witness.crossed(action, waiting)
                break
        if self._mischief.silent(action):
            return
        reply = self._answer(action, payload)
        delay_s = self._mischief.delay_s(action)
        if delay_s <= 0:
            await self._reply(socket, message_id, reply)
            return
        self._open_orders[message_id] = action
        late = link.create_task(self._reply(socket, message_id, reply, delay_s))
        self._late.add(late)
        late.add_done_callback(self._late.discard)

    async def _reply(
        self,
        socket: ClientConnection,
        message_id: str,
        reply: Reply | ErrorReply,
        delay_s: float = 0.0,
    ) -> None:
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        self._open_orders.pop(message_id, None)
        body: list[object]
        if isinstance(reply, ErrorReply):
            body = [CALL_ERROR, message_id, reply.code, reply.description, {}]
        else:
            body = [CALL_RESULT, message_id, reply.payload]
        try:
            await socket.send(encode(body), text=True)
        except ConnectionClosed:
            return
        if isinstance(reply, Reply) and reply.then is not None:
            reply.then()


def _make_deaf(socket: ClientConnection) -> None:
    """Let the connection answer no ping: the frames leave through this one method."""
    send_frame = socket.protocol.send_frame

    def send_but_pongs(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send_frame(frame)

    socket.protocol.send_frame = send_but_pongs  # type: ignore[method-assign]


def _resolve(outcome: asyncio.Future[Outcome], value: Outcome) -> None:
    if not outcome.done():
        outcome.set_result(value)
