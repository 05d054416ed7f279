"""What is recorded and not waited for says once that it cannot be stored."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from ampherd.runtime.unstored import Unstored
from ocpp_core.domain.errors import StoreFullError


async def test_an_outage_is_told_once_and_once_more_with_its_count_when_it_is_over() -> None:
    watched = Unstored("links")
    loop = asyncio.get_running_loop()

    def commit(error: Exception | None) -> None:
        future = loop.create_future()
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
        watched.note(future)

    with capture_logs() as told:
        commit(None)
        for _ in range(5):
            commit(StoreFullError("the disk is full"))
        commit(None)
        commit(None)

    assert [("error", None), ("warning", 5)] == [
        (t["log_level"], t.get("not_stored")) for t in told
    ]
