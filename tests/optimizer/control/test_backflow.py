"""Orders to give back: never room for anybody, never more than the fuses above carry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ocpp_core.domain.commands import Accepted, Rejected, Unsupported
from ocpp_core.domain.profile import OperationMode, RateUnit
from ocpp_core.protocol.translator import EncodedCall
from ocpp_core.protocol.versions import translator_for
from optimizer.control.forms import OrderForm, period
from tests.ocpp_core.protocol.names import Names
from tests.optimizer.control.chargers import circuit, point, ref, site, want
from tests.optimizer.control.rig import Rig

A, B = ref("A"), ref("B")


def two(limit_a: float = 32) -> Rig:
    rig = Rig(site(point("A"), point("B"), circuits=[circuit("main", a=limit_a)]))
    rig.confirm_defaults()
    rig.plug(A, B)
    rig.log.clear()
    return rig


def give(rig: Rig, **amps: float) -> None:
    for name, discharge_a in amps.items():
        rig.targets[ref(name)] = replace(want(0), discharge_a=discharge_a)


def do(rig: Rig) -> list[tuple[str, float, float]]:
    """Send and accept until nothing more is released."""
    done: list[tuple[str, float, float]] = []
    while sent := rig.send():
        for order in sent:
            rig.answer(order, Accepted())
            done.append((str(order.charge_point_id), order.limit_a, order.discharge_a))
    return done


def test_a_car_that_gives_back_is_ordered_no_charging() -> None:
    rig = two()
    rig.aim(B=0)
    give(rig, A=16)

    [(name, limit_a, discharge_a)] = do(rig)

    assert ("A", 0.0, 16.0) == (name, limit_a, discharge_a)
    [told] = rig.log[0].command.profile.periods
    assert OperationMode.CENTRAL_SETPOINT is told.operation_mode
    assert (0.0, -16.0, -16.0) == (told.limit, told.setpoint, told.discharge_limit)
    assert 16.0 == rig.guard.state(A, rig.now).discharge_a
    assert 0.0 == rig.guard.worst_a(A, rig.now)


def test_what_one_gives_is_no_room_for_another() -> None:
    rig = two(16)
    rig.aim(B=32)
    give(rig, A=16)

    assert ("B", 16.0, 0.0) in do(rig)


def test_all_that_flows_back_fits_the_fuse() -> None:
    rig = two(20)
    give(rig, A=16, B=16)

    given = {name: discharge_a for name, _, discharge_a in do(rig)}
    assert {"A": 16.0, "B": 0.0} == given


def test_a_car_gives_only_when_another_has_confirmed_that_it_stopped() -> None:
    rig = two(20)
    rig.aim(B=0)
    give(rig, A=16)
    do(rig)
    rig.now += timedelta(seconds=30)
    rig.aim(A=0)
    give(rig, B=16)

    first = rig.send()

    assert [("A", 0.0)] == [(o.charge_point_id, o.discharge_a) for o in first]
    rig.answer(first[0], Accepted())
    assert [("B", 0.0, 16.0)] == do(rig)


def test_giving_ends_when_the_car_may_charge_again() -> None:
    rig = two()
    rig.aim(B=0)
    give(rig, A=16)
    do(rig)
    rig.now += timedelta(seconds=30)
    rig.aim(A=10)

    assert [("A", 10.0, 0.0)] == do(rig)
    assert 0.0 == rig.guard.state(A, rig.now).discharge_a


def test_an_order_to_give_is_repeated_before_it_ends() -> None:
    rig = two()
    rig.aim(B=0)
    give(rig, A=16)
    do(rig)
    rig.now += timedelta(seconds=700)

    assert [("A", 0.0, 16.0)] == do(rig)


@pytest.mark.parametrize("answer", [Rejected(status="Rejected"), Unsupported(reason="no V2X")])
def test_who_refuses_to_give_waits_and_is_not_asked_again(answer: Any) -> None:
    rig = two()
    rig.aim(A=16, B=0)
    do(rig)
    rig.now += timedelta(seconds=30)
    give(rig, A=16)
    [asked] = rig.send()

    rig.answer(asked, answer)
    rig.now += timedelta(seconds=15)

    assert not rig.guard.may_give(A)
    assert [("A", 0.0, 0.0)] == do(rig)
    assert () == rig.guard.refusals()


def test_small_changes_of_giving_are_not_sent() -> None:
    rig = two()
    rig.aim(B=0)
    give(rig, A=16)
    do(rig)
    rig.now += timedelta(seconds=30)
    give(rig, A=15.8)

    assert [] == do(rig)


def test_in_watts_a_car_gives_no_more_than_on_the_fewest_phases() -> None:
    connector = site(point("A")).connectors[A]

    told = period(0.0, OrderForm(rate_unit=RateUnit.W), connector, 230.0, 16.0)

    assert told.setpoint == told.discharge_limit == -16 * 230.0


def test_only_ocpp_2_1_carries_an_order_to_give() -> None:
    rig = two()
    rig.aim(B=0)
    give(rig, A=16)
    do(rig)
    command = rig.log[0].command
    number = command.profile.transaction_id
    assert number is not None
    names = Names({int(number): "ab-7"})

    called = {
        version: translator_for(version).encode_command(command, names)
        for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
    }

    assert isinstance(called["ocpp1.6"], Unsupported)
    assert isinstance(called["ocpp2.0.1"], Unsupported)
    call = called["ocpp2.1"]
    assert isinstance(call, EncodedCall), call
    [schedule] = json.loads(call.payload)["chargingProfile"]["chargingSchedule"]
    assert [
        {
            "startPeriod": 0,
            "operationMode": "CentralSetpoint",
            "limit": 0.0,
            "setpoint": -16.0,
            "dischargeLimit": -16.0,
        }
    ] == schedule["chargingSchedulePeriod"]
