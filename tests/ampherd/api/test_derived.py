"""Bodies say what the domain says: fields, defaults, words; and a little more care."""

from dataclasses import fields
from typing import Any

import pytest
from pydantic import ValidationError

from ampherd.api.commands import ROUTES, route_name
from ocpp_core.domain.commands import (
    RemoteStart,
    ReserveNow,
    SetVariables,
    UpdateFirmware,
    VariableValue,
)
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.variables import VariableName
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import FakeService

BY_NAME = {route.name: route for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_body_has_the_fields_of_its_command(route: Any) -> None:
    assert {f.name for f in fields(route.command)} == set(route.body.model_fields)


def test_words_of_the_domain_are_words_of_the_api() -> None:
    body = BY_NAME["update-firmware"].body

    assert (UpdateFirmware.__doc__ or "").split(".")[0] in (body.__doc__ or "")
    assert "may hold a password" in (body.model_fields["location"].description or "")


def test_a_variable_is_written_as_one_text() -> None:
    route = BY_NAME["set-variables"]
    body = route.body.model_validate({"variables": [{"name": "EVSE@2.Power", "value": "11000"}]})

    name = VariableName.parse("EVSE@2.Power")
    assert SetVariables(variables=(VariableValue(name=name, value="11000"),)) == route.read(body)


def test_what_is_left_out_is_what_the_domain_takes_for_it() -> None:
    route = BY_NAME["remote-start"]

    read = route.read(route.body.model_validate({"id_token": "T"}))
    assert RemoteStart(id_token=IdToken("T")) == read


@pytest.mark.parametrize(
    ("name", "body", "where"),
    [
        ("reserve-now", {"reservation_id": 1, "id_token": "T", "expires_at": "2026-03-01T10:00:00"},
         "expires_at"),
        ("reserve-now", {"reservation_id": -1, "id_token": "T",
                         "expires_at": "2026-03-01T10:00:00Z"}, "reservation_id"),
        ("get-variables", {"variables": [{"name": "NoComponent"}]}, "variables"),
        ("change-availability", {"connector_id": 0, "operative": "yes"}, "operative"),
        ("send-local-list", {"version": 1, "entries": [{"id_token": "T", "status": "Accepted",
                                                        "statsu": 1}]}, "statsu"),
        ("update-cost", {"transaction_id": 1, "total_cost": "NaN"}, "total_cost"),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense_names_the_place(
    name: str, body: dict[str, Any], where: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        BY_NAME[name].body.model_validate(body)

    assert where in str(caught.value)


async def test_what_can_take_a_charger_away_needs_an_admin(
    operator: Client, service: FakeService
) -> None:
    body = {"action": "Reset", "payload": "{}"}
    answer = await operator.post("/charge-points/CP-1/commands/send-raw", json=body)

    assert 403 == answer.status_code
    assert [] == service.sent


def test_names_in_urls_follow_the_names_of_the_domain() -> None:
    assert "reserve-now" == route_name(ReserveNow)
