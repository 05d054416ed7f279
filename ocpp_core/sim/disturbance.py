"""Faults that come over a charger in the course of time: outages, cuts, restarts."""

from __future__ import annotations

import random

from ocpp_core.domain.clock import sleep
from ocpp_core.sim.body import ChargerBody
from ocpp_core.sim.faults import Fault, FlappingLink, Offline, Reboots


async def disturb(charger: ChargerBody, fault: Fault, seed: str) -> None:
    """Let one fault happen again and again until cancelled; others than these never happen."""
    chance = random.Random(f"{seed}/{fault.kind}")  # noqa: S311 - repeatable, no secret
    match fault:
        case Offline(every_s=every_s, for_s=for_s):
            while True:
                await sleep(charger.clock, chance.expovariate(1 / every_s))
                charger.counters[f"fault:{fault.kind}"] += 1
                charger.go_offline()
                await sleep(charger.clock, for_s)
                charger.come_back()
        case FlappingLink(every_s=every_s):
            while True:
                await sleep(charger.clock, chance.expovariate(1 / every_s))
                charger.counters[f"fault:{fault.kind}"] += 1
                charger.terminal.link.cut()
        case Reboots(every_s=every_s):
            while True:
                await sleep(charger.clock, chance.expovariate(1 / every_s))
                charger.counters[f"fault:{fault.kind}"] += 1
                await charger.restarts.crash()
        case _:
            return
