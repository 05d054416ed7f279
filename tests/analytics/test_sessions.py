"""What a session delivered, whatever the charger's registers say (rows of OCPP.md, part 1)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.sessions import Registers, Settled, Trust, Unregistered, settle
from tests.analytics.builders import NOON


def settled(
    start_wh: int,
    stop_wh: int | None,
    *readings: tuple[float, float],
    hours: float = 2.0,
) -> Settled:
    """Settle a session from noon with (minute, register) readings at a connector of 11 kW."""
    return settle(
        Registers(
            started_at=NOON,
            meter_start_wh=start_wh,
            ended_at=None if stop_wh is None else NOON + timedelta(hours=hours),
            meter_stop_wh=stop_wh,
            readings=[(NOON + timedelta(minutes=minute), value) for minute, value in readings],
            max_power_w=11_000,
        )
    )


def test_the_registers_at_start_and_stop_decide() -> None:
    result = settled(1000, 9000, (60, 5000))

    assert (8000, Trust.METERED) == (result.energy_wh, result.trust)
    assert () == result.findings


def test_a_running_session_has_what_was_read_last() -> None:
    assert 4000 == settled(1000, None, (30, 3000), (60, 5000)).energy_wh


def test_energy_flowed_last_when_the_register_stopped_rising() -> None:
    result = settled(1000, 5000, (30, 3000), (60, 5000), (90, 5000))

    assert NOON + timedelta(minutes=60) == result.last_energy_at


def test_without_energy_there_is_no_last_energy() -> None:
    assert settled(1000, 1000).last_energy_at is None


def test_a_stop_below_the_start_is_never_negative_energy() -> None:
    """OCPP.md row 14."""
    result = settled(9000, 1000)

    assert (0, Trust.DOUBTFUL) == (result.energy_wh, result.trust)


def test_a_stop_below_the_start_is_repaired_from_readings() -> None:
    """OCPP.md row 14."""
    result = settled(9000, 1000, (60, 12_000))

    assert (3000, Trust.REPAIRED) == (result.energy_wh, result.trust)


def test_a_start_of_0_before_a_large_register_is_no_baseline() -> None:
    """OCPP.md row 7."""
    result = settled(0, 910_083, (1, 910_000), (60, 910_050))

    assert (83, Trust.REPAIRED) == (result.energy_wh, result.trust)


def test_a_total_beyond_the_rating_is_not_billed() -> None:
    """OCPP.md row 7, without any reading to repair it from."""
    result = settled(0, 910_083)

    assert (0, Trust.DOUBTFUL) == (result.energy_wh, result.trust)


def test_readings_that_count_from_the_start_are_shifted() -> None:
    """OCPP.md row 18."""
    result = settled(4_076_000, 4_080_000, (30, 1000), (60, 2000))

    assert (4000, Trust.REPAIRED) == (result.energy_wh, result.trust)
    assert 1000 == result.points[1].energy_wh


def test_a_reading_that_drops_and_comes_back_is_left_out() -> None:
    """OCPP.md row 20."""
    result = settled(1000, 5000, (30, 2000), (40, 17), (50, 3000))

    assert [0, 1000, 2000, 4000] == [point.energy_wh for point in result.points]
    assert Trust.REPAIRED == result.trust


def test_a_reading_that_jumps_is_left_out() -> None:
    """OCPP.md row 20."""
    result = settled(1000, 5000, (30, 2000), (31, 99_000), (50, 3000))

    assert [0, 1000, 2000, 4000] == [point.energy_wh for point in result.points]


@given(
    st.integers(0, 10**6),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.lists(st.tuples(st.integers(-10, 140), st.floats(0, 2e6)), max_size=12),
)
def test_whatever_a_charger_sends_energy_only_grows(
    start_wh: int, stop_wh: int | None, readings: list[tuple[float, float]]
) -> None:
    result = settled(start_wh, stop_wh, *readings)

    energies = [point.energy_wh for point in result.points]
    times = [point.at for point in result.points]
    assert 0 <= result.energy_wh
    assert result.energy_wh == energies[-1]
    assert sorted(energies) == energies
    assert sorted(set(times)) == times


def test_a_confirmed_factor_mends_readings_and_registers_of_the_same_unit() -> None:
    """OCPP.md row 21: the register counts kWh and says Wh, at start and stop too."""
    registers = Registers(
        started_at=NOON,
        meter_start_wh=100,
        ended_at=NOON + timedelta(hours=2),
        meter_stop_wh=108,
        readings=[(NOON + timedelta(hours=1), 104.0)],
        factor=1000.0,
        max_power_w=11_000,
    )

    result = settle(registers)

    assert (8000, Trust.REPAIRED) == (result.energy_wh, result.trust)
    assert ("registers were multiplied by 1000, as was confirmed for the charger",) == (
        result.findings
    )


def test_a_confirmed_factor_leaves_a_start_and_stop_that_were_right() -> None:
    """OCPP.md row 21: MeterValues alone bear the wrong unit."""
    registers = Registers(
        started_at=NOON,
        meter_start_wh=100_000,
        ended_at=NOON + timedelta(hours=2),
        meter_stop_wh=108_000,
        readings=[(NOON + timedelta(hours=1), 104.0)],
        factor=1000.0,
        max_power_w=11_000,
    )

    assert 8000 == settle(registers).energy_wh


def unregistered(*told: tuple[float, float | None, float | None], hours: float = 1.0) -> Settled:
    """Settle a session of which (minute, Wh since the value before, W) are all that is told."""
    return settle(
        Registers(
            started_at=NOON,
            meter_start_wh=0,
            ended_at=NOON + timedelta(hours=hours),
            meter_stop_wh=0,
            readings=(),
            others=[
                Unregistered(NOON + timedelta(minutes=minute), energy_wh, power_w)
                for minute, energy_wh, power_w in told
            ],
            max_power_w=11_000,
        )
    )


def test_values_of_intervals_are_added_up_where_there_is_no_register() -> None:
    result = unregistered((15, 900.0, None), (30, 1000.0, 4000.0), (45, 0.0, 0.0))

    assert (1900, Trust.REPAIRED) == (result.energy_wh, result.trust)
    assert NOON + timedelta(minutes=30) == result.last_energy_at


def test_power_is_integrated_where_there_is_nothing_else_and_marked_as_assumed() -> None:
    result = unregistered((0, None, 6000.0), (30, None, 6000.0), (60, None, 0.0))

    assert (4500, Trust.ASSUMED) == (result.energy_wh, result.trust)
    assert ("no register was told; power was integrated over time",) == result.findings


def test_nothing_is_assumed_between_powers_that_are_hours_apart() -> None:
    result = unregistered((0, None, 6000.0), (180, None, 6000.0), hours=3.0)

    assert 0 == result.energy_wh
