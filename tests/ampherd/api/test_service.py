"""What the API shows of the chargers that live state knows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ampherd.api.service import charge_point_views
from ocpp_core.domain.events import Booted, BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONFIGURED, STRANGER = ChargePointId("CP-1"), ChargePointId("CP-9")


def live_site() -> LiveSite:
    connector = Connector(
        ref=ConnectorRef(CONFIGURED, ConnectorId(1)),
        circuit_id=CircuitId("grid"),
        max_current_a=32.0,
    )
    return LiveSite(
        Site(
            site_id=SiteId("s"),
            name="S",
            timezone=ZoneInfo("UTC"),
            currency="EUR",
            voltage_v=230.0,
            circuits=(Circuit(circuit_id=CircuitId("grid"), limit_a=63.0),),
            charge_points=(ChargePoint(charge_point_id=CONFIGURED, connectors=(connector,)),),
            building_circuit_id=CircuitId("grid"),
        )
    )


def test_a_charger_that_never_connected_is_shown_offline() -> None:
    (view,) = charge_point_views(live_site())

    assert (True, False, "", "") == (view.configured, view.online, view.registration, view.vendor)
    assert ("CP-1/1",) == view.connectors


def test_a_charger_that_registered_itself_is_shown_as_not_configured() -> None:
    live = live_site()
    live.apply_link(LinkChange(charge_point_id=STRANGER, at=NOON, online=True))
    point = live.charge_points[STRANGER]
    point.boot = Booted(vendor="Volt", model="One", firmware_version="1.2")
    point.boot_status = BootStatus.PENDING

    view = charge_point_views(live)[1]

    assert (False, True, "Pending") == (view.configured, view.online, view.registration)
    assert ("Volt", "1.2", NOON) == (view.vendor, view.firmware_version, view.last_frame_at)
