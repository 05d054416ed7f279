"""Meter readings as rows: what is often asked for stands in columns, the rest in a list.

Readings that are labelled alike share a layout, so that where each value goes is worked out once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import duckdb
import pyarrow as pa

from analytics.rows import LateReading, Row, Rows, columns
from ocpp_core.domain.metering import Label, Layout, Measurand, Reading, Unit

type Quantity = tuple[str, str, str, str]
"""Measurand, phase, location and context: what of one instant there is one value of."""

_WIDE: dict[tuple[str, str, str], str] = {
    (Measurand.ENERGY_IMPORT_REGISTER, "", Unit.WH): "energy_import_wh",
    (Measurand.ENERGY_EXPORT_REGISTER, "", Unit.WH): "energy_export_wh",
    (Measurand.POWER_IMPORT, "", Unit.W): "power_import_w",
    (Measurand.CURRENT_IMPORT, "", Unit.A): "current_a",
    (Measurand.CURRENT_IMPORT, "L1", Unit.A): "current_l1_a",
    (Measurand.CURRENT_IMPORT, "L2", Unit.A): "current_l2_a",
    (Measurand.CURRENT_IMPORT, "L3", Unit.A): "current_l3_a",
    (Measurand.VOLTAGE, "", Unit.V): "voltage_v",
    (Measurand.VOLTAGE, "L1", Unit.V): "voltage_l1_v",
    (Measurand.VOLTAGE, "L2", Unit.V): "voltage_l2_v",
    (Measurand.VOLTAGE, "L3", Unit.V): "voltage_l3_v",
    (Measurand.CURRENT_OFFERED, "", Unit.A): "current_offered_a",
    (Measurand.POWER_OFFERED, "", Unit.W): "power_offered_w",
    (Measurand.SOC, "", Unit.PERCENT): "soc_percent",
}
"""Column of each measurand, phase and unit that has one."""

OTHERS = "others"

_AT_INSTANTS = """
    SELECT sample.charge_point_id, sample.connector_id, sample.taken_at,
           measurand, phase, location, context
    FROM meter_sample AS sample
    SEMI JOIN incoming USING (charge_point_id, connector_id, taken_at)
    WHERE sample.taken_at BETWEEN $first AND $last
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the values of a layout are stored."""

    layout_id: int
    labels: tuple[Row, ...]
    """Rows of `meter_layout`."""
    quantities: frozenset[Quantity]
    _wide: Callable[[Any], tuple[float | None, ...]]
    _others: tuple[int, ...]
    _kept: tuple[int, ...]

    def cells(self, reading: Reading) -> tuple[Any, ...]:
        """Return the cells of a reading from the first column that holds a value."""
        values, raw_values, others = reading.values, reading.raw_values, self._others
        return (
            *self._wide((*values, None)),
            [values[at] for at in others] if others else None,
            [raw_values[at] for at in self._kept] if raw_values else None,
        )


@lru_cache(maxsize=4096)
def placement_of(layout: Layout) -> Placement:
    """Work out where the values of a layout go.

    Of two values of the same quantity the first one counts. Doubted values and those from another
    place than the outlet are never in a column that says what it is in its name.
    """
    wide: dict[str, int] = {}
    others: list[int] = []
    kept: list[int] = []
    quantities: set[Quantity] = set()
    stored: list[tuple[Label, str, int | None]] = []
    for at, label in enumerate(layout.labels):
        quantity = quantity_of(label)
        if quantity in quantities:
            continue
        quantities.add(quantity)
        kept.append(at)
        column = _column_of(label)
        if column is None or column in wide:
            others.append(at)
            stored.append((label, OTHERS, len(others)))
        else:
            wide[column] = at
            stored.append((label, column, None))
    layout_id = _layout_id([label for label, _, _ in stored])
    nowhere = len(layout.labels)
    return Placement(
        layout_id,
        tuple(
            (
                layout_id, position, column, place, label.measurand, label.phase or "",
                label.location, label.context, label.unit, label.doubt,
            )
            for position, (label, column, place) in enumerate(stored, 1)
        ),
        frozenset(quantities),
        itemgetter(*(wide.get(column, nowhere) for column in _value_columns())),
        tuple(others),
        tuple(kept),
    )  # fmt: skip


def quantity_of(label: Label) -> Quantity:
    """Return what of one instant there is one value of."""
    return (label.measurand, label.phase or "", label.location, label.context)


def without(reading: Reading, known: Iterable[Quantity]) -> Reading | None:
    """Return what a reading adds to quantities that are known of its instant; None: nothing."""
    stored = frozenset(known)
    kept = [
        at for at, label in enumerate(reading.layout.labels) if quantity_of(label) not in stored
    ]
    if len(kept) == len(reading.values):
        return reading
    if not kept:
        return None
    return Reading(
        taken_at=reading.taken_at,
        layout=Layout(tuple(reading.layout.labels[at] for at in kept)),
        values=tuple(reading.values[at] for at in kept),
        raw_values=tuple(reading.raw_values[at] for at in kept) if reading.raw_values else (),
    )


def add_new_of(connection: duckdb.DuckDBPyConnection, rows: Rows) -> Rows:
    """Return the rows for what is not stored yet of late readings.

    Source: steve-community/steve and others re-send readings at every reconnect: one value for each
    charger, connector, instant, measurand, phase, location and context.
    """
    found = Rows()
    known = _known_at(connection, rows.late_readings)
    for late in rows.late_readings:
        instant = (late.charge_point_id, late.connector_id, late.reading.taken_at)
        stored = known.setdefault(instant, set())
        reading = without(late.reading, stored)
        if reading is None:
            continue
        placement = placement_of(reading.layout)
        stored |= placement.quantities
        found.unsure["meter_layout"].extend(placement.labels)
        found.new["meter_reading"].append(
            (
                late.charge_point_id, late.connector_id, late.session_id, reading.taken_at,
                late.message_seq, placement.layout_id, *placement.cells(reading),
            )
        )  # fmt: skip
    return found


def _known_at(
    connection: duckdb.DuckDBPyConnection, late: list[LateReading]
) -> dict[tuple[str, int, datetime], set[Quantity]]:
    instants = {(one.charge_point_id, one.connector_id, one.reading.taken_at) for one in late}
    charge_points, connectors, times = zip(*instants, strict=True)
    incoming = pa.table(
        {
            "charge_point_id": pa.array(charge_points, pa.string()),
            "connector_id": pa.array(connectors, pa.int32()),
            "taken_at": pa.array(times, pa.timestamp("us", tz="UTC")),
        }
    )
    connection.register("incoming", incoming)
    try:
        stored = connection.execute(
            _AT_INSTANTS, {"first": min(times), "last": max(times)}
        ).fetchall()
    finally:
        connection.unregister("incoming")
    known: dict[tuple[str, int, datetime], set[Quantity]] = {}
    for charge_point_id, connector_id, taken_at, *quantity in stored:
        instant = (charge_point_id, connector_id, taken_at.replace(tzinfo=UTC))
        known.setdefault(instant, set()).add(tuple(quantity))
    return known


def _column_of(label: Label) -> str | None:
    if label.doubt or (label.location != "Outlet" and label.measurand is not Measurand.SOC):
        return None
    return _WIDE.get((label.measurand, label.phase or "", label.unit))


@lru_cache(maxsize=1)
def _value_columns() -> tuple[str, ...]:
    stored = frozenset(_WIDE.values())
    return tuple(column for column in columns("meter_reading") if column in stored)


def _layout_id(labels: list[Label]) -> int:
    # As the migration that took over earlier samples reckons it: 60 bits of MD5.
    text = "\x1e".join(
        "\x1f".join(
            (label.measurand, label.phase or "", label.location, label.context, label.unit,
             label.doubt)
        )
        for label in labels
    )  # fmt: skip
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)
