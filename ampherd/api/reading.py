"""Routes that read."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from ampherd.api import metrics
from ampherd.api.answers import ChargePointAnswer, OpenSessionsAnswer, as_json
from ampherd.api.auth import VIEWER
from ampherd.api.errors import not_found
from ampherd.api.service import ApiService, Health
from ampherd.api.stream import live_events
from ocpp_core.domain.view import ChargePointView, LiveView, PlanView

open_router = APIRouter()
"""What needs no token."""
router = APIRouter(dependencies=[VIEWER])


def service_of(request: Request) -> ApiService:
    """Return the running system behind a request."""
    service: ApiService = request.app.state.service
    return service


Service = Annotated[ApiService, Depends(service_of)]


@open_router.get("/health", response_model=Health, tags=["system"])
async def health(service: Service) -> Response:
    """Whether the system works; needs no token. 503 when it does not."""
    state = service.health()
    return as_json(state, 200 if state.status == "ok" else 503)


@router.get("/metrics", response_class=Response, tags=["system"])
async def prometheus(service: Service) -> Response:
    """Counters and gauges in the text format of Prometheus."""
    return Response(metrics.exposition(service), media_type=metrics.CONTENT_TYPE)


@router.get("/live", response_model=LiveView, tags=["site"])
async def live(service: Service) -> Response:
    """The whole site now."""
    return as_json(service.live())


@router.get("/live/stream", response_class=StreamingResponse, tags=["site"])
async def live_stream(request: Request, service: Service) -> StreamingResponse:
    """The whole site now and after each change, at most once a second, as server-sent events.

    Each event is named `live`; its data is what `GET /live` answers.
    """
    stopping: asyncio.Event = request.app.state.stopping
    interval_s: float = request.app.state.stream_interval_s
    return StreamingResponse(
        live_events(service, stopping, interval_s=interval_s),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/charge-points", response_model=tuple[ChargePointView, ...], tags=["chargers"])
async def charge_points(service: Service) -> Response:
    """Every charger that is configured or connected."""
    return as_json(service.charge_points())


@router.get("/charge-points/{charge_point_id}", response_model=ChargePointAnswer, tags=["chargers"])
async def charge_point(service: Service, charge_point_id: str) -> Response:
    """One charger with its connectors."""
    view = known_charge_point(service, charge_point_id)
    connectors = [c for c in service.live().connectors if c.ref in view.connectors]
    return as_json({"charge_point": view, "connectors": connectors})


@router.get("/sessions/open", response_model=tuple[OpenSessionsAnswer, ...], tags=["sessions"])
async def open_sessions(service: Service) -> Response:
    """Every session that runs; tokens are masked."""
    return as_json(
        [
            {"connector": c.ref, "state": c.state, "power_w": c.power_w, "session": c.session}
            for c in service.live().connectors
            if c.session is not None
        ]
    )


@router.get("/plan", response_model=PlanView, tags=["site"])
async def plan(service: Service) -> Response:
    """The plan ahead, slot by slot; 404 before the first one."""
    view = service.live().plan
    if view is None:
        raise not_found("plan", "now", "The first one is made when the first car wants energy.")
    return as_json(view)


def known_charge_point(service: ApiService, charge_point_id: str) -> ChargePointView:
    """Return a charger; raises the 404 that names it."""
    for view in service.charge_points():
        if view.charge_point_id == charge_point_id:
            return view
    raise not_found("charge point", charge_point_id, "GET /api/v1/charge-points lists them.")
