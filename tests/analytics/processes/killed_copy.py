"""Opens a database of an earlier schema and stops in the middle of the copy before it migrates."""

import sys
import time
from collections.abc import Iterator

from analytics import heldfile, places
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON, TARIFF, make_site


def half(handle: int, limit: int) -> Iterator[bytes]:
    yield from heldfile.chunks(handle, limit // 2)
    sys.stdout.write("copying\n")
    sys.stdout.flush()
    time.sleep(3600)


vars(places)["chunks"] = half
Store.open(sys.argv[1], site=make_site(), driver_tariff=TARIFF, clock=ManualClock(NOON))
