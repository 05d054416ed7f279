"""Meter values as chargers really write them: the lines mv-* of the list of quirks."""

from __future__ import annotations

from typing import Any

import pytest

from ocpp_core.domain.units import Phase
from optimizer.control.compliance import Compliance, measured_current_a
from tests.ocpp_core.csms.rig import START
from tests.quirks.yard import Yard

TEN = "2026-03-01T10:00:00Z"
REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"


def frame(*values: dict[str, Any], transaction: int | None = None, **more: Any) -> list[Any]:
    payload: dict[str, Any] = {"connectorId": 1}
    if transaction is not None:
        payload["transactionId"] = transaction
    payload["meterValue"] = [{"timestamp": TEN, "sampledValue": list(values)}]
    return [2, "m1", "MeterValues", payload | more]


async def test_a_state_of_charge_in_volts_is_kept_and_doubted(yard: Yard) -> None:
    """Quirk mv-soc-in-volt: what flows counts, whatever is said to be offered."""
    answers = await yard.says(
        frame(
            {"measurand": "SoC", "unit": "V", "value": "54"},
            {"measurand": "Current.Offered", "unit": "A", "value": "0"},
            {"measurand": CURRENT, "phase": "L1", "unit": "A", "value": "16.0"},
            transaction=7,
        )
    )

    assert [[3, "m1", {}]] == answers
    assert [
        (CURRENT, "L1", 16.0, "A", False),
        ("Current.Offered", "", 0.0, "A", False),
        ("SoC", "", 54.0, "Percent", True),
    ] == yard.samples()
    assert {Phase.L1: 16.0} == yard.connector().current_a
    assert 16.0 == measured_current_a(
        yard.messages[0].event.readings,  # type: ignore[union-attr]
        yard.connector().connector,
        230.0,
        watch=Compliance(),
        at=START,
    )
    assert "'V' does not belong to SoC" in yard.findings()


async def test_a_value_without_a_measurand_is_the_register(yard: Yard) -> None:
    """Quirk mv-no-measurand-kwh."""
    (answer,) = await yard.says(
        frame(
            {"value": "0.010", "context": "Transaction.Begin", "unit": "kWh"},
            transaction=1624271340,
        )
    )

    assert [3, "m1", {}] == answer
    assert [(REGISTER, "", 10.0, "Wh", False)] == yard.samples()


async def test_an_object_in_place_of_a_list_of_one_is_taken(yard: Yard) -> None:
    """Quirk mv-object-not-array."""
    value = {"value": "0.00", "context": "Transaction.Begin", "measurand": REGISTER, "unit": "kWh"}
    odd = [
        2,
        "661eb557000000570056",
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": 1,
            "meterValue": {"timestamp": "2026-03-01T10:00:00.000Z", "sampledValue": [value]},
        },
    ]
    (answer,) = await yard.says(odd)

    assert [3, odd[1], {}] == answer
    assert [(REGISTER, "", 0.0, "Wh", False)] == yard.samples()
    assert "an object" in yard.findings()


async def test_hertz_by_another_name_costs_none_of_the_other_samples(yard: Yard) -> None:
    """Quirk mv-hz; OCPP.md row 57."""
    (answer,) = await yard.says(
        frame(
            {
                "value": "49.99",
                "context": "Sample.Periodic",
                "measurand": "Frequency",
                "unit": "Hz",
            },
            {"value": "234.73", "measurand": "Voltage", "phase": "L1", "unit": "V"},
            {"value": "2.29", "measurand": POWER, "unit": "W"},
            transaction=1741782933,
        )
    )

    assert [3, "m1", {}] == answer
    assert [
        ("Frequency", "", 49.99, "Hz", False),
        (POWER, "", 2.29, "W", False),
        ("Voltage", "L1", 234.73, "V", False),
    ] == yard.samples()
    assert "unit 'Hz' is not one of OCPP" in yard.findings()


@pytest.mark.parametrize("value", ["0.0", "7400"])
async def test_a_power_in_watt_hours_feeds_no_register(yard: Yard, value: str) -> None:
    """Quirk mv-power-wh."""
    transaction = await yard.starts(meterStart=0)
    (answer,) = await yard.says(
        frame(
            {
                "value": value,
                "context": "Sample.Periodic",
                "measurand": "Power.Active.Export",
                "location": "Outlet",
                "unit": "Wh",
            },
            transaction=transaction,
        )
    )

    assert [3, "m1", {}] == answer
    assert [("Power.Active.Export", "", float(value), "W", True)] == yard.samples()
    session = yard.connector().session
    assert session is not None
    assert 0.0 == session.energy_wh
    assert "'Wh' does not belong to Power.Active.Export" in yard.findings()


async def test_kilowatts_beside_watt_hours_and_a_car_on_one_phase(yard: Yard) -> None:
    """Quirk mv-kw-wh-mixed; OCPP.md row 22: 3.4 kW are not divided by three phases."""
    (answer,) = await yard.says(
        frame(
            {"measurand": REGISTER, "unit": "Wh", "value": "113500"},
            {"measurand": POWER, "unit": "kW", "value": "3.4"},
            {"measurand": CURRENT, "phase": "L1", "unit": "A", "value": "14.9"},
            {"measurand": CURRENT, "phase": "L2", "unit": "A", "value": "0.0"},
            {"measurand": CURRENT, "phase": "L3", "unit": "A", "value": "0.0"},
            transaction=1741096347,
        )
    )

    live = yard.connector()
    assert [3, "m1", {}] == answer
    assert 3400.0 == live.power_w
    assert {Phase.L1: 14.9, Phase.L2: 0.0, Phase.L3: 0.0} == live.current_a
    assert 14.9 == measured_current_a(
        yard.messages[0].event.readings,  # type: ignore[union-attr]
        live.connector,
        230.0,
        watch=Compliance(),
        at=START,
    )


