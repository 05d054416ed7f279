"""One shape for every error: {"error": {"code", "message", "hint"}}."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ocpp_core.domain.errors import AmpherdError, ReaderError, ReaderTimeoutError, StoreError

log = structlog.get_logger(__name__)


class ErrorDetail(BaseModel):
    """Why a request was not served."""

    code: str
    """A fixed word for programs, e.g. `not-found`."""
    message: str
    hint: str = ""


class ErrorAnswer(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail


class ApiError(Exception):
    """A request that cannot be served, with what the client is told."""

    def __init__(self, status: HTTPStatus, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.hint = hint


def not_found(what: str, name: str, hint: str = "") -> ApiError:
    """Return the answer to a name that leads nowhere."""
    return ApiError(HTTPStatus.NOT_FOUND, "not-found", f"there is no {what} {name!r}", hint)


def answer(
    status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return an error in the one shape."""
    body = ErrorAnswer(error=ErrorDetail(code=code, message=message, hint=hint))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Give every error of `app` the one shape."""

    @app.exception_handler(ApiError)
    async def _api_error(_: Request, error: ApiError) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return answer(error.status, error.code, str(error), error.hint, headers)

    @app.exception_handler(HTTPException)
    async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        hint = "Every route is listed in /api/v1/openapi.json." if status == 404 else ""
        headers = dict(error.headers) if error.headers else None
        return answer(status, code, str(error.detail), hint, headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Names and reasons only: a value may be a secret (ChangeConfiguration).
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        return answer(422, "invalid-request", "; ".join(faults))

    @app.exception_handler(StoreError)
    async def _store_error(request: Request, error: StoreError) -> JSONResponse:
        log.error("api.store-error", path=request.url.path, error=str(error))
        return answer(503, "store-unavailable", f"nothing was recorded: {error}", error.hint)

    @app.exception_handler(ReaderTimeoutError)
    async def _too_long(request: Request, error: ReaderTimeoutError) -> JSONResponse:
        log.warning("api.question-took-too-long", path=request.url.path)
        return answer(504, "took-too-long", str(error), error.hint)

    @app.exception_handler(ReaderError)
    async def _reader_error(_: Request, error: ReaderError) -> JSONResponse:
        return answer(422, "invalid-request", str(error), error.hint)

    @app.exception_handler(AmpherdError)
    async def _ampherd_error(request: Request, error: AmpherdError) -> JSONResponse:
        log.error("api.error", path=request.url.path, error=str(error))
        return answer(500, "server-error", str(error), error.hint)

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        log.error("api.bug", path=request.url.path, exc_info=error)
        return answer(500, "server-error", "the server failed; its log says why")
