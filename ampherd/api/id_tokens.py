"""Routes for the tokens that may charge."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import AwareDatetime, BaseModel, Field

from ampherd.api.answers import Done
from ampherd.api.auth import Operator, Viewer
from ampherd.api.bodies import Body
from ampherd.api.errors import ApiError
from ampherd.api.reading import Service
from ampherd.tokens import Role
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import KnownToken, masked

log = structlog.get_logger(__name__)

router = APIRouter(tags=["tokens"])

_TOKEN = re.compile(r"[^\s:][^\x00-\x1f\x7f]{0,254}")


class IdTokenAnswer(BaseModel):
    """A token and what is known of it."""

    id_token: str
    status: AuthorizationStatus
    label: str
    expires_at: AwareDatetime | None
    group_token: str | None
    single: bool
    configured: bool = Field(description="Written in the configuration, where alone it changes.")


class IdTokenBody(Body):
    """What is to be known of a token."""

    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    label: str = Field(default="", max_length=200, description="Name for people.")
    expires_at: AwareDatetime | None = Field(
        default=None, description="From then on it is Expired; not given: never."
    )
    group_token: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        default=None, description="Tokens with the same one may stop each other's transactions."
    )
    single: bool = Field(
        default=False, description="It may run only one transaction at a time (ConcurrentTx)."
    )


@router.get("/id-tokens")
async def id_tokens(viewer: Viewer, service: Service) -> list[IdTokenAnswer]:
    """Every token on record with its state; viewers see the last four characters, as it opens."""
    shown = str if viewer.role.includes(Role.OPERATOR) else masked
    return [
        IdTokenAnswer(
            id_token=shown(token.id_token),
            status=token.status,
            label=label,
            expires_at=token.expires_at,
            group_token=token.group_token,
            single=token.single,
            configured=configured,
        )
        for token, label, configured in service.id_tokens()
    ]


@router.put("/id-tokens/{id_token}")
async def put_id_token(
    operator: Operator,
    service: Service,
    id_token: Annotated[str, PathParameter(min_length=1, max_length=255)],
    body: IdTokenBody,
) -> Done:
    """Add a token, or replace what is known of it; it counts from the next question on.

    To take one away, set its status to `Blocked` or `Invalid`: its history stays.
    """
    if not _TOKEN.fullmatch(id_token):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "a token has printable characters"
        )
    token = KnownToken(
        id_token=IdToken(id_token),
        status=body.status,
        expires_at=body.expires_at,
        group_token=None if body.group_token is None else IdToken(body.group_token),
        single=body.single,
    )
    if not await service.put_id_token(token, body.label):
        raise ApiError(
            HTTPStatus.CONFLICT,
            "configured",
            "this token is written in the configuration",
            "Change it there, or take it out there first.",
        )
    log.info("api.id-token", by=operator.name, status=body.status.value)
    return Done()
