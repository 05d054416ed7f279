"""Live state as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from ampherd.api.service import ApiService
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.messages import StoredMessage

KEEP_ALIVE_S = 15.0
"""A comment is sent after this silence, so that proxies keep the connection."""


async def live_events(
    service: ApiService, stopping: asyncio.Event, *, interval_s: float
) -> AsyncIterator[bytes]:
    """Yield the live view now and after changes, at most once each `interval_s`.

    Changes in between are joined: the newest view is sent. Ends when `stopping` is set.
    """
    changed = asyncio.Event()
    changed.set()

    async def watch() -> None:
        async for _ in service.changes():
            changed.set()

    watching = asyncio.create_task(watch(), name="api-live-stream")
    try:
        while not stopping.is_set():
            if changed.is_set():
                changed.clear()
                yield b"event: live\ndata: " + msgspec.json.encode(service.live()) + b"\n\n"
                await _either(stopping, timeout_s=interval_s)
            elif watching.done():
                watching.result()
                return
            elif not await _either(changed, stopping, watching, timeout_s=KEEP_ALIVE_S):
                yield b": nothing new\n\n"
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def message_events(
    service: ApiService, stopping: asyncio.Event, charge_point_id: ChargePointId | None
) -> AsyncIterator[bytes]:
    """Yield every stored message from now on; ends when `stopping` is set."""
    messages = service.follow(charge_point_id)
    coming = asyncio.ensure_future(anext(messages))
    try:
        while not stopping.is_set():
            if not await _either(coming, stopping, timeout_s=KEEP_ALIVE_S):
                yield b": nothing new\n\n"
            elif coming.done():
                yield (
                    b"event: message\ndata: " + msgspec.json.encode(_row(coming.result())) + b"\n\n"
                )
                coming = asyncio.ensure_future(anext(messages))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _row(message: StoredMessage) -> dict[str, object]:
    """Return what `GET /messages` says of a message, but for its number."""
    return {
        "at": message.at,
        "charge_point_id": message.charge_point_id,
        "direction": message.direction,
        "action": message.action,
        "message_id": message.message_id,
        "outcome": message.outcome,
        "findings": "\n".join(message.findings),
        "session_id": message.session_id,
        "frame": message.frame,
        "answer": message.answer,
        "ocpp_version": message.ocpp_version,
    }


async def _either(*ends: asyncio.Event | asyncio.Task[Any], timeout_s: float) -> bool:
    """Wait for one of several events or tasks; False when none came in time."""
    waits = [asyncio.ensure_future(e.wait()) for e in ends if isinstance(e, asyncio.Event)]
    tasks = [end for end in ends if isinstance(end, asyncio.Task)]
    try:
        done, _ = await asyncio.wait(
            [*waits, *tasks], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for wait in waits:
            wait.cancel()
    return bool(done)
