import logging
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from structlog.testing import capture_logs

from ampherd.api.commands import ROUTES
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    ClearProfile,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetComposite,
    GetConfiguration,
    Offline,
    Rejected,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    SetProfile,
    TimedOut,
    TriggerMessage,
    Unsupported,
)
from ocpp_core.domain.errors import StoreFullError
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    IdToken,
    SessionId,
    TransactionId,
)
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.view import BatterySetpoint
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import NOON, FakeService

PROFILE = {
    "profile_id": 3,
    "purpose": "TxProfile",
    "kind": "Absolute",
    "start": "2026-03-02T13:00:00+01:00",
    "duration_s": 600,
    "periods": [{"start_s": 0, "limit": 16}, {"start_s": 60, "limit": 8.5}],
    "transaction_id": 7,
}


@pytest.mark.parametrize(
    ("name", "body", "command"),
    [
        (
            "set-profile",
            {"connector_id": 1, "profile": PROFILE},
            SetProfile(
                connector_id=ConnectorId(1),
                profile=ChargingProfile(
                    profile_id=3,
                    purpose=ProfilePurpose.TX,
                    kind=ProfileKind.ABSOLUTE,
                    start=NOON,
                    duration_s=600,
                    periods=(
                        SchedulePeriod(start_s=0, limit=16.0),
                        SchedulePeriod(start_s=60, limit=8.5),
                    ),
                    transaction_id=TransactionId(7),
                ),
            ),
        ),
        ("clear-profile", {"profile_id": 3}, ClearProfile(profile_id=3)),
        (
            "get-composite",
            {"connector_id": 1, "duration_s": 60, "rate_unit": "A"},
            GetComposite(connector_id=ConnectorId(1), duration_s=60, rate_unit=RateUnit.A),
        ),
        (
            "remote-start",
            {"id_token": "04AB", "connector_id": 2},
            RemoteStart(id_token=IdToken("04AB"), connector_id=ConnectorId(2)),
        ),
        ("remote-stop", {"transaction_id": 7}, RemoteStop(transaction_id=TransactionId(7))),
        (
            "change-configuration",
            {"key": "HeartbeatInterval", "value": "60"},
            ChangeConfiguration(key="HeartbeatInterval", value="60"),
        ),
        ("get-configuration", {}, GetConfiguration()),
        (
            "trigger-message",
            {"message": "MeterValues", "connector_id": 1},
            TriggerMessage(message="MeterValues", connector_id=ConnectorId(1)),
        ),
        ("reset", {"kind": "Hard"}, Reset(kind=ResetKind.HARD)),
    ],
)
async def test_each_command_reaches_the_charger_as_a_domain_value(
    operator: Client, service: FakeService, name: str, body: dict[str, Any], command: Command
) -> None:
    answer = await operator.post(f"/charge-points/CP-1/commands/{name}", json=body)

    assert {"result": "accepted", "status": "Accepted"} == answer.json()
    assert [(ChargePointId("CP-1"), command)] == service.sent


