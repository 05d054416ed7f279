"""The Caltech garage of the ACN: 54 stations on three phase pairs under one transformer.

Numbers of the site as published (Lee et al., ACN-Sim, IEEE T-SG 12(5) 2021; the network of
`caltech_acn` in acnportal 0.3.3, BSD-3-Clause): stations hang between two lines at 208 V, eight on
each of two pods of 80 A, and the transformer's capacity is shared alike by the lines of its
secondary (120 V) and of its primary (277 V).
"""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from benchmarks._recorded import DATA
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    SessionId,
    SiteId,
)
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, LineLimit, Site
from ocpp_core.domain.tariff import PriceBand, SiteTariff, TimeOfUsePrice
from ocpp_core.domain.units import Phase
from optimizer.replay import RecordedStay

ZONE = ZoneInfo("America/Los_Angeles")
VOLTS = 208.0
CAR_W = 6_600.0
STATION_A = 32.0
POD_A = 80.0
STEP = timedelta(minutes=5)
LONGEST = 144
"""Steps after which a stay is cut, as in the study: 12 h."""

AV_POD = (324, 325, 326, 327, 489, 490, 491, 492)
CC_POD = (322, 493, 496, 320, 495, 321, 323, 494)
AB = (308, 508, 303, 513, 310, 506, 316, 500, 318, 498)
BC = (304, 512, 305, 511, 313, 503, 311, 505, 317, 499, 148, 149, 212, 213)
CA = (307, 509, 309, 507, 306, 510, 315, 501, 319, 497, 312, 504, 314, 502)
STATIONS = (
    *((number, "av-pod", Phase.L1) for number in AV_POD),
    *((number, "cc-pod", Phase.L1) for number in CC_POD),
    *((number, "garage", Phase.L1) for number in AB),
    *((number, "garage", Phase.L2) for number in BC),
    *((number, "garage", Phase.L3) for number in CA),
)
"""Loads between A and B count as L1, between B and C as L2, between C and A as L3."""


def garage(transformer_w: float, *, stations: int | None = None) -> Site:
    """Return the garage under a transformer of another capacity."""
    main = CircuitId("garage")
    secondary_a, primary_a = transformer_w / 3 / 120, transformer_w / 3 / 277
    weights = {
        "secondary A": (1.0, 0.0, -1.0, secondary_a),
        "secondary B": (-1.0, 1.0, 0.0, secondary_a),
        "secondary C": (0.0, -1.0, 1.0, secondary_a),
        "primary A": (0.25, 0.25, -0.5, primary_a),
        "primary B": (-0.5, 0.25, 0.25, primary_a),
        "primary C": (0.25, -0.5, 0.25, primary_a),
    }
    lines = tuple(
        LineLimit(name=name, weight_l1=l1, weight_l2=l2, weight_l3=l3, limit_a=limit_a)
        for name, (l1, l2, l3, limit_a) in weights.items()
    )
    pods = tuple(
        Circuit(circuit_id=CircuitId(name), parent_id=main, limit_a=POD_A)
        for name in ("av-pod", "cc-pod")
    )
    return Site(
        site_id=SiteId("caltech"),
        name="Caltech garage",
        timezone=ZONE,
        currency="USD",
        voltage_v=VOLTS,
        circuits=(Circuit(circuit_id=main, line_limits=lines), *pods),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=station(number),
                connectors=(
                    Connector(
                        ref=ConnectorRef(station(number), ConnectorId(1)),
                        circuit_id=CircuitId(circuit),
                        phases=(phase,),
                        max_current_a=STATION_A,
                    ),
                ),
            )
            for number, circuit, phase in STATIONS[:stations]
        ),
        building_circuit_id=main,
    )


def station(number: int) -> ChargePointId:
    """Return the name of a station."""
    return ChargePointId(f"CA-{number}")


def sce_tou_ev_4(zone: ZoneInfo = ZONE) -> SiteTariff:
    """SCE TOU-EV-4 as of March 2019 (shipped in acnportal 0.3.3), $/kWh and $/kW.

    The study reckons prices in standard time all month: give a zone without summer time for that.
    """
    summer, winter = frozenset({6, 7, 8, 9}), frozenset({1, 2, 3, 4, 5, 10, 11, 12})
    workdays, weekend = frozenset(range(5)), frozenset({5, 6})

    def band(
        months: frozenset[int], days: frozenset[int], start: int, end: int, price: str
    ) -> PriceBand:
        return PriceBand(
            months=months, weekdays=days, start=time(start), end=time(end), value=Decimal(price)
        )

    bands = []
    for months, low, middle, high in (
        (summer, "0.05623", "0.0925", "0.26668"),
        (winter, "0.06087", "0.07492", "0.0869"),
    ):
        bands += [
            band(months, weekend, 0, 0, low),
            band(months, workdays, 12, 18, high),
            band(months, workdays, 8, 23, middle),
            band(months, workdays, 23, 8, low),
        ]
    return SiteTariff(
        currency="USD",
        energy=TimeOfUsePrice(timezone=zone, bands=tuple(bands)),
        demand_charge_per_kw=Decimal("15.51"),
    )


def march_2019(days: int = 31) -> tuple[RecordedStay, ...]:
    """Return the arrivals of the ACN-Sim study; stays cut at 12 h, requests to what then fits."""
    start = datetime(2019, 3, 1, tzinfo=ZONE).astimezone(UTC)
    phase_of = {station(number): phase for number, _, phase in STATIONS}
    stays = []
    for row in pq.read_table(DATA / "acn_caltech_trace_2019_03.parquet").to_pylist():
        steps = min(row["departure_slot"] - row["arrival_slot"], LONGEST)
        arrival = start + row["arrival_slot"] * STEP
        if steps <= 0 or arrival >= start + timedelta(days=days):
            continue
        where = ChargePointId(str(row["station_id"]))
        energy_wh = min(1000 * row["requested_kwh"], CAR_W * steps / 12)
        stays.append(
            RecordedStay(
                session_id=SessionId(str(row["session_id"])),
                ref=ConnectorRef(where, ConnectorId(1)),
                arrival=arrival,
                departure=arrival + steps * STEP,
                energy_wh=energy_wh,
                max_current_a=STATION_A,
                phases=(phase_of[where],),
                accepts_w=CAR_W,
                stated_energy_wh=energy_wh,
                stated_departure=start + row["estimated_departure_slot"] * STEP,
            )
        )
    return tuple(sorted(stays, key=lambda stay: (stay.arrival, stay.session_id)))
