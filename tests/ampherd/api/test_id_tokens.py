"""Tokens over the API: changed by operators, but for those that the configuration owns."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import KnownToken
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import FakeService


async def test_a_token_is_recorded_with_all_that_is_said_of_it(
    operator: Client, service: FakeService
) -> None:
    body = {
        "status": "Blocked", "label": "Alex", "expires_at": "2031-01-01T01:00:00+01:00",
        "group_token": "FAMILY", "single": True,
    }  # fmt: skip
    put = await operator.put("/id-tokens/04AB", json=body)
    listed = (await operator.get("/id-tokens")).json()

    assert 200 == put.status_code
    token = KnownToken(
        id_token=IdToken("04AB"),
        status=AuthorizationStatus.BLOCKED,
        expires_at=datetime(2031, 1, 1, tzinfo=UTC),
        group_token=IdToken("FAMILY"),
        single=True,
    )
    assert [(token, "Alex")] == service.tokens
    assert ["04AB"] == [one["id_token"] for one in listed]


async def test_a_token_of_the_configuration_is_changed_there_only(operator: Client) -> None:
    answer = await operator.put("/id-tokens/FIXED", json={})

    assert 409 == answer.status_code
    assert "configured" == answer.json()["error"]["code"]


@pytest.mark.parametrize("body", [{"status": "Fine"}, {"expires_at": "2031-01-01"}, {"labl": "x"}])
async def test_what_makes_no_sense_is_not_recorded(
    operator: Client, service: FakeService, body: dict[str, Any]
) -> None:
    assert 422 == (await operator.put("/id-tokens/T", json=body)).status_code
    assert [] == service.tokens


async def test_viewers_see_the_end_of_a_token_and_change_nothing(
    viewer: Client, operator: Client
) -> None:
    await operator.put("/id-tokens/04AB5678", json={})
    listed = (await viewer.get("/id-tokens")).json()

    assert ["••••5678"] == [one["id_token"] for one in listed]
    assert 403 == (await viewer.put("/id-tokens/T", json={})).status_code