def test_every_domain_command_has_a_route_with_words() -> None:
    assert set(get_args(Command.__value__)) == {route.command for route in ROUTES}
    assert [] == [route.name for route in ROUTES if not route.body.__doc__]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Rejected(status="Rejected", reason="no"), {"result": "rejected", "status": "Rejected"}),
        (TimedOut(after_s=30.0), {"result": "timed-out", "after_s": 30.0}),
        (Unsupported(reason="NotSupported"), {"result": "unsupported", "reason": "NotSupported"}),
        (Offline(sent=True), {"result": "offline", "sent": True}),
        (
            Accepted(
                configuration=(ConfigurationEntry(key="A", value=None, readonly=True),),
                unknown_keys=("B",),
            ),
            {"result": "accepted", "unknown_keys": ["B"]},
        ),
        (
            Accepted(
                composite=CompositeSchedule(
                    start=NOON,
                    duration_s=60,
                    rate_unit=RateUnit.A,
                    periods=(SchedulePeriod(start_s=0, limit=6.0),),
                )
            ),
            {"result": "accepted", "status": "Accepted"},
        ),
    ],
)
async def test_a_refusal_is_an_answer_and_not_an_error(
    operator: Client, service: FakeService, result: CommandResult, expected: dict[str, Any]
) -> None:
    service.result = result
    answer = await operator.post("/charge-points/CP-1/commands/reset", json={})

    assert 200 == answer.status_code
    assert expected.items() <= answer.json().items()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("reset", {"kind": "Soft", "kidn": 1}, "body.kidn"),
        ("reset", {"kind": "Gentle"}, "body.kind"),
        ("remote-start", {"id_token": ""}, "body.id_token"),
        ("remote-start", {"id_token": "x", "connector_id": 0}, "body.connector_id"),
        (
            "set-profile",
            {"connector_id": 1, "profile": PROFILE | {"start": "2026-03-02T12:00:00"}},
            "timezone",
        ),
        (
            "set-profile",
            {"connector_id": 1, "profile": PROFILE | {"start": None}},
            "needs a start",
        ),
        (
            "set-profile",
            {"connector_id": 1, "profile": PROFILE | {"periods": [{"start_s": 5, "limit": 6}]}},
            "first period starts at 0",
        ),
        (
            "set-profile",
            {"connector_id": 1, "profile": PROFILE | {"periods": []}},
            "body.profile.periods",
        ),
    ],
)
async def test_a_command_that_makes_no_sense_is_not_sent(
    operator: Client, service: FakeService, name: str, body: dict[str, Any], words: str
) -> None:
    answer = await operator.post(f"/charge-points/CP-1/commands/{name}", json=body)

    assert 422 == answer.status_code
    assert words in answer.json()["error"]["message"]
    assert [] == service.sent


async def test_a_command_for_an_unknown_charger_is_not_sent(
    operator: Client, service: FakeService
) -> None:
    answer = await operator.post("/charge-points/CP-9/commands/reset", json={})

    assert 404 == answer.status_code
    assert [] == service.sent


