"""The HTTP API as an acceptance test drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx


class Api:
    """What can be asked of the server about one charger, and told to it."""

    def __init__(self, client: httpx.AsyncClient, charger: str) -> None:
        self.client = client
        self.charger = charger

    def command(self, name: str, **body: Any) -> asyncio.Task[dict[str, Any]]:
        """Send a command; the task ends with its result, once the charger has answered."""
        return asyncio.ensure_future(self._command(name, body))

    @staticmethod
    def later[T](work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a request whose answer waits for the charger's."""
        return asyncio.ensure_future(work)

    async def _command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.post(f"/charge-points/{self.charger}/commands/{name}", json=body)
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def register(self, status: str) -> dict[str, Any]:
        """Decide what the charger's boots are answered."""
        path = f"/charge-points/{self.charger}/registration"
        answer = await self.client.put(path, json={"status": status})
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def get(self, path: str, **query: Any) -> Any:
        """Read a route; `{id}` in the path is the charger under test."""
        answer = await self.client.get(path.replace("{id}", self.charger), params=query)
        assert answer.is_success, answer.text
        return answer.json()