async def test_numbers_in_place_of_strings_and_minutes_at_once(yard: Yard) -> None:
    """Quirk mv-numbers-not-strings: every entry is taken, in the order of time."""
    entries = [
        {
            "timestamp": f"2026-03-01T10:0{minute}:00.000Z",
            "sampledValue": [
                {"value": 604.213 + minute, "measurand": REGISTER, "unit": "Wh"},
                {"value": 0, "measurand": POWER, "unit": "W"},
            ],
        }
        for minute in (1, 0)
    ]
    (answer,) = await yard.says([2, "m1", "MeterValues", {"connectorId": 1, "meterValue": entries}])

    assert [3, "m1", {}] == answer
    assert [604.213, 605.213] == [
        value
        for (value,) in yard.rows(
            f"SELECT value FROM meter_sample WHERE {{mine}} AND measurand = '{REGISTER}' "
            "ORDER BY taken_at"
        )
    ]
    assert 4 == len(yard.samples())
    assert "read as a string" in yard.findings()


async def test_an_empty_list_of_values_is_ignored_and_told(yard: Yard) -> None:
    """Quirk mv-empty-sampledvalue; OCPP.md row 24: accepted, ignored, counted."""
    before = yard.rig.count("messages_with_findings")
    (answer,) = await yard.says(frame(transaction=5))

    assert [3, "m1", {}] == answer
    assert [] == yard.samples()
    assert "no samples" in yard.findings()
    assert 1 == yard.rig.count("messages_with_findings") - before


async def test_values_of_connector_0_are_lost_neither_in_part_nor_to_32_bits(yard: Yard) -> None:
    """Quirk mv-connector0: an idle voltage of 0.1 V makes no current of the power."""
    values = [
        {"value": "0.0", "context": "Trigger", "measurand": POWER, "location": "Outlet"},
        {"value": "4296944685", "context": "Trigger", "measurand": REGISTER, "unit": "Wh"},
        {"value": "0.1", "context": "Trigger", "measurand": "Voltage", "phase": "L1", "unit": "V"},
    ]
    entries = [{"timestamp": "2026-04-17T17:34:02Z", "sampledValue": [value]} for value in values]
    (answer,) = await yard.says([2, "m1", "MeterValues", {"connectorId": 0, "meterValue": entries}])

    assert [3, "m1", {}] == answer
    assert [
        (REGISTER, "", 4296944685.0, "Wh", False),
        (POWER, "", 0.0, "W", False),
        ("Voltage", "L1", 0.1, "V", False),
    ] == yard.samples()
    assert [(0,)] == yard.rows("SELECT DISTINCT connector_id FROM meter_sample WHERE {mine}")
    assert {} == yard.connector().current_a


async def test_a_transaction_that_the_server_does_not_know_is_answered_to_its_end(
    yard: Yard,
) -> None:
    """Quirk mv-unknown-tx-after-restart."""
    unknown = 1662160391
    calls: list[list[Any]] = []
    for minute in range(3):
        value = {"value": f"5.{minute}", "measurand": REGISTER, "unit": "kWh"}
        entry = {"timestamp": f"2026-03-01T10:0{minute}:00Z", "sampledValue": [value]}
        payload: dict[str, Any] = {"connectorId": 1, "transactionId": unknown}
        calls.append([2, f"m{minute}", "MeterValues", payload | {"meterValue": [entry]}])
    stop = {"transactionId": unknown, "meterStop": 5300, "timestamp": "2026-03-01T10:05:00Z"}
    answers = await yard.says(*calls, [2, "s1", "StopTransaction", stop])

    assert [3] * 4 == [answer[0] for answer in answers]
    assert [5000.0, 5100.0, 5200.0] == [sample[2] for sample in yard.samples()]
    assert f"transaction {unknown} is not known here" in yard.findings()
    assert 0 == yard.rig.count("messages_refused")


async def test_units_that_are_missing_are_those_of_the_specification(yard: Yard) -> None:
    """Quirk mv-no-units-per-phase: power of single phases adds up."""
    transaction = await yard.starts(meterStart=0)
    (answer,) = await yard.says(
        frame(
            {"value": "6", "measurand": REGISTER},
            *({"value": "7360", "measurand": POWER, "phase": f"L{n}"} for n in (1, 2, 3)),
            {"value": "32", "measurand": CURRENT, "phase": "L1"},
            transaction=transaction,
        )
    )

    live = yard.connector()
    assert [3, "m1", {}] == answer
    assert 22_080.0 == live.power_w
    assert {"Wh", "W", "A"} == {sample[3] for sample in yard.samples()}
    assert live.session is not None
    assert 6.0 == live.session.energy_wh


async def test_a_current_that_is_the_sum_of_the_phases_accuses_nobody(yard: Yard) -> None:
    """Quirk mv-current-is-sum: 48 A at a limit of 16 A are 16 A on each of three phases."""
    transaction = await yard.starts()
    (answer,) = await yard.says(
        frame(
            {"value": "33120", "measurand": POWER, "unit": "W"},
            {"value": "48.0", "measurand": CURRENT, "unit": "A"},
            transaction=transaction,
        )
    )
    watch = Compliance()
    measured_a = measured_current_a(
        yard.messages[-2].event.readings,  # type: ignore[union-attr]
        yard.connector().connector,
        230.0,
        watch=watch,
        at=START,
    )

    assert [3, "m1", {}] == answer
    assert 16.0 == measured_a
    assert {} == yard.connector().current_a
