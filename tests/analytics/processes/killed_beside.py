"""Writes without pause, and checkpoints beside it, until it is killed; says what is committed."""

import asyncio
import sys
from datetime import timedelta

from analytics.checkpoints import Checkpoints
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, TARIFF, Charger, make_site


async def main(path: str, run: str) -> None:
    store = Store.open(path, site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
    place = store._database.place
    place.checkpoints = Checkpoints(store.path, log_bytes=2_000)  # type: ignore[attr-defined]
    charger = Charger(f"CP-{run}")
    number = 0
    while True:
        number += 1
        message = charger.metered(NOON + timedelta(seconds=number), 1000 + number, None)
        await store.append(message)
        sys.stdout.write(f"{message.charge_point_id} {message.message_id}\n")
        sys.stdout.flush()


asyncio.run(main(sys.argv[1], sys.argv[2]))
