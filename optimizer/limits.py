"""Limits that cars share, and the rows in which they can bind.

One row for limits that weigh the same cars alike, and none where not even all together reach it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ocpp_core.domain.ids import CircuitId
from optimizer.arrays import Bools, Floats, Ints
from optimizer.beside import ON_LINES, Arrivals, Battery, weight_of_arrival, weight_of_battery
from optimizer.model import Inputs
from optimizer.rooms import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cars that share a limit."""

    room: Room
    members: Ints
    """Cars that weigh on it."""
    weight: Floats
    """kW on the limit for each kW of a member: 1, or 1/phases on one phase."""
    free_kw: Floats
    """For each slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """A group in a slot in which its limit can bind."""

    group: int
    slot: int
    cells: Ints
    weight: Floats
    free_kw: float


def groups_of(inputs: Inputs, takes_part: list[bool]) -> list[Group]:
    """Return the cars that share each limit, of those that take part and follow orders."""
    groups = []
    cars = inputs.cars
    on = np.array([car.on for car in cars]).reshape(len(cars), 3)
    follows = np.array([takes_part[car.index] and not car.reserved for car in cars], dtype=bool)
    under: dict[CircuitId, Bools] = {}
    for car in cars:
        for circuit_id in inputs.feeders(car):
            under.setdefault(circuit_id, np.zeros(len(cars), dtype=bool))[car.index] = True
    for room in inputs.rooms:
        if room.circuit_id not in under:
            continue
        weight = on @ np.array(room.weights)
        members = np.flatnonzero(follows & under[room.circuit_id] & (weight > 0))
        if len(members):
            groups.append(
                Group(
                    room=room,
                    members=members,
                    weight=weight[members],
                    free_kw=_free_kw(inputs, room),
                )
            )
    return groups


def _free_kw(inputs: Inputs, room: Room) -> Floats:
    """Return what a limit leaves; what a battery may take is kept free on lines with angles."""
    free = np.array(room.free_kw)
    battery = inputs.snapshot.battery
    if room.is_line and battery is not None and math.isfinite(battery.max_charge_w):
        taken = weight_of_battery(inputs, room) * max(0.0, battery.max_charge_w) / 1000
        free = free - np.minimum(taken, ON_LINES * free)
    return free


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What weighs on groups beside cars."""

    weight: Floats
    """Groups by battery and expected cars: kW on the limit for each kW."""
    most_kw: Floats
    """Battery and expected cars by slots."""


def others_of(
    inputs: Inputs,
    groups: tuple[Group, ...],
    battery: Battery | None,
    arrivals: Arrivals | None,
) -> Others:
    told = () if arrivals is None else arrivals.told
    weight = np.zeros((len(groups), 1 + len(told)))
    most = np.zeros((1 + len(told), len(inputs.hours)))
    for g, group in enumerate(groups):
        if battery is not None:
            weight[g, 0] = weight_of_battery(inputs, group.room)
        for n, one in enumerate(told, 1):
            weight[g, n] = weight_of_arrival(inputs, group.room, one)
    if battery is not None:
        most[0] = battery.charge_kw
    if arrivals is not None:
        most[1 + arrivals.of, arrivals.slot] = arrivals.upper_kw
    return Others(weight=weight, most_kw=most)


def limit_rows(
    groups: tuple[Group, ...], cell_of: Ints, upper: Floats, others: Others
) -> list[LimitRow]:
    """Of groups that weigh the same cars alike, the tightest one in each slot, if it can bind."""
    slots = others.most_kw.shape[1]
    alike: dict[tuple[bytes, ...], list[int]] = {}
    for g, group in enumerate(groups):
        if group.room.is_line:
            continue
        ratio = np.round(group.weight / group.weight[0], 9)
        beside = np.round(others.weight[g] / group.weight[0], 9)
        key = (group.members.tobytes(), ratio.tobytes(), beside.tobytes())
        alike.setdefault(key, []).append(g)
    rows = []
    for family in alike.values():
        room = np.array([groups[g].free_kw / groups[g].weight[0] for g in family])
        tightest: list[int] = np.argmin(room, axis=0).tolist() if slots else []
        cells_of = cell_of[groups[family[0]].members]
        for t in range(slots):
            group = groups[family[tightest[t]]]
            here = cells_of[:, t] >= 0
            cells, weight = cells_of[here, t], group.weight[here]
            free_kw = float(group.free_kw[t])
            beside_kw = float(others.weight[family[tightest[t]]] @ others.most_kw[:, t])
            if len(cells) and float(upper[cells] @ weight) + beside_kw > free_kw:
                rows.append(
                    LimitRow(
                        group=family[tightest[t]],
                        slot=t,
                        cells=cells,
                        weight=weight,
                        free_kw=free_kw,
                    )
                )
    return rows
