"""Whatever chargers say: repeats and order of delivery change nothing, and it can be made anew."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.hashes import TableHash
from tests.analytics.wire import V16, V201, WireDesk, differences
from tests.analytics.wire_scripts import Frame, boots, histories, interleaved, play


def hashes_after(frames: list[Frame], times: list[int]) -> dict[str, TableHash]:
    """Play a history and return what its tables hold, apart from when it came."""

    async def run(path: Path) -> dict[str, TableHash]:
        desk = WireDesk(path, waits=False)
        await play(desk, frames, times, set())
        with desk.ask() as reader:
            found = reader.table_hashes(arrival=False)
        await desk.store.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder) / "depot.duckdb"))


@pytest.mark.parametrize("version", [V16, V201])
@settings(max_examples=5, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_repeats_and_the_order_of_delivery_leave_the_same_hashes(
    version: str, data: st.DataObject
) -> None:
    """OCPP.md rows 1 to 3 and 16: each frame one to five times, connectors mixed in any way."""
    lanes = data.draw(histories(version))
    straight = boots(version) + [frame for lane in lanes for frame in lane]
    mixed = boots(version) + data.draw(interleaved(lanes))
    times = data.draw(st.lists(st.integers(1, 5), min_size=len(mixed), max_size=len(mixed)))

    once = hashes_after(straight, [1] * len(straight))

    assert _sessions_and_course(once) == _sessions_and_course(hashes_after(mixed, times))


def _sessions_and_course(found: dict[str, TableHash]) -> dict[str, TableHash]:
    """Leave out tables that are about when we ordered something, in which state."""
    ours = {"charging_profile", "profile_in_force", "setting", "charge_point"}
    return {name: table for name, table in found.items() if name not in ours}


@pytest.mark.parametrize("version", [V16, V201])
@settings(max_examples=5, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_any_history_can_be_made_anew_also_after_restarts(
    version: str, data: st.DataObject
) -> None:
    lanes = data.draw(histories(version))
    frames = data.draw(interleaved([*lanes, boots(version)]))
    times = data.draw(st.lists(st.integers(1, 3), min_size=len(frames), max_size=len(frames)))
    restarts = data.draw(st.sets(st.integers(0, len(frames)), max_size=3))

    async def run(path: Path) -> list[str]:
        desk = WireDesk(path, waits=False)
        await play(desk, frames, times, restarts)
        return differences(await desk.reprocessed())

    with tempfile.TemporaryDirectory() as folder:
        assert [] == asyncio.run(run(Path(folder) / "depot.duckdb"))
