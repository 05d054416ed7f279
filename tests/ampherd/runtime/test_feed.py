"""Whoever watches gets what comes, and a slow watcher holds nobody up."""

import asyncio
from dataclasses import replace

from ampherd.runtime.feed import WAITING, MessageFeed
from ocpp_core.domain.ids import ChargePointId, MessageId
from tests.ampherd.api.test_stream import stored


async def test_each_watcher_gets_the_messages_of_its_charger() -> None:
    feed = MessageFeed()
    everything, one = feed.watch(None), feed.watch(ChargePointId("B"))
    first, second = asyncio.ensure_future(anext(everything)), asyncio.ensure_future(anext(one))
    await asyncio.sleep(0)
    for charger in ("A", "B"):
        feed.publish(stored(charger))

    assert ["A", "B"] == [(await first).charge_point_id, (await second).charge_point_id]
    await everything.aclose()
    await one.aclose()


async def test_a_slow_watcher_loses_the_oldest_and_it_is_counted() -> None:
    feed = MessageFeed()
    slow = feed.watch(None)
    waiting = asyncio.ensure_future(anext(slow))
    await asyncio.sleep(0)
    for number in range(WAITING + 2):
        feed.publish(replace(stored("A"), message_id=MessageId(str(number))))

    assert 2 == feed.lost
    assert "2" == (await waiting).message_id
    await slow.aclose()


async def test_nobody_watching_costs_nothing() -> None:
    feed = MessageFeed()
    watching = feed.watch(None)
    waiting = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    feed.publish(stored("A"))
    assert 0 == feed.lost
    assert not feed._watchers
