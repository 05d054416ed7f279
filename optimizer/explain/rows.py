"""The orders of a plan with their reasons, as rows: a thousand cars have fifty thousand of them.

What tells rows apart is a number; each reason and each sentence is made once for all rows that it
is about.
"""

from __future__ import annotations

import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from ocpp_core.domain.plan_rows import Column, PlanRows
from optimizer.arrays import Floats, Ints
from optimizer.explain.story import BY_A_LIMIT, OTHER_HOURS, Story, Why


def slots_of(story: Story, value_per_a: Floats | None = None) -> PlanRows:
    """Return an order for each slot of each session's window, by connector and start.

    `value_per_a`, cars by slots, is what one more ampere for the car would save.
    """
    inputs = story.inputs
    known = [car for car in inputs.cars if car.circuit_id is not None]
    known.sort(key=lambda car: (car.need.ref, car.need.session_id))
    order = np.array([car.index for car in known], dtype=np.int64)
    row, slot = np.nonzero(story.there[order])
    car, needs = order[row], [car.need for car in inputs.cars]
    why = story.why[car, slot]
    room = np.where(np.isin(why, BY_A_LIMIT), story.ledger.tightest[car, slot], -1)
    values = np.zeros(len(car)) if value_per_a is None else value_per_a[car, slot]
    rooms = (*inputs.rooms, None)  # the last one is none
    return PlanRows(
        {
            "ref": _picked([need.ref for need in needs], car),
            "session_id": _picked([need.session_id for need in needs], car),
            "start": _picked(inputs.starts, slot),
            "end": _picked(inputs.ends, slot),
            "current_a": _numbers(story.orders[car, slot] / 10),
            "power_w": _numbers(1000 * story.power_kw[car, slot]),
            "reason": _reasons(story, why, room, slot),
            "words": _sentences(story, why, room, car, slot),
            "binding_circuit": _picked([one and one.circuit_id for one in rooms], room),
            "binding_phase": _picked([one and one.phase for one in rooms], room),
            "value_per_a": _numbers(values),
        }
    )


def _reasons(story: Story, why: Ints, room: Ints, slot: Ints) -> Column:
    limited = np.where(room >= 0, slot, 0)  # an event may hold in some slots and not in others
    first, alike = _alike(why, room + 1, limited)
    rooms = (*story.inputs.rooms, None)
    table = [story.reason(Why(why[n]), rooms[room[n]], int(slot[n])) for n in first]
    return _picked(table, alike)


def _sentences(story: Story, why: Ints, room: Ints, car: Ints, slot: Ints) -> Column:
    cars = story.inputs.cars
    orders = story.orders[car, slot]
    who, where, beside = np.zeros_like(car), np.zeros_like(car), np.zeros_like(car)
    own = np.isin(why, (Why.UNABLE, Why.RUNS_ON))
    who[own] = car[own]
    hours = np.isin(why, OTHER_HOURS)
    _, price = np.unique(np.array(story.price), return_inverse=True)
    surplus = np.array(story.inputs.pv_kw) > np.array(story.inputs.building_kw)
    who[hours], where[hours] = car[hours], (2 * price + surplus)[slot[hours]]
    gives = why == Why.GIVES
    who[gives], where[gives] = car[gives], slot[gives]
    limited = room >= 0
    who[limited], where[limited] = room[limited], slot[limited]
    crowded = np.flatnonzero(np.isin(why, (Why.WAITS_FULL, Why.WAITS_MINIMUM)))
    least = np.array([one.min_deci for one in cars], dtype=np.int64)
    left = np.minimum(story.ledger.left_deci[car[crowded], slot[crowded]], 1e6).astype(np.int64)
    beside[crowded] = 4 * left + _turns(story, car[crowded], slot[crowded], room[crowded])
    orders[crowded] = np.where(left < 1, 0, least[car[crowded]])
    first, alike = _alike(why, who, where, beside, orders - orders.min(initial=0))
    table = [story.words(Why(why[n]), cars[car[n]], int(slot[n])) for n in first]
    return _picked(table, alike)


def _turns(story: Story, car: Ints, slot: Ints, room: Ints) -> Ints:
    """Tell why others go first: 0 for nobody does, then by priority, by departure, by turn."""
    cars = story.inputs.cars
    first, alike = _alike(slot, room)
    shown = [story.ahead(int(slot[n]), int(room[n])) for n in first]
    priority = np.array([min((o.need.priority for o in some), default=0) for some in shown])
    leaves = np.array([max((o.departure.timestamp() for o in some), default=0) for some in shown])
    nobody = np.array([not some for some in shown], dtype=bool)
    own = np.array([one.need.priority for one in cars])[car]
    stays = np.array([one.departure.timestamp() for one in cars])[car]
    return np.select(
        [nobody[alike], priority[alike] > own, leaves[alike] < stays], [0, 1, 2], default=3
    )


def _alike(*keys: Ints) -> tuple[list[int], Ints]:
    """Return the first row of each combination of keys (from 0), and for each row which it is."""
    code = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        code = code * (int(key.max(initial=0)) + 1) + key
    _, first, alike = np.unique(code, return_index=True, return_inverse=True)
    return first.tolist(), alike


def _picked(table: Sequence[Any], places: Ints) -> Column:
    """Return a column; a place of -1 is the last of the table."""
    kind = "B" if len(table) <= 2**8 else "H" if len(table) <= 2**16 else "I"
    whole = np.where(places < 0, len(table) - 1, places).astype(np.dtype(kind))
    return Column(tuple(table), array.array(kind, whole.tobytes()))


def _numbers(values: Floats) -> Column:
    return Column((), array.array("d", values.astype(np.float64).tobytes()))
