"""Routes for what is on record: the tables of the read side, charger by charger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from ampherd.api.answers import as_json
from ampherd.api.auth import OPERATOR, VIEWER
from ampherd.api.errors import not_found
from ampherd.api.frames import Row
from ampherd.api.reading import Service, known_charge_point
from ampherd.api.stream import message_events
from analytics.storage_questions import Bucket
from ocpp_core.domain.ids import ChargePointId

router = APIRouter(dependencies=[VIEWER], tags=["records"])
frames_router = APIRouter(dependencies=[OPERATOR], tags=["messages"])
"""Raw frames hold tokens, so viewers do not see them."""

PAGE = 500
_ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)


class Period:
    """From `start` (a day ago when not given) until `end` (not given: no end), half-open."""

    def __init__(
        self,
        service: Service,
        start: Annotated[AwareDatetime | None, Query(description="Default: a day ago.")] = None,
        end: Annotated[AwareDatetime | None, Query(description="Default: none.")] = None,
    ) -> None:
        self.start = start or service.now() - timedelta(days=1)
        self.end = end or _ALWAYS


InPeriod = Annotated[Period, Depends(Period)]
Rows = list[dict[str, Any]]


# Sessions ----------------------------------------------------------------------------------------


@router.get("/sessions", response_model=Rows)
async def sessions(
    service: Service,
    period: InPeriod,
    charge_point_id: str | None = None,
    session_id: str | None = None,
    transaction_id: int | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> Response:
    """Sessions that were connected at some time of the period, the latest first.

    With `session_id` or `transaction_id`: that one, whenever it was.
    """
    return as_json(
        await service.ask(
            lambda reader: reader.sessions(
                period.start,
                period.end,
                charge_point_id=charge_point_id,
                session_id=session_id,
                transaction_id=transaction_id,
                limit=limit,
            )
        )
    )


@router.get("/sessions/{session_id}/events", response_model=Rows)
async def session_events(service: Service, session_id: str) -> Response:
    """Steps of a transaction as its charger numbered them (OCPP 2.x), with what is missing."""
    return as_json(await service.ask(lambda reader: reader.transaction_events(session_id)))


@router.get("/sessions/{session_id}/intervals", response_model=Rows)
async def session_intervals(service: Service, session_id: str) -> Response:
    """Energy of a session on the 15-minute grid."""
    return as_json(await service.ask(lambda reader: reader.session_intervals(session_id)))


@router.get("/sessions/{session_id}/limits", response_model=Rows)
async def session_limits(service: Service, session_id: str) -> Response:
    """What a session was allowed to draw in each quarter of an hour, and why not more."""
    return as_json(await service.ask(lambda reader: reader.session_limits(session_id)))


@router.get("/sessions/{session_id}/costs", response_model=Rows)
async def session_costs(service: Service, session_id: str) -> Response:
    """The bill of a session, with the rule that made each line."""
    return as_json(await service.ask(lambda reader: reader.cost_lines(session_id)))


@router.get("/sessions/{session_id}/charging-periods", response_model=Rows)
async def session_charging_periods(service: Service, session_id: str) -> Response:
    """Charging periods that a session was billed by, as its CDR tells them (OCPI 2.2.1)."""
    return as_json(await service.ask(lambda reader: reader.charging_periods(session_id)))


@router.get("/site-cost", response_model=Rows)
async def site_cost(service: Service, period: InPeriod) -> Response:
    """What the site pays for power in each month of a period, with the rule that made each line."""
    return as_json(await service.ask(lambda reader: reader.site_cost(period.start, period.end)))


@router.get("/sessions/{session_id}/samples", response_model=Rows)
async def session_samples(service: Service, session_id: str) -> Response:
    """Everything that was metered in a session."""
    return as_json(await service.ask(lambda reader: reader.meter_samples(session_id)))


@router.get("/metering", response_model=Rows)
async def metering(
    service: Service,
    period: InPeriod,
    by: Bucket = "quarter_hour",
    connector: Annotated[str | None, Query(examples=["CP-7/1"])] = None,
) -> Response:
    """What connectors metered over time, also outside of sessions."""
    return as_json(
        await service.ask(
            lambda reader: reader.metering(period.start, period.end, by=by, connector=connector)
        )
    )


@router.get("/storage", response_model=Rows)
async def storage(service: Service) -> Response:
    """How large the database and its archive are, by table, against the budget."""
    return as_json(await service.ask(lambda reader: reader.storage()))


@router.get("/ghosts", response_model=Rows)
async def ghosts(service: Service, silent_h: Annotated[float, Query(gt=0)] = 12.0) -> Response:
    """Open sessions that are likely over, with the reasons; nothing is closed by asking."""
    at = service.now()
    return as_json(await service.ask(lambda reader: reader.ghosts(at, silent_h=silent_h)))


@router.get("/transaction-gaps", response_model=Rows)
async def transaction_gaps(
    service: Service, period: InPeriod, charge_point_id: str | None = None
) -> Response:
    """Transactions of which numbered events are missing (OCPP 2.x)."""
    return as_json(
        await service.ask(
            lambda reader: reader.transaction_gaps(
                period.start, period.end, charge_point_id=charge_point_id
            )
        )
    )


@router.get("/unit-doubts", response_model=Rows)
async def unit_doubts(service: Service, period: InPeriod) -> Response:
    """Models whose energy and power disagree as if a unit was wrong, with the factor to mend it."""
    return as_json(await service.ask(lambda reader: reader.unit_doubts(period.start, period.end)))


# What a charger keeps ----------------------------------------------------------------------------


@router.get("/charge-points/{charge_point_id}/settings", response_model=Rows)
async def settings(service: Service, charge_point_id: str, name: str | None = None) -> Response:
    """Configuration keys and variables as the charger reported or accepted them."""
    known_charge_point(service, charge_point_id)
    return as_json(
        await service.ask(
            lambda reader: reader.settings(charge_point_id=charge_point_id, name=name)
        )
    )


@router.get("/charge-points/{charge_point_id}/profiles", response_model=Rows)
async def profiles(service: Service, charge_point_id: str) -> Response:
    """Charging profiles that the charger holds by what it accepted and reported."""
    known_charge_point(service, charge_point_id)
    at = service.now()
    return as_json(
        await service.ask(
            lambda reader: reader.profiles_in_force(at, charge_point_id=charge_point_id)
        )
    )


@router.get("/charge-points/{charge_point_id}/local-list", response_model=dict[str, Any])
async def local_list(service: Service, charge_point_id: str) -> Response:
    """The charger's local authorisation list: its version and its entries."""
    known_charge_point(service, charge_point_id)
    lists = await service.ask(lambda reader: reader.local_lists(charge_point_id=charge_point_id))
    entries = await service.ask(lambda reader: reader.local_list_entries(charge_point_id))
    if not lists:
        raise not_found(
            "local list of", charge_point_id, "Ask for it: get-local-list-version, or send one."
        )
    return as_json({**lists[0], "tokens": entries})


