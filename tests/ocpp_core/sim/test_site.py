"""Rules of a whole simulated site."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ocpp_core.domain.ids import CircuitId, ConnectorRef, IdToken, SiteId, TransactionId
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.sim.bay import Transaction
from ocpp_core.sim.cars import RecordedVisit
from ocpp_core.sim.site import SimulatedSite
from ocpp_core.sim.traits import ChargerTraits
from tests.ocpp_core.sim.conftest import QUICK, START, Timeline, point
from tests.ocpp_core.sim.csms import TestCsms


def site(chargers: int = 1, limit_a: float = 1000) -> Site:
    """Chargers `CP-1` … with one connector; all but the first hang on the circuit `row`."""
    points = [point(identity=f"CP-{number}") for number in range(1, chargers + 1)]
    return Site(
        site_id=SiteId("s"),
        name="Site",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230,
        circuits=(
            Circuit(circuit_id=CircuitId("grid"), limit_a=limit_a),
            Circuit(
                circuit_id=CircuitId("row"),
                parent_id=CircuitId("grid"),
                limit_w=500 * 690,
            ),
        ),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=p.charge_point_id,
                connectors=tuple(
                    Connector(
                        ref=c.ref,
                        circuit_id=CircuitId("row" if number else "grid"),
                        max_current_a=c.max_current_a,
                    )
                    for c in p.connectors
                ),
            )
            for number, p in enumerate(points)
        ),
        building_circuit_id=CircuitId("grid"),
    )


def visit(
    name: str, ref: str, arrival_min: float, departure_min: float, **changes: Any
) -> RecordedVisit:
    return RecordedVisit(
        **{
            "visit_id": name,
            "ref": ConnectorRef.parse(ref),
            "arrival": START + timedelta(minutes=arrival_min),
            "departure": START + timedelta(minutes=departure_min),
            "energy_wh": 10_000.0,
            "id_token": IdToken(f"TAG-{name}"),
            "max_current_a": 16.0,
            **changes,
        }
    )


def simulated(
    csms: TestCsms, time: Timeline, chargers: int, *visits: RecordedVisit, **changes: Any
) -> SimulatedSite:
    place = site(chargers)
    traits = {p.charge_point_id: ChargerTraits(policy=QUICK) for p in place.charge_points}
    return SimulatedSite(
        site=place,
        visits=visits,
        clock=time.clock,
        **{"url": csms.url, "traits": traits, **changes},
    )


async def test_cars_come_and_go_when_the_recorded_ones_did_and_get_their_energy(
    csms: TestCsms, time: Timeline
) -> None:
    visits = [visit("a", "CP-1/1", 1.5, 90), visit("b", "CP-2/1", 10, 120, energy_wh=5000.0)]
    async with simulated(csms, time, 2, *visits) as subject:
        await subject.ready()
        await time.passes(hours=3)
        await subject.finished()

    assert {"a": 10_000.0, "b": 5_000.0} == pytest.approx(subject.delivered_wh)
    assert {"TAG-a": START + timedelta(minutes=1.5), "TAG-b": START + timedelta(minutes=10)} == {
        f.payload["idTag"]: datetime.fromisoformat(f.payload["timestamp"])
        for f in csms.of("StartTransaction")
    }
    assert [START + timedelta(minutes=m) for m in (90, 120)] == [
        datetime.fromisoformat(f.payload["timestamp"]) for f in csms.of("StopTransaction")
    ]
    assert () == subject.turned_away


async def test_truth_is_what_flowed_and_agrees_with_the_meters(
    csms: TestCsms, time: Timeline
) -> None:
    visits = [visit("a", "CP-1/1", 0, 60), visit("b", "CP-2/1", 10, 70)]
    async with simulated(csms, time, 2, *visits, building_w=lambda _: 1000.0) as subject:
        await subject.ready()
        await time.passes(hours=2)
        await subject.finished()

    metered_wh = sum(f.payload["meterStop"] for f in csms.of("StopTransaction"))
    assert pytest.approx(20_000, abs=0.01) == subject.truth.charging.integral_h
    assert metered_wh == 20_000
    assert 2 * 16 * 690 == subject.truth.peak_w
    assert 2 * 16 * 690 + 1000 == subject.truth.load.peak
    assert pytest.approx(21_000 + 1000, abs=1) == subject.truth.load.integral_h
    assert subject.truth.seconds_above(16 * 690) > 2400


async def test_an_order_that_is_too_high_shows_in_the_truth(csms: TestCsms, time: Timeline) -> None:
    stubborn = {
        p.charge_point_id: ChargerTraits(policy=QUICK, obeys_profiles=False)
        for p in site(1).charge_points
    }
    visits = [visit("a", "CP-1/1", 1, 31, energy_wh=1e6, max_current_a=32.0)]
    async with simulated(csms, time, 1, *visits, traits=stubborn) as subject:
        await subject.ready()
        await csms.ask(
            "CP-1", "SetChargingProfile",
            {
                "connectorId": 1,
                "csChargingProfiles": {
                    "chargingProfileId": 1,
                    "stackLevel": 0,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "chargingProfileKind": "Absolute",
                    "chargingSchedule": {
                        "chargingRateUnit": "A",
                        "startSchedule": "2026-01-01T00:00:00Z",
                        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
                    },
                },
            },
        )  # fmt: skip
        await time.passes(hours=1)
        await subject.finished()

    assert 1800.0 == subject.truth.seconds_above(6 * 690)
    assert 32 * 690 == subject.truth.peak_w


async def test_the_next_visit_waits_for_the_connector_or_is_turned_away(
    csms: TestCsms, time: Timeline
) -> None:
    visits = [
        visit("waits", "CP-1/1", 20, 90),
        visit("first", "CP-1/1", 0, 60),
        visit("never", "CP-1/1", 30, 50),
    ]
    async with simulated(csms, time, 1, *visits) as subject:
        await subject.ready()
        await time.passes(hours=2)
        await subject.finished()

    assert ["never"] == [v.visit_id for v in subject.turned_away]
    plugged = {o.visit.visit_id: o.plugged_at for o in subject.outcomes}
    assert {
        "first": START, "waits": START + timedelta(minutes=60), "never": None,
    } == plugged  # fmt: skip
    assert 5000 < subject.delivered_wh["waits"] < 10_000


async def test_the_app_is_told_the_transaction_of_a_visit_while_time_stands_still(
    csms: TestCsms, time: Timeline
) -> None:
    told: list[tuple[str, TransactionId | None, datetime]] = []

    async def plugged(which: RecordedVisit, transaction: Transaction) -> None:
        await asyncio.sleep(0.02)
        told.append((which.visit_id, transaction.transaction_id, time.clock.now()))

    visits = [visit("a", "CP-1/1", 5, 60), visit("b", "CP-2/1", 5, 60)]
    async with simulated(csms, time, 2, *visits, on_plugged=plugged) as subject:
        await subject.ready()
        await time.passes(minutes=30)

    assert {"a", "b"} == {name for name, _, _ in told}
    assert {1, 2} == {transaction_id for _, transaction_id, _ in told}
    assert {START + timedelta(minutes=5)} == {at for _, _, at in told}


async def test_a_visit_that_began_offline_is_told_once_the_server_knows_it(
    csms: TestCsms, time: Timeline
) -> None:
    told = asyncio.Event()

    async def plugged(which: RecordedVisit, transaction: Transaction) -> None:
        assert ("a", 1) == (which.visit_id, transaction.transaction_id)
        told.set()

    await csms.vanish()
    async with simulated(csms, time, 1, visit("a", "CP-1/1", 5, 60), on_plugged=plugged):
        await time.passes(minutes=20)
        assert not told.is_set()
        await csms.listen()
        await asyncio.wait_for(told.wait(), 10)


async def test_the_site_meter_is_read_at_its_interval(csms: TestCsms, time: Timeline) -> None:
    readings: list[tuple[datetime, float, float]] = []

    async def metered(at: datetime, building_w: float, pv_w: float) -> None:
        readings.append((at, building_w, pv_w))

    async with simulated(
        csms, time, 1,
        building_w=lambda at: at.minute * 100.0, pv_w=lambda at: at.second * 1.0,
        on_site_meter=metered, site_meter_interval_s=90,
    ) as subject:  # fmt: skip
        await subject.ready()
        await time.passes(minutes=4)

    assert [(0, 0.0, 0.0), (90, 100.0, 30.0), (180, 300.0, 0.0)] == [
        ((at - START).total_seconds(), building_w, pv_w) for at, building_w, pv_w in readings
    ]


async def test_every_car_can_be_sent_away(csms: TestCsms, time: Timeline) -> None:
    async with simulated(csms, time, 1, visit("a", "CP-1/1", 0, 60)) as subject:
        await subject.ready()
        await time.passes(minutes=30)
        await subject.unplug_all()
        await time.passes(minutes=60)
        await subject.finished()

    assert START + timedelta(minutes=30) == datetime.fromisoformat(
        csms.of("StopTransaction")[0].payload["timestamp"]
    )


async def test_a_fault_of_the_simulation_is_raised_and_not_waited_for(
    csms: TestCsms, time: Timeline
) -> None:
    def broken(at: datetime) -> float:
        raise ArithmeticError(at)

    subject = simulated(csms, time, 1, visit("a", "CP-1/1", 5, 60), building_w=broken)
    with pytest.raises(ExceptionGroup) as caught:
        async with subject:
            await subject.finished()

    assert caught.group_contains(ArithmeticError)


async def test_it_stops_without_leaving_a_task(csms: TestCsms, time: Timeline) -> None:
    before = asyncio.all_tasks()
    async with simulated(csms, time, 3, visit("a", "CP-1/1", 0, 60)) as subject:
        await subject.ready()
        await time.passes(minutes=10)
    await csms.vanish()

    assert asyncio.all_tasks() <= before


async def test_a_visit_to_an_unknown_connector_is_refused(csms: TestCsms, time: Timeline) -> None:
    with pytest.raises(ValueError, match="no connector CP-9/1"):
        simulated(csms, time, 1, visit("a", "CP-9/1", 0, 60))


async def test_it_must_be_started_before_it_is_waited_for(csms: TestCsms, time: Timeline) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await simulated(csms, time, 1).finished()
