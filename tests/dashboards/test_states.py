"""States of connectors, as a person reads them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.states import state_of, waits
from tests.dashboards.fake_view import live_view

PAUSED = live_view().connectors[2]


@pytest.mark.parametrize("state", ["SuspendedEV", "SuspendedEVSE"])
def test_a_car_with_all_its_energy_neither_pauses_nor_waits(state: str) -> None:
    done = replace(PAUSED, state=state, reason="done")

    assert ("Has its energy", "good", False) == (
        state_of(done).words, state_of(done).colour, waits(done),
    )  # fmt: skip


def test_a_car_that_is_held_back_waits() -> None:
    assert ("Waiting for power", True) == (state_of(PAUSED).words, waits(PAUSED))


def test_without_a_link_it_is_not_known_whether_a_car_is_done() -> None:
    gone = replace(PAUSED, reason="done", online=False)

    assert "Offline" == state_of(gone).words
