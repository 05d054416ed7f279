"""A bound on request bodies, before anything reads them."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ampherd.api.errors import answer

MAX_BODY_BYTES = 256 * 1024
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
"""Of a file to import: its route writes it to disk as it comes, and counts."""

_UPLOADS = "/api/v1/imports/"


class BodyLimit:
    """Answers 413 to a request whose body says that it is, or turns out to be, too long.

    Files to import have a bound of their own.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests within the bound."""
        if scope["type"] != "http" or scope["path"].startswith(_UPLOADS):
            await self._app(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                refusal = answer(
                    413, "too-long", f"a body may have {self._max_bytes} bytes at most"
                )
                await refusal(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        whole: Message | None = {
            "type": "http.request",
            "body": bytes(body),
            "more_body": False,
        }

        async def replay() -> Message:
            nonlocal whole
            if whole is not None:
                first, whole = whole, None
                return first
            return await receive()

        await self._app(scope, replay, send)
