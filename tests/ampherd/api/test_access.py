"""Who may do what; and the one shape of every error."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from ampherd.api import Role, TokenStore
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import FakeService


def operations(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]


def error_of(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert {"error"} == body.keys()
    assert {"code", "message", "hint"} == body["error"].keys()
    error: dict[str, Any] = body["error"]
    return error


@pytest.mark.parametrize("token", ["", "amp_made-up"])
async def test_without_a_token_everything_but_health_is_closed(
    app: FastAPI, client_with: Callable[[str], Client], token: str
) -> None:
    async with client_with(token) as client:
        answers = {
            (method, path): await client.request(method, path, json={})
            for method, path in operations(app)
        }

    assert [("GET", "/health")] == [k for k, answer in answers.items() if answer.is_success]
    for key, answer in answers.items():
        if key != ("GET", "/health"):
            assert 401 == answer.status_code, key
            assert "Bearer" == answer.headers["WWW-Authenticate"]
            assert error_of(answer)["code"] in {"no-token", "unknown-token"}


async def test_a_viewer_may_read_and_not_act(
    app: FastAPI, viewer: Client, service: FakeService
) -> None:
    for method, path in operations(app):
        if path == "/live/stream":
            continue
        named = path.replace("{charge_point_id}", "CP-1").replace("{question}.{form}", "alarms.csv")
        if path.startswith("/report"):
            continue  # asks half the read side; tests/ampherd/api/test_exports.py
        answer = await viewer.request(method, named, json={})

        reads = method == "GET" and not path.startswith("/messages")
        assert (200 if reads else 403) == answer.status_code, path
    assert [] == [*service.sent, *service.limits, *service.cleared, *service.loads]


def test_roles_include_those_below_them() -> None:
    assert Role.ADMIN.includes(Role.VIEWER)
    assert Role.OPERATOR.includes(Role.OPERATOR)
    assert not Role.VIEWER.includes(Role.OPERATOR)


async def test_a_revoked_token_stops_working_at_once(
    client_with: Callable[[str], Client], tokens: TokenStore
) -> None:
    async with client_with(tokens.create("gone", Role.ADMIN)) as client:
        before = await client.get("/live")
        tokens.revoke("gone")
        after = await client.get("/live")

    assert (200, 401) == (before.status_code, after.status_code)


async def test_an_unknown_route_has_the_shape_of_every_error(viewer: Client) -> None:
    answer = await viewer.get("/nothing")

    assert 404 == answer.status_code
    assert "not-found" == error_of(answer)["code"]


async def test_a_wrong_method_has_the_shape_of_every_error(viewer: Client) -> None:
    answer = await viewer.delete("/live")

    assert 405 == answer.status_code
    assert "GET" == answer.headers["Allow"]
    assert "method-not-allowed" == error_of(answer)["code"]


async def test_a_bug_is_told_without_its_text(
    viewer: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(service, "live", broken)
    with capture_logs() as logged:
        answer = await viewer.get("/live")

    assert ["api.bug"] == [line["event"] for line in logged]
    assert 500 == answer.status_code
    assert "secret" not in answer.text
    assert "server-error" == error_of(answer)["code"]


async def test_a_body_that_is_too_long_is_refused_before_it_is_read(operator: Client) -> None:
    answer = await operator.put("/site/load", content=b" " * (256 * 1024 + 1))

    assert 413 == answer.status_code
    assert "too-long" == error_of(answer)["code"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"building_w": NaN}'])
async def test_a_body_that_is_no_such_object_is_told_so(
    operator: Client, service: FakeService, content: bytes
) -> None:
    answer = await operator.put(
        "/site/load", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in {400, 422}
    assert error_of(answer)["message"]
    assert [] == service.loads
