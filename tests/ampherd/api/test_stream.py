import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from ampherd.api import stream
from ampherd.api.stream import live_events, message_events
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.view import LiveView
from tests.ampherd.api.fake_service import LIVE, NOON, FakeService


def decoded(event: bytes) -> LiveView:
    head, data, *rest = event.decode().split("\n")
    assert "event: live" == head
    assert ["", ""] == rest
    return msgspec.json.decode(data.removeprefix("data: "), type=LiveView)


async def test_the_first_event_comes_without_a_change(service: FakeService) -> None:
    events = live_events(service, asyncio.Event(), interval_s=0)

    assert LIVE == decoded(await anext(events))
    await events.aclose()  # type: ignore[attr-defined] # what a generator function returns is one


async def test_each_change_is_an_event_with_the_newest_view(service: FakeService) -> None:
    stopping = asyncio.Event()
    events = live_events(service, stopping, interval_s=0)
    await anext(events)
    service.view = replace(LIVE, site_w=1.0)
    service.changed.put_nowait(None)

    assert 1.0 == decoded(await anext(events)).site_w
    stopping.set()
    assert [] == [event async for event in events]


async def test_changes_within_the_interval_are_one_event(service: FakeService) -> None:
    stopping = asyncio.Event()
    events = live_events(service, stopping, interval_s=0.05)
    await anext(events)
    for number in range(20):
        service.view = replace(LIVE, site_w=float(number))
        service.changed.put_nowait(None)

    assert 19.0 == decoded(await anext(events)).site_w
    assert 2 == service.views_made
    stopping.set()
    assert [] == [event async for event in events]


async def test_a_silent_stream_is_kept_alive(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_S", 0.001)
    stopping = asyncio.Event()
    events = live_events(service, stopping, interval_s=0)
    await anext(events)

    assert (await anext(events)).startswith(b":")
    stopping.set()
    assert [] == [event async for event in events]


async def test_stopping_ends_a_stream_that_waits(service: FakeService) -> None:
    stopping = asyncio.Event()
    events = live_events(service, stopping, interval_s=3600)
    await anext(events)
    waiting = asyncio.ensure_future(anext(events, None))
    stopping.set()

    assert await waiting is None


async def test_a_stream_whose_source_fails_ends_with_its_error(service: FakeService) -> None:
    class Broken(FakeService):
        async def changes(self) -> AsyncIterator[None]:
            async for _ in super().changes():
                raise RuntimeError("gone")
            yield

    broken = Broken()
    events = live_events(broken, asyncio.Event(), interval_s=0)
    await anext(events)
    broken.changed.put_nowait(None)

    with pytest.raises(RuntimeError, match="gone"):
        await anext(events)


def stored(charger: str) -> StoredMessage:
    return StoredMessage(
        at=NOON,
        charge_point_id=ChargePointId(charger),
        direction=Direction.FROM_CHARGER,
        message_id=MessageId("m"),
        action="Heartbeat",
        ocpp_version="ocpp1.6",
        frame="[2]",
        answer="[3]",
        outcome=Outcome.ANSWERED,
        findings=("odd",),
    )


async def test_messages_of_the_charger_that_is_followed_are_events(service: FakeService) -> None:
    stopping = asyncio.Event()
    events = message_events(service, stopping, ChargePointId("CP-1"))
    for charger in ("CP-2", "CP-1"):
        service.stored.put_nowait(stored(charger))

    head, data, *_ = (await anext(events)).decode().split("\n")
    row = msgspec.json.decode(data.removeprefix("data: "))
    assert "event: message" == head
    assert ("CP-1", "[2]", "odd") == (row["charge_point_id"], row["frame"], row["findings"])
    stopping.set()
    assert [] == [event async for event in events]
