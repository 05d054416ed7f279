"""The server over a real socket."""

import asyncio
import signal

import httpx
import pytest
from fastapi import FastAPI

from ampherd.api import ApiServer, Role, TokenStore
from ocpp_core.domain.errors import AmpherdError
from tests.ampherd.api.fake_service import FakeService


async def test_port_0_is_any_free_port_and_is_told(app: FastAPI) -> None:
    async with (
        ApiServer(app, host="127.0.0.1", port=0) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as client,
    ):
        answer = await client.get("/api/v1/health")

    assert server.port > 0
    assert "ok" == answer.json()["status"]


async def test_it_leaves_signals_alone(app: FastAPI) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with ApiServer(app, host="127.0.0.1", port=0):
        during = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    assert before == during


async def test_a_taken_port_is_an_error_with_a_hint(app: FastAPI) -> None:
    async with ApiServer(app, host="127.0.0.1", port=0) as first:
        second = ApiServer(app, host="127.0.0.1", port=first.port)
        with pytest.raises(AmpherdError, match="cannot listen") as caught:
            await second.start()

    assert "server.api_port" in caught.value.hint


async def test_stopping_ends_open_streams_and_closes_the_port(
    app: FastAPI, tokens: TokenStore, service: FakeService
) -> None:
    headers = {"Authorization": f"Bearer {tokens.create('eye', Role.VIEWER)}"}
    server = ApiServer(app, host="127.0.0.1", port=0)
    await server.start()
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as client,
        client.stream("GET", "/api/v1/live/stream") as answer,
    ):
        lines = answer.aiter_lines()
        assert "event: live" == await anext(lines)
        stopping = asyncio.create_task(server.stop())
        rest = [line async for line in lines]
        await stopping

    assert rest[0].startswith("data: ")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)
    await server.stop()
