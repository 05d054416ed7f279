"""Which sessions to cut, and to what, when a limit would be passed."""

from __future__ import annotations

import itertools

import numpy as np

from optimizer.control.capacity import EPSILON, Capacity, Floats


def shed(
    capacity: Capacity,
    level_a: Floats,
    room: Floats,
    floor_a: Floats,
    least_a: Floats,
    can_be_cut: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> dict[int, float]:
    """Return new limits (A) by connector that bring each row's room to 0 or above, if any do.

    `level_a` is what each connector will be at without a cut, `floor_a` what stays when it is
    ordered to 0, `least_a` the lowest current that charges. On each row the highest come down to
    one common level first; when that would be below the minimum, whole sessions wait, those that
    free most first, the last configured before the first.
    """
    level, room = level_a.copy(), room.copy()
    cut: dict[int, float] = {}
    # Every pass mends one row for good: cuts only ever add room, so each row is visited once.
    for _ in range(len(room)):
        row = int(room.argmin())
        if room[row] >= -EPSILON:
            break
        weight = capacity.coefficient[row]
        members = np.flatnonzero(can_be_cut & (weight > 0) & (level > floor_a + EPSILON))
        to = _common_level(
            level[members], np.maximum(floor_a, least_a)[members], weight[members], -room[row]
        )
        short = -room[row] - float(weight[members] @ (level[members] - to))
        if short > EPSILON:
            order = sorted(
                range(len(members)),
                key=lambda k: (-(to[k] - floor_a[members[k]]) * weight[members[k]], -k),
            )
            for k in order:
                if short <= EPSILON:
                    break
                short -= float(weight[members[k]] * (to[k] - floor_a[members[k]]))
                to[k] = floor_a[members[k]]
        for k, i in enumerate(members):
            if to[k] < level[i] - EPSILON:
                room += capacity.coefficient[:, i] * (level[i] - to[k])
                level[i] = cut[int(i)] = float(to[k])
        room[row] = max(room[row], 0.0)  # nothing more can be done for this one
    return cut


def _common_level(level: Floats, least: Floats, weight: Floats, need: float) -> Floats:
    """Lower the highest to a common level, none below `least`, until `need` is freed or none can.

    Filling from the top: the level is found by going down through the distinct values at which
    somebody joins or stops.
    """
    least = np.minimum(level, least)
    for high, low in _bands(level, least):
        at_low = np.minimum(level, np.maximum(least, low))
        freed = float(weight @ (level - at_low))
        if freed >= need:
            at_high = np.minimum(level, np.maximum(least, high))
            before = float(weight @ (level - at_high))
            share = (need - before) / (freed - before) if freed > before else 1.0
            return np.asarray(at_high - (at_high - at_low) * share, dtype=np.float64)
    return least


def _bands(level: Floats, least: Floats) -> list[tuple[float, float]]:
    marks = sorted({float(v) for v in (*level, *least)}, reverse=True)
    return list(itertools.pairwise(marks))