@router.get("/charge-points/{charge_point_id}/reservations", response_model=Rows)
async def reservations(service: Service, charge_point_id: str) -> Response:
    """Reservations of the charger with their states, the last changed first."""
    known_charge_point(service, charge_point_id)
    at = service.now()
    return as_json(
        await service.ask(lambda reader: reader.reservations(at, charge_point_id=charge_point_id))
    )


@router.get("/charge-points/{charge_point_id}/certificates", response_model=Rows)
async def certificates(service: Service, charge_point_id: str) -> Response:
    """Root certificates that the charger keeps."""
    known_charge_point(service, charge_point_id)
    return as_json(
        await service.ask(lambda reader: reader.certificates(charge_point_id=charge_point_id))
    )


# What happened at a charger ----------------------------------------------------------------------


def _in_period(path: str, question: str, words: str) -> None:
    """Offer a question about one charger and a period as a route."""

    async def ask(service: Service, charge_point_id: str, period: InPeriod) -> Response:
        known_charge_point(service, charge_point_id)
        return as_json(
            await service.ask(
                lambda reader: getattr(reader, question)(
                    period.start, period.end, charge_point_id=charge_point_id
                )
            )
        )

    ask.__doc__ = words
    router.add_api_route(
        f"/charge-points/{{charge_point_id}}/{path}",
        ask,
        methods=["GET"],
        name=question,
        response_model=Rows,
    )


