"""Routes for backups: see what there is, make one now."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

from ampherd.api.answers import as_json
from ampherd.api.auth import VIEWER, Admin
from ampherd.api.errors import ApiError
from ampherd.api.reading import Service
from ampherd.runtime.backups import BackupEntry, BackupState

log = structlog.get_logger(__name__)

router = APIRouter(tags=["system"])


class BackupBody(BaseModel):
    """How the backup should be."""

    secrets: bool = False
    """Put what chargers and API clients prove themselves with into it."""


class BackupsAnswer(BaseModel):
    """The backup that runs or the last one, and all that are kept."""

    last: BackupState
    kept: tuple[BackupEntry, ...]


@router.get("/backups", response_model=BackupsAnswer, dependencies=[VIEWER])
def backups(service: Service) -> Response:
    """The backup that runs or the last one, and all finished ones, oldest first."""
    state, kept = service.backups()
    return as_json({"last": state, "kept": kept})


@router.post("/backups", response_model=BackupState, status_code=HTTPStatus.ACCEPTED)
async def make_backup(admin: Admin, service: Service, body: BackupBody) -> Response:
    """Begin a backup in the configured folder; `GET /backups` tells how far it is.

    Needs the role admin.
    """
    if not service.start_backup(secrets=body.secrets):
        raise ApiError(
            HTTPStatus.CONFLICT, "backup-running", "a backup is being made", "Wait for its end."
        )
    log.info("api.backup", by=admin.name, secrets=body.secrets)
    return as_json(service.backups()[0], HTTPStatus.ACCEPTED)
