"""The site otherwise: another fuse, more or fewer connectors, a battery; written as people do."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import cycle, islice

from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.domain.plan import SiteBattery
from ocpp_core.domain.site import ChargePoint, Circuit, Site
from optimizer.replay import CarsGive

_QUANTITY = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$")
_FACTOR = {"w": 1.0, "kw": 1e3, "mw": 1e6, "wh": 1.0, "kwh": 1e3, "mwh": 1e6, "a": 1.0}
_LONGER = {"w": "power", "kw": "power", "mw": "power", "wh": "energy", "kwh": "energy",
           "mwh": "energy", "a": "current"}  # fmt: skip


def fuse_of(text: str) -> tuple[float | None, float | None]:
    """Read `200A` or `150kW`; return the limit in A on each phase and in W, one of them None."""
    value, kind = _quantity(text, "--fuse", "200A or 150kW")
    if kind == "current":
        return value, None
    if kind == "power":
        return None, value
    raise ConfigurationError(f"--fuse {text!r} is an energy", hint="write 200A or 150kW")


def with_fuse(site: Site, text: str) -> Site:
    """Return the site behind another grid connection, with that limit alone.

    Its other circuits stay as they are.
    """
    limit_a, limit_w = fuse_of(text)

    def changed(circuit: Circuit) -> Circuit:
        return replace(circuit, limit_a=limit_a, limit_w=limit_w, line_limits=())

    return replace(
        site,
        circuits=tuple(changed(c) if c.parent_id is None else c for c in site.circuits),
    )


def limits_below(site: Site) -> tuple[str, ...]:
    """Name the circuits below the grid connection that have limits of their own, with them."""
    found = []
    for circuit in site.circuits:
        limits = [
            *([] if circuit.limit_a is None else [f"{circuit.limit_a:g} A"]),
            *([] if circuit.limit_w is None else [f"{circuit.limit_w / 1000:g} kW"]),
            *(["lines"] if circuit.line_limits else []),
        ]
        if circuit.parent_id is not None and limits:
            found.append(f"{circuit.circuit_id} ({', '.join(limits)})")
    return tuple(found)


def with_connectors(site: Site, count: int) -> Site:
    """Return the site with so many connectors: the first ones of it, and copies of them in turn."""
    if count < 1:
        raise ConfigurationError("--connectors has to be 1 or more")
    every = [(point, connector) for point in site.charge_points for connector in point.connectors]
    if not every:
        raise ConfigurationError(
            "the site has no connector to copy", hint="give it a [[charge_point]] in its file"
        )
    kept: dict[ChargePointId, ChargePoint] = {}
    for point, connector in every[:count]:
        before = kept[point.charge_point_id].connectors if point.charge_point_id in kept else ()
        kept[point.charge_point_id] = replace(point, connectors=(*before, connector))
    added = []
    for number, (_, connector) in enumerate(islice(cycle(every), max(0, count - len(every))), 1):
        name = ChargePointId(f"added-{number}")
        ref = ConnectorRef(name, ConnectorId(1))
        added.append(ChargePoint(charge_point_id=name, connectors=(replace(connector, ref=ref),)))
    return replace(site, charge_points=(*kept.values(), *added))


def battery_of(text: str, site: Site) -> SiteBattery:
    """Read `100kWh,50kW`: capacity and power, empty at the start, on the building's circuit."""
    parts = text.split(",")
    values: dict[str, float] = {}
    for part in parts:
        value, kind = _quantity(part, "--battery", "100kWh,50kW")
        values[kind] = value
    if set(values) != {"energy", "power"} or len(parts) != 2:
        raise ConfigurationError(
            f"--battery {text!r} has to say an energy and a power", hint="write 100kWh,50kW"
        )
    return SiteBattery(
        circuit_id=site.building_circuit_id,
        capacity_wh=values["energy"],
        energy_wh=0.0,
        max_charge_w=values["power"],
        max_discharge_w=values["power"],
    )


def giving_of(text: str) -> CarsGive:
    """Read `10kWh,0.08`: how deep below what it came with a car may give, and the wear of a kWh."""
    depth, comma, wear = text.partition(",")
    value, kind = _quantity(depth, "--v2g", "10kWh,0.08")
    try:
        price = float(wear) if comma else 0.0
    except ValueError:
        price = math.nan
    if kind != "energy" or not (math.isfinite(price) and price >= 0):
        raise ConfigurationError(
            f"--v2g {text!r} has to say an energy, and may say a price for each kWh",
            hint="write 10kWh,0.08",
        )
    return CarsGive(depth_wh=value, wear_per_kwh=price)


def power_of(text: str, option: str) -> float:
    """Read `11kW`; return W."""
    value, kind = _quantity(text, option, "11kW")
    if kind != "power":
        raise ConfigurationError(f"{option} {text!r} is no power", hint="write 11kW")
    return value


def _quantity(text: str, option: str, example: str) -> tuple[float, str]:
    found = _QUANTITY.match(text)
    unit = found[2].casefold() if found else ""
    if found is None or unit not in _FACTOR:
        raise ConfigurationError(
            f"{option} {text!r} is no number with a unit", hint=f"write {example}"
        )
    value = float(found[1]) * _FACTOR[unit]
    if value <= 0:
        raise ConfigurationError(f"{option} {text!r} has to be more than 0")
    return value, _LONGER[unit]