async def test_a_configuration_value_is_in_no_log_and_no_error(
    operator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        await operator.post(
            "/charge-points/CP-1/commands/change-configuration",
            json={"key": "AuthorizationKey", "value": "hush-hush"},
        )
        refused = await operator.post(
            "/charge-points/CP-1/commands/change-configuration",
            json={"key": "AuthorizationKey", "value": ["hush-hush"]},
        )

    assert 422 == refused.status_code
    assert "hush" not in f"{logged}{caplog.text}{refused.text}"
    assert "hand" == logged[0]["by"]


async def test_a_secret_setting_of_a_charger_is_shown_to_nobody(
    operator: Client, service: FakeService
) -> None:
    service.result = Accepted(
        configuration=(
            ConfigurationEntry(key="G_CardPin", value="hush-hush", readonly=False),
            ConfigurationEntry(key="G_MaxCurrent", value="32.00", readonly=False),
        )
    )
    answer = await operator.post("/charge-points/CP-1/commands/get-configuration", json={})

    assert "hush" not in answer.text
    assert "32.00" in answer.text


async def test_a_password_is_changed_without_being_told(
    operator: Client, service: FakeService
) -> None:
    service.result = Accepted()
    answer = await operator.post("/charge-points/CP-1/password")
    unknown = await operator.post("/charge-points/CP-9/password")

    assert {"result": "accepted", "status": "Accepted"} == answer.json()
    assert 404 == unknown.status_code
    assert ["CP-1"] == service.rotated


async def test_a_charger_that_waits_is_accepted_by_an_admin(
    admin: Client, operator: Client, service: FakeService
) -> None:
    service.result = Offline(sent=False)
    path = "/charge-points/CP-1/registration"
    accepted = await admin.put(path, json={"status": "Accepted"})
    rejected = await admin.put(path, json={"status": "Rejected"})

    assert {
        "status": "Accepted",
        "trigger": {"result": "offline", "sent": False},
    } == accepted.json()
    assert {"status": "Rejected"} == rejected.json()
    assert [("CP-1", BootStatus.ACCEPTED), ("CP-1", BootStatus.REJECTED)] == service.registered
    assert 403 == (await operator.put(path, json={"status": "Accepted"})).status_code
    unknown = await admin.put("/charge-points/CP-9/registration", json={"status": "Accepted"})
    assert 404 == unknown.status_code


async def test_a_need_is_stated_in_utc(operator: Client, service: FakeService) -> None:
    answer = await operator.put(
        "/sessions/s1/need", json={"energy_wh": 20_000, "departure": "2026-03-02T18:00:00+01:00"}
    )

    assert 200 == answer.status_code
    need = DriverNeed(energy_wh=20_000.0, departure=datetime(2026, 3, 2, 17, tzinfo=UTC))
    assert [(SessionId("s1"), need)] == service.needs


async def test_a_need_for_a_session_that_does_not_run_is_not_found(operator: Client) -> None:
    answer = await operator.put(
        "/sessions/s9/need", json={"energy_wh": 1, "departure": "2026-03-02T18:00:00Z"}
    )

    assert 404 == answer.status_code


async def test_what_could_not_be_stored_is_told(operator: Client, service: FakeService) -> None:
    service.store_error = StoreFullError("no space left", hint="Make room.")
    answer = await operator.put(
        "/sessions/s1/need", json={"energy_wh": 1, "departure": "2026-03-02T18:00:00Z"}
    )

    assert 503 == answer.status_code
    assert {
        "code": "store-unavailable",
        "message": "nothing was recorded: no space left",
        "hint": "Make room.",
    } == answer.json()["error"]


async def test_a_limit_says_who_ordered_it_and_why(operator: Client, service: FakeService) -> None:
    put = await operator.put("/circuits/grid/limit", json={"limit_a": 32, "reason": "grid alert"})
    deleted = await operator.delete("/circuits/grid/limit")

    assert (200, 200) == (put.status_code, deleted.status_code)
    limit = CircuitLimit(circuit_id=CircuitId("grid"), limit_a=32.0)
    assert [(limit, "hand: grid alert")] == service.limits
    assert [(CircuitId("grid"), "hand: cleared")] == service.cleared


async def test_an_event_is_a_limit_with_a_start_an_end_and_words(
    operator: Client, service: FakeService
) -> None:
    times = {"start": "2026-03-02T17:00:00Z", "end": "2026-03-02T18:00:00Z"}

    put = await operator.put(
        "/circuits/grid/limit", json={"limit_w": 9000, "reason": "grid event 7", **times}
    )

    assert 200 == put.status_code
    ((limit, source),) = service.limits
    assert "hand: grid event 7" == source
    assert "grid event 7" == limit.words
    assert datetime(2026, 3, 2, 17, tzinfo=UTC) == limit.start
    assert datetime(2026, 3, 2, 18, tzinfo=UTC) == limit.end


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "x"}, 422),
        ({"limit_a": -1, "reason": "x"}, 422),
        ({"limit_a": 1}, 422),
        (
            {
                "limit_a": 1,
                "reason": "x",
                "start": "2026-03-02T12:00:00Z",
                "end": "2026-03-02T11:00:00Z",
            },
            422,
        ),
        ({"limit_w": 0, "reason": "x"}, 200),
    ],
)
async def test_a_limit_needs_a_number_and_a_reason(
    operator: Client, body: dict[str, Any], status: int
) -> None:
    assert status == (await operator.put("/circuits/grid/limit", json=body)).status_code


async def test_a_limit_for_an_unknown_circuit_is_not_found(operator: Client) -> None:
    put = await operator.put("/circuits/x/limit", json={"limit_a": 32, "reason": "y"})
    deleted = await operator.delete("/circuits/x/limit")

    assert (404, 404) == (put.status_code, deleted.status_code)


async def test_a_reading_may_leave_out_what_is_not_measured(
    operator: Client, service: FakeService
) -> None:
    await operator.put("/site/load", json={"building_w": 500})
    empty = await operator.put("/site/load", json={})

    assert [(500.0, None)] == service.loads
    assert 422 == empty.status_code


async def test_a_battery_reports_and_is_told_what_to_do(
    operator: Client, service: FakeService
) -> None:
    none = await operator.put("/site/battery", json={"stored_wh": 0, "power_w": 0})
    service.setpoint = BatterySetpoint(power_w=-5000.0, until=NOON, words="As planned.")
    told = await operator.put("/site/battery", json={"stored_wh": 800, "power_w": -20})
    odd = await operator.put("/site/battery", json={"stored_wh": -1, "power_w": 0})

    assert (404, 422) == (none.status_code, odd.status_code)
    assert "[battery]" in none.json()["error"]["hint"]
    assert -5000.0 == told.json()["power_w"]
    assert (800.0, -20.0) == service.battery_reports[-1]
