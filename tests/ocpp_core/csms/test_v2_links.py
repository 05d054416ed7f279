"""Chargers that speak OCPP 2.0.1 and 2.1, over real sockets."""

from __future__ import annotations

import pytest

from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from tests.ocpp_core.csms.rig import Rig

CP1 = ChargePointId("CP1")
V2 = ("ocpp2.0.1", "ocpp2.1")


@pytest.mark.parametrize("version", V2)
async def test_a_charger_boots_lives_and_tells_its_state(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    booted = await charger.result(
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
    )
    status = await charger.result(
        "StatusNotification",
        {
            "timestamp": "2026-03-01T10:00:00Z",
            "connectorStatus": "Occupied",
            "evseId": 2,
            "connectorId": 1,
        },
    )
    connector = rig.live.connector(ConnectorRef(CP1, ConnectorId(2)))

    assert version == charger.socket.subprotocol
    assert "Accepted" == booted["status"]
    assert {} == status
    assert connector is not None
    assert ConnectorStatus.OCCUPIED is connector.status
    assert await charger.is_alive()
    assert {version} == {message.ocpp_version for message in rig.ledger.messages}


@pytest.mark.parametrize("version", V2)
async def test_faults_are_spelled_as_the_version_does(rig: Rig, version: str) -> None:
    charger = await rig.charger(subprotocols=(version,))
    missing = await charger.call("StatusNotification", {"evseId": 1, "connectorId": 1})
    await charger.send("[2,")
    unreadable = await charger.receive()

    assert [4, "OccurrenceConstraintViolation"] == [missing[0], missing[2]]
    assert [4, "-1"] == unreadable[:2]
