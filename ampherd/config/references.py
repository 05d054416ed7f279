"""Faults between settings: names that must exist, be unique, and form a tree.

Works on the raw data, so that a wrong type somewhere does not hide what else is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ampherd.config.faults import Fault, did_you_mean, dotted
from ampherd.config.lines import KeyPath
from ampherd.config.sources import Sources


def references(data: Mapping[str, Any], sources: Sources) -> Iterator[Fault]:
    """Yield every reference that leads nowhere and every name that is used twice."""

    def fault(path: KeyPath, problem: str, hint: str = "") -> Fault:
        return Fault(place=sources.place(path), key=dotted(path), problem=problem, hint=hint)

    circuits = list(_tables(data.get("circuit"), ("circuit",)))
    known = [c["id"] for _, c in circuits if isinstance(c.get("id"), str)]
    yield from _tree(circuits, known, fault)
    site = data.get("site")
    building = site.get("building_circuit") if isinstance(site, dict) else None
    if isinstance(building, str) and building not in known:
        yield fault(
            ("site", "building_circuit"),
            f"no circuit is called {building!r}",
            did_you_mean(building, known),
        )
    points = list(_tables(data.get("charge_point"), ("charge_point",)))
    yield from _repeated(points, "id", "charge point", fault)
    for path, point in points:
        connectors = list(_tables(point.get("connectors"), (*path, "connectors")))
        yield from _repeated(connectors, "id", "connector of this charge point", fault)
        for at, connector in connectors:
            circuit = connector.get("circuit")
            if isinstance(circuit, str) and circuit not in known:
                yield fault(
                    (*at, "circuit"),
                    f"no circuit is called {circuit!r}",
                    did_you_mean(circuit, known),
                )
    known_points = [p["id"] for _, p in points if isinstance(p.get("id"), str)]
    groups = list(_tables(data.get("charger_group"), ("charger_group",)))
    yield from _repeated(groups, "name", "charger group", fault)
    for path, group in groups:
        members = group.get("members")
        for member in members if isinstance(members, list) else ():
            if isinstance(member, str) and member not in known_points:
                yield fault(
                    (*path, "members"),
                    f"no charge point is called {member!r}",
                    did_you_mean(member, known_points),
                )
    tokens = list(_tables(data.get("id_token"), ("id_token",)))
    yield from _repeated(tokens, "token", "token", fault)


type _Tables = list[tuple[KeyPath, dict[str, Any]]]
type _Make = Callable[..., Fault]


def _tables(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict):
                yield (*path, number), item


def _tree(circuits: _Tables, known: list[str], fault: _Make) -> Iterator[Fault]:
    yield from _repeated(circuits, "id", "circuit", fault)
    roots = [(path, c) for path, c in circuits if "parent" not in c]
    if circuits and not roots:
        yield fault(
            ("circuit",),
            "every circuit has a parent",
            "The grid connection is the circuit without one.",
        )
    for path, circuit in roots[1:]:
        yield fault(
            path,
            f"circuit {circuit.get('id')!r} has no parent, like {roots[0][1].get('id')!r}",
            "Only the grid connection has none: name the circuit that feeds this one.",
        )
    parents = {
        c["id"]: c["parent"]
        for _, c in circuits
        if isinstance(c.get("id"), str) and isinstance(c.get("parent"), str)
    }
    for path, circuit in circuits:
        parent = circuit.get("parent")
        if not isinstance(parent, str):
            continue
        if parent not in known:
            yield fault(
                (*path, "parent"),
                f"no circuit is called {parent!r}",
                did_you_mean(parent, known),
            )
        elif roots and _in_a_ring(circuit.get("id"), parents):
            yield fault((*path, "parent"), f"circuit {circuit['id']!r} feeds itself")


def _in_a_ring(name: object, parents: Mapping[str, str]) -> bool:
    at = parents.get(name) if isinstance(name, str) else None
    for _ in parents:
        if at is None:
            return False
        if at == name:
            return True
        at = parents.get(at)
    return False


def _repeated(tables: _Tables, key: str, what: str, fault: _Make) -> Iterator[Fault]:
    first: dict[object, KeyPath] = {}
    for path, table in tables:
        value = table.get(key)
        if not isinstance(value, str | int):
            continue
        name = value.casefold() if isinstance(value, str) and key == "token" else value
        if name in first:
            yield fault(
                (*path, key),
                f"another {what} is called {value!r} too"
                if isinstance(value, str)
                else f"another {what} has number {value} too",
            )
        else:
            first[name] = path
