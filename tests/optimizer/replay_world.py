"""Small worlds for tests of the replay, and hypothesis strategies that make them."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ocpp_core.domain.ids import SessionId
from ocpp_core.domain.site import Circuit, LineLimit, Site
from ocpp_core.domain.tariff import FlatPrice, SiteTariff
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.replay import Pilots, RecordedStay, Setup
from tests.optimizer.builders import START, circuit, ref, site

TARIFF = SiteTariff(
    currency="EUR", energy=FlatPrice(value=Decimal("0.25")), demand_charge_per_kw=Decimal(8)
)
NAMES = ("CP-1", "CP-2", "CP-3", "CP-4")
PHASES = ((Phase.L1,), (Phase.L2,), (Phase.L3,), THREE_PHASES)


def lines(limit_a: float) -> tuple[LineLimit, ...]:
    """Lines between loads of a delta, and those of a transformer's primary."""
    weights = ((1, 0, -1), (-1, 1, 0), (0, -1, 1), (0.25, 0.25, -0.5), (-0.5, 0.25, 0.25))
    return tuple(
        LineLimit(name=f"line {n}", weight_l1=a, weight_l2=b, weight_l3=c, limit_a=limit_a)
        for n, (a, b, c) in enumerate(weights)
    )


def delta(limit_a: float) -> Site:
    """Return four chargers on a main circuit whose lines are limited, the last one three-phase."""
    main = Circuit(circuit_id=circuit("main").circuit_id, line_limits=lines(limit_a))
    pod = circuit("pod", under="main", limit_a=40)
    return site(
        main,
        pod,
        connectors=dict(zip(NAMES, ("main", "pod", "pod", "main"), strict=True)),
        phases=dict(zip(NAMES, PHASES, strict=True)),
    )


def stay(
    name: str,
    *,
    comes_min: float,
    leaves_min: float,
    kwh: float,
    max_a: float = 32.0,
    phases: tuple[Phase, ...] = THREE_PHASES,
    accepts_w: float | None = None,
    taper_share: float = 0.0,
    stated_kwh: float | None = None,
    stated_min: float | None = None,
) -> RecordedStay:
    return RecordedStay(
        session_id=SessionId(f"{name}-{comes_min}"),
        ref=ref(name),
        arrival=START + timedelta(minutes=comes_min),
        departure=START + timedelta(minutes=leaves_min),
        energy_wh=1000 * kwh,
        max_current_a=max_a,
        phases=phases,
        accepts_w=accepts_w,
        taper_share=taper_share,
        stated_energy_wh=None if stated_kwh is None else 1000 * stated_kwh,
        stated_departure=None if stated_min is None else START + timedelta(minutes=stated_min),
    )


def setup(
    on: Site,
    *stays: RecordedStay,
    hours: float = 4,
    pilots: Pilots = Pilots(),  # noqa: B008 (a value, frozen)
    tariff: SiteTariff | None = TARIFF,
) -> Setup:
    return Setup(
        site=on,
        stays=stays,
        start=START,
        end=START + timedelta(hours=hours),
        tariff=tariff,
        pilots=pilots,
        step_s=900,
    )


@st.composite
def worlds(draw: st.DrawFn) -> Setup:
    """A few cars under limits that may be too tight for them."""
    limit_a = draw(st.sampled_from([5.0, 17.3, 31.0, 64.0, 200.0]))
    stays = []
    for name, phases in zip(NAMES, PHASES, strict=True):
        if not draw(st.booleans()):
            continue
        comes = draw(st.integers(0, 150))
        stays.append(
            stay(
                name,
                comes_min=comes,
                leaves_min=comes + draw(st.integers(10, 120)),
                kwh=draw(st.floats(0.1, 15)),
                phases=phases,
                accepts_w=draw(st.sampled_from([None, 2300.0])),
                taper_share=draw(st.sampled_from([0.0, 0.3])),
            )
        )
    pilots = draw(st.sampled_from([Pilots(), Pilots(step_a=1.0), Pilots(continuous=True)]))
    return setup(delta(limit_a), *stays, pilots=pilots)
