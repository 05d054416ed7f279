"""GetVariables, SetVariables and the reports of the device model (OCPP 2.0.1 B05 to B08)."""

from __future__ import annotations

from functools import partial

from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.device import name_of
from ocpp_core.sim.replies2 import said
from ocpp_core.sim.wire import Payload, Reply

ENTRIES_A_MESSAGE = 16
"""Entries of a report in one NotifyReport."""


def get_variables(charger: ChargerBody, payload: Payload) -> Reply:
    """B06."""
    results: list[Payload] = []
    for asked in payload["getVariableData"]:
        status, value = charger.device.get(name_of(asked), asked.get("attributeType", "Actual"))
        result: Payload = {
            "attributeStatus": status,
            "component": asked["component"],
            "variable": asked["variable"],
        }
        if value is not None:
            result["attributeValue"] = value
        if "attributeType" in asked:
            result["attributeType"] = asked["attributeType"]
        results.append(result)
    return Reply({"getVariableResult": results})


def set_variables(charger: ChargerBody, payload: Payload) -> Reply:
    """B05."""
    results: list[Payload] = []
    for asked in payload["setVariableData"]:
        attribute = asked.get("attributeType", "Actual")
        status = charger.device.set(name_of(asked), str(asked["attributeValue"]), attribute)
        result: Payload = {
            "attributeStatus": status,
            "component": asked["component"],
            "variable": asked["variable"],
        }
        if "attributeType" in asked:
            result["attributeType"] = asked["attributeType"]
        results.append(result)
    return Reply({"setVariableResult": results}, then=charger.keys_changed)


def base_report(charger: ChargerBody, payload: Payload) -> Reply:
    """B07."""
    base = payload["reportBase"]
    if base == "SummaryInventory":
        return said("NotSupported")
    return _reported(charger, int(payload["requestId"]), charger.device.report(base))


def report(charger: ChargerBody, payload: Payload) -> Reply:
    """B08, by components and variables; criteria are not supported."""
    if payload.get("componentCriteria"):
        return said("NotSupported")
    wanted = payload.get("componentVariable", [])
    entries = [
        entry
        for entry in charger.device.report()
        if not wanted or any(_matches(entry, one) for one in wanted)
    ]
    if not entries:
        return said("EmptyResultSet")
    return _reported(charger, int(payload["requestId"]), entries)


def _matches(entry: Payload, wanted: Payload) -> bool:
    component, variable = wanted["component"], wanted.get("variable")
    same = all(entry["component"].get(key) == value for key, value in component.items())
    return same and (variable is None or entry["variable"]["name"] == variable["name"])


def _reported(charger: ChargerBody, request_id: int, entries: list[Payload]) -> Reply:
    return said("Accepted", then=partial(_tell, charger, request_id, entries))


def _tell(charger: ChargerBody, request_id: int, entries: list[Payload]) -> None:
    parts = range(0, len(entries), ENTRIES_A_MESSAGE)
    for number, first in enumerate(parts):
        charger.terminal.say(
            "NotifyReport",
            {
                "requestId": request_id,
                "generatedAt": charger.stamp(charger.clock.now()),
                "seqNo": number,
                "tbc": first + ENTRIES_A_MESSAGE < len(entries),
                "reportData": entries[first : first + ENTRIES_A_MESSAGE],
            },
        )
