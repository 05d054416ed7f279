"""Parts that start and stop."""

from __future__ import annotations

import pytest

from ocpp_core.domain.lifecycle import Startable


class Part(Startable):
    def __init__(self) -> None:
        self.told: list[str] = []

    async def start(self) -> None:
        self.told.append("start")

    async def stop(self) -> None:
        self.told.append("stop")


async def test_a_part_is_stopped_also_when_the_work_with_it_fails() -> None:
    part = Part()

    with pytest.raises(ValueError, match="work"):
        async with part:
            raise ValueError("work")

    assert part.told == ["start", "stop"]
