"""Routes for key figures, all by the one dictionary."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from ampherd.api.answers import as_json
from ampherd.api.auth import VIEWER
from ampherd.api.errors import ApiError
from ampherd.api.reading import Service
from analytics.kpi import KPIS, Split
from analytics.periods import Against, Grain

router = APIRouter(dependencies=[VIEWER], tags=["records"])

Rows = list[dict[str, Any]]
_MOST_ROWS = {"quarter_hour": 31, "hour": 366, "day": 3660, "month": 36_600, "total": 36_600}
"""Longest period for each grain, days."""

Start = Annotated[AwareDatetime | None, Query(description="Default: a day ago.")]
End = Annotated[AwareDatetime | None, Query(description="End, not included. Default: now.")]
Names = Annotated[list[str] | None, Query(description="Key figures by name. Default: all.")]


@router.get("/kpis/dictionary", response_model=Rows)
async def dictionary() -> Response:
    """Every key figure: name, label, unit, formula, caveat, good direction, splits, source."""
    rows = [
        {
            "name": kpi.name, "label": kpi.label, "unit": kpi.unit, "formula": kpi.formula,
            "caveat": kpi.caveat, "good": kpi.good, "splits": kpi.splits, "source": kpi.source,
        }
        for kpi in KPIS.values()
    ]  # fmt: skip
    return as_json(rows)


@router.get("/kpis", response_model=Rows)
async def kpis(
    service: Service,
    start: Start = None,
    end: End = None,
    by: Grain = "total",
    split: Split = "site",
    name: Names = None,
) -> Response:
    """Key figures of each period of the site's local time, for each of what `split` says."""
    until = end or service.now()
    begin = start or until - timedelta(days=1)
    if until - begin > timedelta(days=_MOST_ROWS[by]):
        raise ApiError(
            HTTPStatus.BAD_REQUEST, "bad-request", f"too long a period by {by}",
            f"At most {_MOST_ROWS[by]} days, or a longer `by`.",
        )  # fmt: skip
    _known(name)
    return as_json(
        await service.ask(lambda reader: reader.kpis(begin, until, by=by, split=split, names=name))
    )


@router.get("/kpis/compare", response_model=Rows)
async def compare(
    service: Service,
    start: Start = None,
    end: End = None,
    against: Against = Against.PREVIOUS,
    split: Split = "site",
    name: Names = None,
) -> Response:
    """Key figures of a period against the one before or a year before, the same part of it."""
    now = service.now()
    begin = start or now - timedelta(days=1)
    _known(name)
    return as_json(
        await service.ask(
            lambda reader: reader.compare(
                begin, end or now, names=name, against=against, now=now, split=split
            )
        )
    )


def _known(names: list[str] | None) -> None:
    for name in names or ():
        if name not in KPIS:
            raise ApiError(
                HTTPStatus.BAD_REQUEST, "bad-request", f"there is no key figure {name!r}",
                "GET /api/v1/kpis/dictionary lists them.",
            )  # fmt: skip
