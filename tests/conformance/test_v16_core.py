"""OCPP 1.6 Core, as the OCA's test procedure has it for a Central System."""

from __future__ import annotations

from tests.conformance.api import Api
from tests.conformance.cases import case
from tests.conformance.conftest import Connect
from tests.conformance.v16 import available, boot


@case("TC_001_CSMS", "Cold boot")
async def test_a_cold_boot_is_accepted_with_time_and_interval(connect: Connect, api: Api) -> None:
    station = await connect()
    answer = await boot(station)
    await available(station)

    assert "Accepted" == answer["status"]
    assert answer["interval"] > 0
    assert answer["currentTime"].endswith("Z")
    view = await api.get("/charge-points/{id}")
    assert view["charge_point"]["online"]
    assert "Available" == view["connectors"][0]["state"]
