"""Writes and checkpoints without pause until it is killed; says what it has committed."""

import asyncio
import sys
from datetime import timedelta

from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, TARIFF, Charger, make_site


async def main(path: str, run: str) -> None:
    store = Store.open(path, site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
    charger = Charger(f"CP-{run}")
    number = 0
    while True:
        for _ in range(20):
            number += 1
            message = charger.metered(NOON + timedelta(seconds=number), 1000 + number, None)
            await store.append(message)
            sys.stdout.write(f"{message.charge_point_id} {message.message_id}\n")
        sys.stdout.flush()
        sys.stdout.write("checkpoint\n")
        sys.stdout.flush()
        await store.run(lambda database, _: database.connection.execute("CHECKPOINT"))


asyncio.run(main(sys.argv[1], sys.argv[2]))
