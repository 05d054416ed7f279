"""Appends messages for ever and says which of them were acknowledged."""

import asyncio
import sys
from datetime import timedelta

from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main(path: str, run: int) -> None:
    store = Store.open(
        path,
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON),
    )
    charger = Charger(number=run * 1_000_000)

    async def write(start: int) -> None:
        at = NOON + timedelta(days=run, hours=3 * start)
        for message in charger.whole_session(at, 1 + run * 10_000 + start):
            await store.append(message)
            say(message.message_id)

    number = 0
    while True:
        await asyncio.gather(*(write(number + n) for n in range(20)))
        number += 20


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