_in_period(
    "transfers",
    "transfers",
    "Steps of firmware updates, diagnostics and log uploads, the latest first.",
)
_in_period(
    "certificate-steps", "certificate_steps", "What was done about certificates, latest first."
)
_in_period("security-events", "security_events", "What the charger reported about security.")
_in_period("charging-limits", "charging_limits", "Limits that others set on the charger.")
_in_period("charging-needs", "charging_needs", "What cars said that they need (ISO 15118).")
_in_period(
    "profile-writes",
    "profile_writes",
    "How often the charger was told a profile, by day, and how often one that it keeps in flash.",
)
_in_period("clock", "clock_offsets", "How far the charger's clock was ahead of ours, by day.")


# Raw frames --------------------------------------------------------------------------------------


class Wanted:
    """Which messages are asked for."""

    def __init__(
        self,
        period: InPeriod,
        charge_point_id: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
        direction: str | None = None,
        session_id: str | None = None,
        text: Annotated[str | None, Query(description="Part of frame, answer or findings.")] = None,
        odd: Annotated[bool, Query(description="Only messages with findings.")] = False,
        before: Annotated[int | None, Query(description="Page on: the lowest `seq` seen.")] = None,
        after: Annotated[
            int | None, Query(description="Follow: the highest `seq` seen; oldest first then.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=5_000)] = PAGE,
    ) -> None:
        self.period = period
        self.limit = limit
        self.options: dict[str, Any] = {
            "charge_point_id": charge_point_id,
            "action": action,
            "outcome": outcome,
            "direction": direction,
            "session_id": session_id,
            "text": text,
            "odd": odd,
            "before": before,
            "after": after,
        }

    async def read(self, service: Service, **changes: Any) -> list[Row]:
        """Ask for one page."""
        options = {"limit": self.limit, **self.options, **changes}
        return await service.ask(
            lambda reader: reader.messages(self.period.start, self.period.end, **options)
        )


Messages = Annotated[Wanted, Depends(Wanted)]


@frames_router.get("/messages", response_model=Rows)
async def messages(service: Service, wanted: Messages) -> Response:
    """Raw frames with their answers and what was odd about them, the latest first."""
    return as_json(await wanted.read(service))


@frames_router.get("/messages/stream", response_class=StreamingResponse)
async def messages_stream(
    request: Request, service: Service, charge_point_id: str | None = None
) -> StreamingResponse:
    """Every frame from now on, after it is stored, as server-sent events named `message`."""
    point = None if charge_point_id is None else ChargePointId(charge_point_id)
    return StreamingResponse(
        message_events(service, request.app.state.stopping, point),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@frames_router.get("/messages.jsonl", response_class=StreamingResponse)
async def messages_export(service: Service, wanted: Messages) -> StreamingResponse:
    """The same, all of it, as one JSON object a line, oldest first: for `ampherd replay-frames`."""

    async def lines() -> AsyncIterator[bytes]:
        after = wanted.options["after"] or -1
        while page := await wanted.read(service, after=after, before=None, limit=PAGE):
            for row in page:
                yield msgspec.json.encode(row) + b"\n"
            after = max(row["seq"] for row in page)

    return StreamingResponse(
        lines(),
        media_type="application/jsonl",
        headers={"Content-Disposition": 'attachment; filename="messages.jsonl"'},
    )
