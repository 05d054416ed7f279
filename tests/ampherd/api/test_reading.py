from dataclasses import replace

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from ampherd.api import Health
from ocpp_core.domain.view import ChargePointView, LiveView, PlanView
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import LIVE, PLAN, SESSION, FakeService


async def test_live_is_the_view_that_pages_decode(viewer: Client) -> None:
    answer = await viewer.get("/live")

    assert LIVE == msgspec.json.decode(answer.content, type=LiveView)


async def test_charge_points_are_listed_with_what_they_say_they_are(viewer: Client) -> None:
    answer = await viewer.get("/charge-points")

    (point,) = msgspec.json.decode(answer.content, type=tuple[ChargePointView, ...])
    assert ("CP-1", "Volt", True) == (point.charge_point_id, point.vendor, point.online)


async def test_one_charge_point_comes_with_its_connectors(viewer: Client) -> None:
    body = (await viewer.get("/charge-points/CP-1")).json()

    assert ["CP-1/1", "CP-1/2"] == [c["ref"] for c in body["connectors"]]


async def test_an_unknown_charge_point_is_named(viewer: Client) -> None:
    answer = await viewer.get("/charge-points/CP-9")

    assert 404 == answer.status_code
    assert "there is no charge point 'CP-9'" == answer.json()["error"]["message"]


async def test_open_sessions_say_where_they_run(viewer: Client) -> None:
    (entry,) = (await viewer.get("/sessions/open")).json()

    assert "CP-1/1" == entry["connector"]
    assert SESSION.session_id == entry["session"]["session_id"]


async def test_the_plan_is_the_one_of_the_live_view(viewer: Client) -> None:
    answer = await viewer.get("/plan")

    assert PLAN == msgspec.json.decode(answer.content, type=PlanView)


async def test_before_the_first_plan_there_is_none(viewer: Client, service: FakeService) -> None:
    service.view = replace(LIVE, plan=None)

    assert 404 == (await viewer.get("/plan")).status_code


async def test_a_degraded_system_is_not_healthy(viewer: Client, service: FakeService) -> None:
    healthy = await viewer.get("/health")
    service.state = Health(
        status="degraded",
        version="1.0",
        schema_version=1,
        database="disk full",
        charge_points_online=0,
    )
    degraded = await viewer.get("/health")

    assert (200, 503) == (healthy.status_code, degraded.status_code)
    assert "disk full" == degraded.json()["database"]


async def test_metrics_are_what_prometheus_reads(viewer: Client) -> None:
    answer = await viewer.get("/metrics")
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 5.0 == values["ampherd_messages_answered_total",]
    assert 1.0 == values["ampherd_frames_unreadable_total",]
    assert 8000.0 == values["ampherd_site_watts",]
    assert 16.0 == values["ampherd_connector_limit_amperes", "CP-1/1"]
    # What no charger confirmed is absent, not 0.
    assert ("ampherd_connector_limit_amperes", "CP-1/2") not in values
