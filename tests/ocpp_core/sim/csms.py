"""A small central system for tests: answers every CALL, keeps every frame, asks what it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Self

import jsonschema_rs
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

type Payload = dict[str, Any]

_FOLDERS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


@cache
def _validator(name: str, version: str) -> Any:
    folder = resources.files(f"ocpp.{_FOLDERS[version]}") / "schemas"
    suffix = "" if version == "ocpp1.6" or name.endswith("Response") else "Request"
    schema = json.loads((folder / f"{name}{suffix}.json").read_text("utf-8-sig"))
    kind = jsonschema_rs.Draft4Validator if suffix == "" else jsonschema_rs.Draft6Validator
    return kind(schema)


def violations(name: str, payload: Payload, version: str = "ocpp1.6") -> list[str]:
    """Check a payload against the schema of the `ocpp` package."""
    return [error.message for error in _validator(name, version).iter_errors(payload)]


@dataclass
class Frame:
    """One CALL of a charger."""

    identity: str
    message_id: str
    action: str
    payload: Payload
    link: int


@dataclass
class TestCsms:
    """Listens on a free port of the loopback."""

    __test__ = False

    answers: dict[str, Callable[[Frame], Payload | str | None]] = field(default_factory=dict)
    """By action: a payload, the code of a CALLERROR, or None for silence."""
    frames: list[Frame] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """Everything that came, in order: actions, and `answer` for answers."""
    headers: list[dict[str, str]] = field(default_factory=list)
    boot_interval_s: int = 300
    checks: bool = True
    """Whether what it sends must fit the schemas."""
    checks_frames: bool = True
    """Whether what it gets must be a CALL that fits its schema, or an answer."""
    raw: list[bytes | str] = field(default_factory=list)
    """Every frame as it came."""
    subprotocol: str | None = "ocpp1.6"
    """What it speaks; None: it does not say."""
    tls: ssl.SSLContext | None = None
    port: int = 0
    links: dict[str, ServerConnection] = field(default_factory=dict)
    _last_transaction: int = 0
    _link_count: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _waiting: dict[str, asyncio.Future[list[Any]]] = field(default_factory=dict)
    _server: Server | None = None

    @property
    def version(self) -> str:
        """The version that is spoken."""
        return self.subprotocol or "ocpp1.6"

    @property
    def url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://127.0.0.1:{self.port}/ocpp"

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.vanish()

    async def listen(self) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=[Subprotocol(self.subprotocol)] if self.subprotocol else None,
            select_subprotocol=None if self.subprotocol else lambda *_: None,
            ssl=self.tls,
            compression=None,
            ping_interval=None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        identity = socket.request.path.rsplit("/", 1)[-1]
        self.headers.append(dict(socket.request.headers.raw_items()))
        self._link_count += 1
        link = self._link_count
        self.links[identity] = socket
        try:
            async for text in socket:
                self.raw.append(text)
                if not self.checks_frames and not _is_message(text):
                    continue
                await self._take(socket, identity, json.loads(text), link)
        except ConnectionClosed:
            pass

    async def _take(
        self, socket: ServerConnection, identity: str, message: list[Any], link: int
    ) -> None:
        self.log.append(message[2] if message[0] == 2 else "answer")
        if message[0] != 2:
            self._waiting.pop(message[1]).set_result(message)
            return
        frame = Frame(identity, message[1], message[2], message[3], link)
        assert violations(frame.action, frame.payload, self.version) == []
        assert len(frame.message_id) <= 36
        async with self._arrived:
            self.frames.append(frame)
            self._arrived.notify_all()
        answer = self.answers.get(frame.action, self._answer)(frame)
        if isinstance(answer, str):
            await socket.send(json.dumps([4, frame.message_id, answer, "", {}]))
        elif answer is not None:
            await socket.send(json.dumps([3, frame.message_id, answer]))

    def _answer(self, frame: Frame) -> Payload:
        now = "2026-01-01T00:00:00Z"
        match frame.action:
            case "BootNotification":
                return {
                    "status": "Accepted",
                    "currentTime": now,
                    "interval": self.boot_interval_s,
                }
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize" if self.version == "ocpp1.6":
                return {"idTagInfo": {"status": "Accepted"}}
            case "Authorize":
                return {"idTokenInfo": {"status": "Accepted"}}
            case "StartTransaction":
                return {
                    "transactionId": self.next_transaction(),
                    "idTagInfo": {"status": "Accepted"},
                }
            case _:
                return {}

    def next_transaction(self) -> int:
        self._last_transaction += 1
        return self._last_transaction

    async def call(self, identity: str, action: str, payload: Payload | str) -> list[Any]:
        """Send one CALL and return the answer's frame."""
        if self.checks and isinstance(payload, dict):
            assert violations(action, payload, self.version) == []
        message_id = f"csms-{len(self.frames)}-{len(self._waiting)}-{action}"
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answered
        await self.links[identity].send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(answered, 10)

    async def ask(self, identity: str, action: str, payload: Payload) -> Payload:
        """Send one CALL and return the payload of the answer, checked against its schema."""
        kind, _, answer = await self.call(identity, action, payload)
        assert kind == 3
        assert violations(f"{action}Response", answer, self.version) == []
        return dict(answer)

    async def arrived(self, action: str, count: int = 1) -> list[Frame]:
        """Wait until `count` CALLs of an action have come."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.of(action)) >= count)
        return self.of(action)

    def of(self, action: str) -> list[Frame]:
        return [f for f in self.frames if f.action == action]

    def actions(self) -> list[str]:
        return [f.action for f in self.frames]

    def statuses(self, connector_id: int = 1) -> list[str]:
        return [
            f.payload["status"]
            for f in self.of("StatusNotification")
            if f.payload["connectorId"] == connector_id
        ]

    def events(self, kind: str | None = None) -> list[Payload]:
        """Return the transaction events of OCPP 2, of one kind or all."""
        payloads = [f.payload for f in self.of("TransactionEvent")]
        return [p for p in payloads if kind in {None, p["eventType"]}]


def _is_message(text: bytes | str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False
