"""The application object."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI

from ampherd import __version__
from ampherd.api import (
    acting,
    backups,
    errors,
    exports,
    id_tokens,
    imports,
    knowledge,
    kpis,
    reading,
    records,
)
from ampherd.api.limits import BodyLimit
from ampherd.api.service import ApiService
from ampherd.tokens import TokenStore

PREFIX = "/api/v1"
STREAM_INTERVAL_S = 1.0

_DESCRIPTION = """\
The state of the site and what may be done about it.

Every request but `GET /health` carries `Authorization: Bearer TOKEN`. Roles: a **viewer** reads, an
**operator** also acts, an **admin** may do everything. Times are RFC 3339 in UTC; names of numbers
end in their unit. Every error is `{"error": {"code", "message", "hint"}}`.
"""


def create_app(
    service: ApiService, tokens: TokenStore, *, stream_interval_s: float = STREAM_INTERVAL_S
) -> FastAPI:
    """Build the API in front of a running system.

    `app.state.stopping` is an event that ends every live stream: set it before the server stops.
    """
    app = FastAPI(
        title="Ampherd",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        # The pages that FastAPI offers load scripts from elsewhere: not beside a bearer token.
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses={"default": {"model": errors.ErrorAnswer, "description": "What went wrong."}},
    )
    app.state.service = service
    app.state.tokens = tokens
    app.state.stopping = asyncio.Event()
    app.state.stream_interval_s = stream_interval_s
    errors.install(app)
    app.include_router(reading.open_router, prefix=PREFIX)
    app.include_router(reading.router, prefix=PREFIX)
    app.include_router(acting.router, prefix=PREFIX)
    app.include_router(id_tokens.router, prefix=PREFIX)
    app.include_router(knowledge.router, prefix=PREFIX)
    app.include_router(kpis.router, prefix=PREFIX)
    app.include_router(records.router, prefix=PREFIX)
    app.include_router(exports.router, prefix=PREFIX)
    app.include_router(backups.router, prefix=PREFIX)
    app.include_router(imports.router, prefix=PREFIX)
    app.include_router(records.frames_router, prefix=PREFIX)
    app.add_middleware(BodyLimit)
    return app
