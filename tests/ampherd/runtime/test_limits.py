"""Limits that were set by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ampherd.runtime.limits import LimitBook
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import CircuitId, SiteId
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.site import Circuit, Site

GRID = CircuitId("grid")
LOWER = CircuitLimit(circuit_id=GRID, limit_a=20.0)


def site(circuit: str = "grid") -> Site:
    return Site(
        site_id=SiteId("s"),
        name="S",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=CircuitId(circuit), limit_a=63.0),),
        charge_points=(),
        building_circuit_id=CircuitId(circuit),
    )


def test_a_limit_that_was_set_still_holds_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    LimitBook(path, site()).put(LOWER, "operator: cable is hot")

    again = LimitBook(path, site())

    assert again.in_force == {GRID: LOWER}
    assert again.sources == {GRID: "operator: cable is hot"}


def test_a_limit_that_was_cleared_stays_cleared(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    book = LimitBook(path, site())
    book.put(LOWER, "operator")
    book.drop(GRID)

    assert book.in_force == {}
    assert LimitBook(path, site()).in_force == {}


def test_a_circuit_that_was_taken_out_of_the_site_has_no_limit(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    LimitBook(path, site()).put(LOWER, "operator")

    assert LimitBook(path, site("other")).in_force == {}


def test_a_limit_that_cannot_be_kept_is_not_put_in_force(tmp_path: Path) -> None:
    book = LimitBook(tmp_path / "no such folder" / "limits.json", site())

    with pytest.raises(StoreError, match="cannot be written"):
        book.put(LOWER, "operator")

    assert book.in_force == {}


def test_a_file_that_is_not_understood_is_named_and_not_ignored(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    path.write_text("{")

    with pytest.raises(StoreError, match=r"limits\.json"):
        LimitBook(path, site())


def test_an_event_holds_from_its_start_to_its_end_and_is_then_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "limits.json"
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    event = replace(LOWER, start=noon, end=noon + hour, words="grid operator")
    LimitBook(path, site()).put(event, "operator: grid alert")
    book = LimitBook(path, site())

    assert () == book.holding(noon - hour, noon)
    assert (event,) == book.holding(noon - hour, noon + hour)
    assert not book.drop_over(noon)
    assert book.drop_over(noon + hour)
    assert {} == LimitBook(path, site()).in_force
