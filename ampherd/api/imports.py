"""Routes for imports: look at a file, import it, take it back."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from fastapi import APIRouter, Query, Request, Response

from ampherd.api.answers import as_json
from ampherd.api.auth import Admin
from ampherd.api.errors import ApiError
from ampherd.api.frames import rows_of
from ampherd.api.limits import MAX_UPLOAD_BYTES
from ampherd.api.reading import Service
from ampherd.runtime.uploads import Upload, UploadKind
from analytics.importers import (
    ColumnsUnclearError,
    Overlaps,
    SessionFormat,
    ZoneNeededError,
)
from ocpp_core.domain.errors import ImportRefusedError

log = structlog.get_logger(__name__)

router = APIRouter(tags=["import"])

_MAX_MAPPING = 16_384
"""Characters of a mapping: it is part of the address."""


@router.post("/imports/{kind}", response_model=dict[str, Any])
async def import_file(
    admin: Admin,
    service: Service,
    request: Request,
    kind: UploadKind,
    file_name: Annotated[
        str,
        Query(
            pattern=r"^[^/\\\x00-\x1f]{1,200}\.(csv|json|parquet)$",
            description="Its end tells what the body is: `.csv`, `.json` or `.parquet`.",
        ),
    ],
    dry_run: Annotated[bool, Query(description="True: only tell what would be imported.")] = True,
    timezone: Annotated[
        str | None, Query(description="IANA zone of times that carry none.")
    ] = None,
    session_format: Annotated[
        SessionFormat, Query(alias="format", description="Of sessions: what the file is.")
    ] = SessionFormat.AUTO,
    overlaps: Annotated[
        Overlaps, Query(description="Sessions that overlap another one at their connector.")
    ] = Overlaps.REJECT,
    mapping: Annotated[
        str | None,
        Query(
            max_length=_MAX_MAPPING,
            description="Of sessions: a mapping file (TOML) that says which column is what, as "
            "`ampherd import sessions --mapping` reads it.",
        ),
    ] = None,
    time: Annotated[str | None, Query(description="Of a series: column of the times.")] = None,
    value: Annotated[str | None, Query(description="Of a series: column of the values.")] = None,
    unit: Annotated[
        str | None,
        Query(description="Of a series: `kW`, `kWh`, `EUR/MWh`, `ct/kWh`, `g/kWh`, …"),
    ] = None,
    decimal: Annotated[
        str, Query(pattern=r"^[.,]$", description="Of a series: decimal mark of a CSV.")
    ] = ".",
) -> Response:
    """Import history, the body being the file; without `dry_run=false` it is only looked at.

    Answers with the first rows as they become, what is known already and what is rejected, by
    line and reason. Any CSV of sessions is read by a `mapping`. Times without a zone are refused
    with `timezone-needed`. At most 64 MiB, one file at a time. Needs the role admin.
    """
    zone = _zone(timezone)
    if mapping is not None and kind is not UploadKind.SESSIONS:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "a mapping is for sessions",
            "A series takes time, value and unit.",
        )  # fmt: skip
    with TemporaryDirectory(prefix="ampherd-import-") as folder:
        path = Path(folder) / file_name
        mapped = None if mapping is None else Path(folder) / "mapping.toml"
        if mapped is not None and mapping is not None:
            await asyncio.to_thread(mapped.write_text, mapping, "utf-8")
        await _received(request, path)
        try:
            done = await service.import_file(
                Upload(
                    path=path, kind=kind, dry_run=dry_run, timezone=zone,
                    session_format=session_format, overlaps=overlaps, mapping=mapped, time=time,
                    value=value, unit=unit, decimal=decimal,
                )
            )  # fmt: skip
        except ZoneNeededError as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "timezone-needed", _plain(error, path),
                "Say which zone they are in: timezone=Europe/Berlin.",
            ) from error  # fmt: skip
        except ColumnsUnclearError as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-file", _plain(error, path),
                "Name them: time=COLUMN and value=COLUMN.",
            ) from error  # fmt: skip
        except ImportRefusedError as error:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-file", _plain(error, path), error.hint
            ) from error
    if done is None:
        raise ApiError(
            HTTPStatus.CONFLICT, "import-running", "a file is being imported", "Wait for its end."
        )
    if not dry_run:
        log.info(
            "api.import", by=admin.name, file=file_name, import_id=done.import_id,
            imported=done.rows_imported, rejected=done.rows_rejected,
        )  # fmt: skip
    told = {field.name: getattr(done, field.name) for field in fields(done)}
    return as_json({**told, "preview": rows_of(done.preview)})


@router.post("/imports/{import_id}/undo", response_model=dict[str, int])
async def undo(admin: Admin, service: Service, import_id: str) -> Response:
    """Take an import back: delete what it wrote. Needs the role admin."""
    try:
        sessions, values = await service.undo_import(import_id)
    except ImportRefusedError as error:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", str(error),
            "GET /api/v1/export/imports.csv lists every import with its id.",
        ) from error  # fmt: skip
    log.info("api.import-undone", by=admin.name, import_id=import_id)
    return as_json({"sessions_deleted": sessions, "values_deleted": values})


async def _received(request: Request, path: Path) -> None:
    """Write the body into a file, as it comes; 413 as soon as it is too long."""
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > MAX_UPLOAD_BYTES:
                raise ApiError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    "too-long",
                    f"a file may have {MAX_UPLOAD_BYTES} bytes at most",
                    "Split it, or stop the server and use `ampherd import`.",
                )
            await asyncio.to_thread(file.write, part)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f"{name!r} is no time zone",
            "Write an IANA name such as Europe/Berlin.",
        ) from None


def _plain(error: Exception, path: Path) -> str:
    """Return the words without the folder that the file was put into."""
    return str(error).replace(f"{path.parent}/", "")
