"""Routes for files: every question of the read side as CSV, Parquet or XLSX."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from ampherd import __version__
from ampherd.api.answers import as_json
from ampherd.api.auth import VIEWER, Viewer
from ampherd.api.errors import ApiError, not_found
from ampherd.api.reading import Service
from ampherd.tokens import Principal, Role
from analytics.exporters import (
    MEDIA_TYPES,
    Exportable,
    FileFormat,
    exportables,
    written,
)
from analytics.reader import Reader
from analytics.reports import Month, month_report

router = APIRouter(dependencies=[VIEWER], tags=["export"])

_OF_ROUTE = frozenset({"start", "end"})


@router.get("/export", response_model=list[dict[str, Any]])
async def export_questions() -> Response:
    """Every question that can be exported, with what it takes beside a period."""
    return as_json(
        [
            {
                "question": one.name,
                "answers": one.words,
                "period": one.of_period,
                "role": "operator" if one.holds_tokens else "viewer",
                "parameters": [
                    {
                        "name": p.name,
                        "kind": p.kind,
                        "required": p.required,
                        "choices": p.choices,
                    }
                    for p in one.parameters
                ],
            }
            for one in exportables().values()
        ]
    )


class _Asked:
    """A question of the path, which the token may ask."""

    def __init__(self, question: str, principal: Viewer) -> None:
        self.exportable = _allowed(question, principal)


@router.get("/export/{question}.{form}", response_class=Response)
async def export_file(
    service: Service,
    request: Request,
    asked: Annotated[_Asked, Depends(_Asked)],
    form: FileFormat,
    start: Annotated[AwareDatetime | None, Query(description="Default: all there is.")] = None,
    end: Annotated[AwareDatetime | None, Query(description="Not included.")] = None,
) -> Response:
    """A question of the read side as a file: `sessions.csv`, `consumption.xlsx?by=month`, ….

    Other parameters are those of the question, see `GET /export`. The answer is whole. Questions
    whose answers hold tokens (raw messages among them) need the role operator.
    """
    one = asked.exportable
    options = {name: text for name, text in request.query_params.items() if name not in _OF_ROUTE}

    def work(reader: Reader) -> tuple[bytes, str]:
        site = reader.site
        frame = one.ask(reader, start, end, options)
        content = written(frame, form, zone=site.timezone, currency=site.currency, title=one.name)
        return content, f"{site.site_id}-{one.name}.{form}"

    content, name = await service.read(work)
    return file_answer(content, MEDIA_TYPES[form], name)


@router.get("/report/{month}.xlsx", response_class=Response)
async def month_report_file(service: Service, month: str) -> Response:
    """The month (`2026-10`) as one workbook: overview, sessions, energy, money, data quality."""
    chosen, now = Month.parse(month), service.now()

    def work(reader: Reader) -> tuple[bytes, str]:
        content = month_report(reader, chosen, generated_at=now, version=__version__)
        return content, f"{reader.site.site_id}-{chosen}.xlsx"

    content, name = await service.read(work)
    return file_answer(content, MEDIA_TYPES[FileFormat.XLSX], name)


def file_answer(content: bytes, media_type: str, name: str) -> Response:
    """Answer with a file to be kept under a name."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _allowed(question: str, principal: Principal) -> Exportable:
    found = exportables().get(question)
    if found is None:
        raise not_found("question", question, "GET /api/v1/export lists them.")
    if found.holds_tokens and not principal.role.includes(Role.OPERATOR):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "role-too-low",
            f"{question} holds whole tokens and needs the role operator",
            "Make a token with: ampherd token create --role operator --name NAME",
        )
    return found
