"""Bearer tokens and roles at the door of each route."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ampherd.api.errors import ApiError
from ampherd.tokens import Principal, Role, TokenStore

_bearer = HTTPBearer(
    auto_error=False, description="A token made by `ampherd token create --role ROLE --name NAME`."
)


def _require(role: Role) -> Callable[..., Principal]:
    def holder(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Principal:
        tokens: TokenStore = request.app.state.tokens
        if credentials is None:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "no-token",
                "this request carries no token",
                "Send the header Authorization: Bearer TOKEN; make one: ampherd token create.",
            )
        principal = tokens.verify(credentials.credentials)
        if principal is None:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "unknown-token", "this token is not known")
        if not principal.role.includes(role):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "role-too-low",
                f"this needs the role {role}, and {principal.name!r} is {principal.role}",
                f"Make a token with: ampherd token create --role {role} --name NAME",
            )
        return principal

    return holder


VIEWER = Depends(_require(Role.VIEWER))
OPERATOR = Depends(_require(Role.OPERATOR))
Viewer = Annotated[Principal, VIEWER]
Operator = Annotated[Principal, Depends(_require(Role.OPERATOR))]
Admin = Annotated[Principal, Depends(_require(Role.ADMIN))]
