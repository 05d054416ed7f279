"""A charger pings as often as its setting says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from websockets.exceptions import ConnectionClosedOK

from ocpp_core.sim.keys import ConfigurationKeys, KeyChange
from ocpp_core.sim.pinging import Pinger
from tests.ocpp_core.sim.conftest import MakeCharger
from tests.ocpp_core.sim.csms import TestCsms

SOON_S = 0.001


class Server:
    """The other end, which answers pings or not."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.pings: asyncio.Queue[None] = asyncio.Queue()
        self.closed: tuple[int, str] | None = None

    async def ping(self) -> Awaitable[float]:
        if self.closed is not None:
            raise ConnectionClosedOK(None, None)
        self.pings.put_nowait(None)
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self.answers:
            pong.set_result(0.0)
        return pong

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = code, reason


async def some(server: Server, number: int) -> None:
    async with asyncio.timeout(5):
        for _ in range(number):
            await server.pings.get()


async def test_pings_go_out_at_the_interval_and_none_while_it_is_0() -> None:
    interval_s, server = 0.0, Server()
    pinger = Pinger(lambda: interval_s)
    running = asyncio.create_task(pinger.run(server))
    for _ in range(5):
        await asyncio.sleep(0)
    assert server.pings.empty()
    interval_s = SOON_S
    pinger.changed()
    await some(server, 3)
    running.cancel()


async def test_a_server_that_answers_no_ping_is_given_up() -> None:
    server = Server(answers=False)
    async with asyncio.timeout(5):
        await Pinger(lambda: SOON_S).run(server)

    assert (1011, "a ping was not answered") == server.closed


async def test_a_link_that_is_over_is_pinged_no_more() -> None:
    server = Server()
    await server.close()
    async with asyncio.timeout(5):
        await Pinger(lambda: SOON_S).run(server)

    assert server.pings.empty()


@pytest.mark.parametrize(
    ("value", "change"),
    [("0", KeyChange.ACCEPTED), ("45", KeyChange.ACCEPTED), ("-1", KeyChange.REJECTED)],
)
def test_the_interval_may_be_0_and_not_below(value: str, change: KeyChange) -> None:
    """OCPP 1.6 section 9.1: negative values are rejected."""
    assert change is ConfigurationKeys().change("WebSocketPingInterval", value)


async def test_a_changed_interval_counts_at_once(csms: TestCsms, charger: MakeCharger) -> None:
    async with charger() as subject:
        await subject.ready()
        pinger = subject.terminal.link.pinger
        before = pinger._interval_s()
        answer = await csms.ask(
            "CP-1", "ChangeConfiguration", {"key": "WebSocketPingInterval", "value": "7"}
        )
        after = pinger._interval_s()
        known = await csms.ask("CP-1", "GetConfiguration", {"key": ["WebSocketPingInterval"]})

    assert (60, {"status": "Accepted"}, 7) == (before, answer, after)
    assert [{"key": "WebSocketPingInterval", "readonly": False, "value": "7"}] == known[
        "configurationKey"
    ]
