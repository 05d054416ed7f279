"""Sending captured frames to a server, as the charger would."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from ampherd.replay.captured import Captured
from ampherd.replay.understand import Fate, Understood, action_of, fate_of_answer
from ocpp_core.domain.errors import AmpherdError
from ocpp_core.domain.messages import Direction
from ocpp_core.protocol.envelope import Call, Malformed, Send, parse

ANSWER_TIMEOUT_S = 10.0
SILENCE_S = 0.5
"""How long to wait for an answer to what may get none, s."""


async def send_frames(
    url: str,
    frames: Sequence[Captured],
    *,
    password: str | None = None,
    identity: str | None = None,
    new_ids: bool = False,
) -> AsyncIterator[Understood]:
    """Send each frame on a link of its charger and yield what the server answered.

    One link for each identity and version, kept until the end. Orders of the server that arrive
    meanwhile are answered NotSupported.
    """
    links: dict[tuple[str, str], ClientConnection] = {}
    async with AsyncExitStack() as stack:
        for captured in frames:
            if captured.direction is Direction.TO_CHARGER:
                continue
            message = parse(captured.frame)
            if not isinstance(message, Call | Send | Malformed):
                continue
            who = identity or captured.charge_point_id
            key = (who, captured.subprotocol)
            if key not in links:
                links[key] = await stack.enter_async_context(
                    await _opened(url, who, captured.subprotocol, password)
                )
            text, message_id = captured.frame, getattr(message, "message_id", None)
            if new_ids and isinstance(message, Call | Send):
                text, message_id = _renamed(text)
            waits_s = ANSWER_TIMEOUT_S if isinstance(message, Call) else SILENCE_S
            try:
                await links[key].send(text)
                async with asyncio.timeout(waits_s):
                    answer: str | None = await _answer(links[key], message_id)
            except TimeoutError:
                answer = None
            except ConnectionClosed as closed:
                links.pop(key)
                yield _told(captured, None, f"the server closed the link: {closed}")
                continue
            yield _told(captured, answer, "")


def _told(captured: Captured, answer: str | None, words: str) -> Understood:
    fate = fate_of_answer(answer)
    findings = [words] if words else []
    if fate is None and not words:
        findings.append("no answer")
    if fate is Fate.REFUSED and answer is not None:
        findings.append(": ".join(str(part) for part in json.loads(answer)[2:4] if part))
    return Understood(
        captured=captured,
        fate=fate or Fate.UNREADABLE,
        action=action_of(captured.frame),
        answer=answer or "",
        findings=tuple(findings),
        was=fate_of_answer(captured.answer),
    )


async def _opened(
    url: str, identity: str, subprotocol: str, password: str | None
) -> ClientConnection:
    headers = {}
    if password is not None:
        secret = base64.b64encode(f"{identity}:{password}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {secret}"
    address = f"{url.rstrip('/')}/{quote(identity, safe='')}"
    try:
        socket = await connect(
            address,
            subprotocols=[Subprotocol(subprotocol)],
            additional_headers=headers,
            proxy=None,
            max_size=2**23,
        )
    except (OSError, TimeoutError, WebSocketException) as error:
        raise AmpherdError(
            f"{identity} cannot connect to {url}: {error}",
            hint="The server has to know the charger, and its --password; --identity sends all "
            "frames as one charger.",
        ) from None
    if socket.subprotocol != subprotocol:
        await socket.close()
        raise AmpherdError(f"the server at {url} does not speak {subprotocol}")
    return socket


async def _answer(socket: ClientConnection, message_id: str | None) -> str:
    """Return the answer to a message; without its id, the first answer that comes."""
    while True:
        frame = await socket.recv(decode=True)
        match _read(frame):
            case [2, str(order_id), *_]:
                refusal = [4, order_id, "NotSupported", "frames are being replayed", {}]
                await socket.send(json.dumps(refusal))
            case [int(), answered, *_] if message_id in {None, answered}:
                return str(frame)
            case _:
                continue


def _read(frame: str) -> object:
    try:
        return json.loads(frame)
    except ValueError:
        return None


def _renamed(frame: str) -> tuple[str, str]:
    value = json.loads(frame)
    value[1] = str(uuid.uuid4())
    return json.dumps(value, ensure_ascii=False), value[1]
