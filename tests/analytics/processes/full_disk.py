"""Writes until files may grow no more, then gets room again."""

import asyncio
import resource
import sys
from datetime import timedelta
from pathlib import Path

from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.messages import StoredMessage
from tests.analytics.builders import NOON, TARIFF, Charger, make_site

_, HARD = resource.getrlimit(resource.RLIMIT_FSIZE)


def largest_file(path: str) -> int:
    return max(Path(path).stat().st_size, Path(f"{path}.wal").stat().st_size)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main(path: str) -> None:
    store = Store.open(path, site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
    charger = Charger()
    number = 0

    def message() -> StoredMessage:
        nonlocal number
        number += 1
        return charger.metered(NOON + timedelta(seconds=number), 1000 + number, None)

    acknowledged = 0
    for _ in range(50):
        await store.append(message())
        acknowledged += 1
    limit = largest_file(path) + 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, HARD))
    error: BaseException | None = None
    refused = message()
    for _ in range(1000):
        try:
            await store.append(refused)
        except StoreError as failure:
            error = failure
            break
        acknowledged += 1
        refused = message()
    resource.setrlimit(resource.RLIMIT_FSIZE, (HARD, HARD))
    with store.reader() as reader:
        absent = reader.sql(
            f"SELECT count(*) AS n FROM ocpp_message WHERE message_id = '{refused.message_id}'"
        )["n"].iloc[0]
    stored = 0
    await store.append(refused)  # the charger sends it again
    await store.close()
    again = Store.open(path, site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
    with again.reader() as reader:
        stored = reader.sql("SELECT count(*) AS n FROM ocpp_message")["n"].iloc[0] - 1
    await again.close()
    say(
        f"error={type(error).__name__} hint={bool(getattr(error, 'hint', ''))} "
        f"acknowledged={acknowledged} stored={stored} refused_absent={absent == 0} goes_on=True"
    )


asyncio.run(main(sys.argv[1]))
