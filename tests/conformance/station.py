"""The charger's end of a link: raw OCPP-J frames, written and read by hand."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import ssl
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

WAIT_S = 5.0
SIGNING_S = 15.0
"""A certificate comes five seconds after it was asked for, at the earliest."""


class Station:
    """One charger; what the server calls waits in a queue until the test asks for it."""

    def __init__(
        self,
        url: str,
        name: str,
        version: str,
        password: str | bytes | None,
        *,
        user: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self._url = f"{url}/{name}"
        self._headers = {}
        if password is not None:
            key = password.encode() if isinstance(password, str) else password
            basic = base64.b64encode(f"{user or name}:".encode() + key).decode()
            self._headers["Authorization"] = f"Basic {basic}"
        self._tls = tls
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[list[Any]]] = {}
        self._calls: asyncio.Queue[list[Any]] = asyncio.Queue()
        self.socket: ClientConnection

    async def __aenter__(self) -> Self:
        self.socket = await connect(
            self._url,
            subprotocols=[Subprotocol(self.version)],
            additional_headers=self._headers,
            compression=None,
            proxy=None,
            ssl=self._tls,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await self._reading

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                frame = json.loads(text)
                if frame[0] == 2:
                    self._calls.put_nowait(frame)
                else:
                    self._answers[frame[1]].set_result(frame)
        except ConnectionClosed:
            pass

    def vanish(self) -> None:
        """Lose the link without a goodbye, as a pulled cable does."""
        self.socket.transport.abort()

    # What the charger says ---------------------------------------------------------------------

    async def call(self, action: str, payload: dict[str, Any]) -> list[Any]:
        """Send a CALL and return the whole frame that answers it."""
        message_id = f"{self.name}-{next(self._ids)}"
        answer = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(WAIT_S):
            frame: list[Any] = await answer
        return frame

    async def result(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL and return the payload of its CALLRESULT."""
        frame = await self.call(action, payload)
        assert 3 == frame[0], frame
        payload_of_answer: dict[str, Any] = frame[2]
        return payload_of_answer

    # What the server asks ----------------------------------------------------------------------

    async def asked(
        self, action: str, answer: dict[str, Any] | None, *, wait_s: float = WAIT_S
    ) -> dict[str, Any]:
        """Wait for a CALL of the server, check its action, answer it, return its payload.

        `answer` None leaves it unanswered.
        """
        async with asyncio.timeout(wait_s):
            frame = await self._calls.get()
        assert action == frame[2], frame
        if answer is not None:
            await self.socket.send(json.dumps([3, frame[1], answer]))
        payload: dict[str, Any] = frame[3]
        return payload

    async def refuses(self, action: str, code: str, description: str = "") -> None:
        """Wait for a CALL of the server and answer it with a CALLERROR."""
        async with asyncio.timeout(WAIT_S):
            frame = await self._calls.get()
        assert action == frame[2], frame
        await self.socket.send(json.dumps([4, frame[1], code, description, {}]))
