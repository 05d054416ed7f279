"""Owns a database until its standard input ends."""

import asyncio
import sys

from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, TARIFF, make_site


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main() -> None:
    store = Store.open(sys.argv[1], site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
    say("open")
    await asyncio.to_thread(sys.stdin.read)
    await store.close()


asyncio.run(main())
