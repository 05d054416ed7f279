"""What plans ordered the sessions that run outlasts a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ampherd.runtime.givingcars import GivingCars, GivingRules
from ampherd.runtime.history import recall_peak_w, recall_so_far
from ampherd.runtime.switching import NOTHING_YET, Switched, Switching
from analytics.importers import RecordedSession, import_sessions
from analytics.importers.reading import Reading
from analytics.records import PlanRecord, SiteLoadRecord
from ocpp_core.domain.ids import ConnectorId, ConnectorRef, PlanId, SessionId
from ocpp_core.domain.plan import Fallback, LimitReason, Plan, PlanSlot
from tests.analytics.builders import NOON
from tests.analytics.desk import CP, Desk, started
from tests.analytics.test_reader import PLAN, SNAPSHOT

MIN, HOUR = timedelta(minutes=1), timedelta(hours=1)
ONE = ConnectorRef(CP, ConnectorId(1))


def plan(made_at: datetime, name: SessionId, *orders_a: float) -> PlanRecord:
    """Return a plan with an order for each quarter of an hour from when it is made."""
    slots = tuple(
        PlanSlot(
            ref=ONE,
            session_id=name,
            start=made_at + 15 * n * MIN,
            end=made_at + 15 * (n + 1) * MIN,
            current_a=amps,
            power_w=amps * 690,
            reason=LimitReason.PRICE,
            words="",
        )
        for n, amps in enumerate(orders_a)
    )
    made: Plan = replace(PLAN, plan_id=PlanId(f"{made_at:%H%M}"), made_at=made_at, slots=slots)
    return PlanRecord(
        outcome=Fallback(plan=made, why=""), snapshot=replace(SNAPSHOT, taken_at=made_at)
    )


@pytest.mark.parametrize(
    ("last", "charges"), [((16.0, 0.0), True), ((0.0, 16.0), False), ((-10.0, -10.0), False)]
)
async def test_a_restart_forgets_neither_starts_nor_what_was_given(
    tmp_path: Path, last: tuple[float, ...], charges: bool
) -> None:
    desk = Desk(tmp_path / "site.duckdb")
    try:
        await desk.hear(started(NOON), NOON)
        (session,) = desk.live.open_sessions()
        name = session.session_id
        await desk.store.record(
            plan(NOON, name, 0.0, 16.0, 0.0, 16.0),  # the 16 A after 12:45 are planned anew
            plan(NOON + 40 * MIN, name, 0.0, 16.0),
            plan(NOON + 60 * MIN, name, *last),
        )
        await desk.restart()
        now = NOON + 70 * MIN
        with desk.ask() as reader:
            so_far = recall_so_far(reader, desk.live, now)
            before = recall_so_far(reader, desk.live, NOON)
        watch = Switching(so_far.switched)
        unknown = watch.look(desk.live, {}, now)[name]
        ordered = watch.look(desk.live, {ONE: last[0]}, now)[name]
        cars = GivingCars(GivingRules(depth_wh=10_000, wear_per_kwh=0.1), now, so_far.given_wh)
        may = cars.look(desk.live, {}, lambda _: True, now).get(name)
    finally:
        await desk.store.close()

    given_wh = max(0.0, -last[0]) * 690 / 6
    began = NOON + 55 * MIN
    expected = Switched(starts=2, running_since=began if charges else None)
    assert NOTHING_YET == before
    assert [expected, expected] == [unknown, ordered]
    assert given_wh == pytest.approx(so_far.given_wh[name])
    if given_wh == 0:
        assert may is None
    else:
        assert may is not None
        assert 0 == may.discharge.max_current_a
        assert given_wh / 0.95**2 == pytest.approx(may.owed_wh)


async def test_beyond_the_connection_s_limit_only_a_metered_peak_counts(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "site.duckdb", waits=False)
    rows = [
        RecordedSession(
            line=line,
            station=station,
            id_token="T",
            arrival=NOON - 5 * HOUR,
            departure=NOON - 2 * HOUR,
            energy_wh=22_000,
        )
        for line, station in enumerate(("CP-1", "CP-2"), 1)
    ]
    reading = Reading(importer="t", file_name="t.csv", rows=tuple(rows), rejected=())
    building = SiteLoadRecord(at=NOON - 6 * HOUR, step_s=4 * 3600, building_w=30_000)
    metered = SiteLoadRecord(at=NOON - HOUR, step_s=900, site_w=50_000, building_w=50_000)
    found = []
    try:
        for known in (building, metered):
            await desk.store.record(known)
            if known is building:
                await import_sessions(desk.store, reading)
            with desk.ask() as reader:
                found.append(recall_peak_w(reader, NOON, desk.site.timezone))
    finally:
        await desk.store.close()

    assert [43_000, 50_000] == found
