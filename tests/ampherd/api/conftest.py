"""An API in front of a fake system, and a client for each role."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI

from ampherd.api import ApiService, Role, TokenStore, create_app
from tests.ampherd.api.fake_service import FakeService

type Client = httpx.AsyncClient


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def tokens() -> TokenStore:
    return TokenStore()


@pytest.fixture
def app(service: FakeService, tokens: TokenStore) -> FastAPI:
    running: ApiService = service
    return create_app(running, tokens, stream_interval_s=0.0)


@pytest.fixture
def client_with(app: FastAPI) -> Callable[[str], Client]:
    def client(token: str) -> Client:
        # An error inside is an answer, as it is for a client at the other end of a network.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(
            transport=transport, base_url="http://ampherd/api/v1", headers=headers
        )

    return client


@pytest.fixture
async def viewer(client_with: Callable[[str], Client], tokens: TokenStore) -> AsyncIterator[Client]:
    async with client_with(tokens.create("eye", Role.VIEWER)) as client:
        yield client


@pytest.fixture
async def operator(
    client_with: Callable[[str], Client], tokens: TokenStore
) -> AsyncIterator[Client]:
    async with client_with(tokens.create("hand", Role.OPERATOR)) as client:
        yield client


@pytest.fixture
async def admin(client_with: Callable[[str], Client], tokens: TokenStore) -> AsyncIterator[Client]:
    async with client_with(tokens.create("head", Role.ADMIN)) as client:
        yield client
