"""What the API shows of the chargers that live state knows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ampherd.api.service import charge_point_views
from ocpp_core.domain.events import Booted, BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.security import SecurityProfile
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


def test_a_charger_is_shown_with_its_version_its_profile_and_since_when() -> None:
    live = live_site()
    for name in (CONFIGURED, STRANGER):
        live.apply_link(LinkChange(charge_point_id=name, at=NOON, online=True))
    for minute in range(3):
        at = NOON + timedelta(minutes=minute)
        live.charge_points[CONFIGURED].clock.take(at + timedelta(seconds=90), at)

    known, stranger = charge_point_views(
        live,
        version_of=lambda name: "ocpp2.0.1" if name == CONFIGURED else None,
        profile_of=lambda _: SecurityProfile.BASIC_TLS,
    )

    assert ("ocpp2.0.1", 2, NOON, 90.0) == (
        known.ocpp_version, known.security_profile, known.link_since, known.clock_ahead_s,
    )  # fmt: skip
    # Nothing is asked of one that is not configured: it has no profile.
    assert ("", None, None) == (
        stranger.ocpp_version, stranger.security_profile, stranger.clock_ahead_s,
    )  # fmt: skip
