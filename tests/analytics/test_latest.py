"""What is later than all that is stored needs no search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from analytics.latest import Course, Latest
from analytics.records import (
    EmissionRecord,
    LinkRecord,
    LinkState,
    PlanRecord,
    Record,
    SiteLoadRecord,
)
from analytics.rows import Row
from analytics.store import Store
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.plan import Fallback
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore
from tests.analytics.test_reader import PLAN, SNAPSHOT

KEY = ("charge_point_id", "changed_at", "state")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE link ("
            "charge_point_id VARCHAR, changed_at TIMESTAMPTZ, state VARCHAR, reason VARCHAR)"
        )
        yield connection


def _link(name: str, minute: int, state: str = "online", reason: str = "") -> Row:
    return (name, NOON + timedelta(minutes=minute), state, reason)


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _rows(store: Store, select: str) -> list[tuple[object, ...]]:
    return store._database.connection.cursor().execute(select).fetchall()


def _stored(connection: duckdb.DuckDBPyConnection, *rows: Row) -> None:
    connection.executemany("INSERT INTO link VALUES ($1, $2, $3, $4)", [list(r) for r in rows])


def test_what_is_later_than_all_stored_rows_is_new(connection: duckdb.DuckDBPyConnection) -> None:
    _stored(connection, _link("A", 0), _link("B", 5))
    latest = Latest(connection, {"link": Course(key=KEY, at="changed_at")})

    new, unsure = latest.sort("link", [_link("A", 6), _link("A", 4), _link("B", 7)])

    assert [_link("A", 6), _link("B", 7)] == new
    assert [_link("A", 4)] == unsure


def test_of_the_last_instant_only_known_keys_are_unsure(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    _stored(connection, _link("A", 5), _link("B", 5))
    latest = Latest(connection, {"link": Course(key=KEY, at="changed_at")})

    new, unsure = latest.sort("link", [_link("B", 5), _link("C", 5)])

    assert ([_link("C", 5)], [_link("B", 5)]) == (new, unsure)


def test_each_kind_has_its_own_course(connection: duckdb.DuckDBPyConnection) -> None:
    _stored(connection, _link("A", 0), _link("B", 50))
    course = Course(key=KEY, at="changed_at", kind=("charge_point_id",))
    latest = Latest(connection, {"link": course})

    new, unsure = latest.sort("link", [_link("A", 1), _link("B", 1), _link("C", 1)])

    assert ([_link("A", 1), _link("C", 1)], [_link("B", 1)]) == (new, unsure)


def test_the_first_of_new_rows_with_one_key_counts(connection: duckdb.DuckDBPyConnection) -> None:
    latest = Latest(connection, {"link": Course(key=KEY, at="changed_at")})

    new, unsure = latest.sort("link", [_link("A", 1, reason="x"), _link("A", 1, reason="y")])

    assert ([_link("A", 1, reason="x")], []) == (new, unsure)


def test_added_rows_are_known_until_they_may_have_been_rolled_back(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    latest = Latest(connection, {"link": Course(key=KEY, at="changed_at")})
    latest.sort("link", [])
    latest.added("link", [_link("A", 3), _link("B", 1)])

    repeated = latest.sort("link", [_link("A", 3), _link("B", 1), _link("B", 3)])
    latest.forget()
    again = latest.sort("link", [_link("A", 3)])

    assert ([_link("B", 3)], [_link("A", 3), _link("B", 1)]) == repeated
    assert ([_link("A", 3)], []) == again


def test_tables_without_a_course_are_searched(connection: duckdb.DuckDBPyConnection) -> None:
    latest = Latest(connection, {})

    assert ([], [_link("A", 1)]) == latest.sort("link", [_link("A", 1)])


async def test_facts_count_once_in_whatever_order_they_are_recorded(
    open_store: OpenStore,
) -> None:
    facts: list[Record] = []
    for minute in (3, 5, 5, 1, 3, 9):
        at = NOON + _minutes(minute)
        facts += [
            SiteLoadRecord(at=at, step_s=60, building_w=minute),
            SiteLoadRecord(at=at + _minutes(600), step_s=60, building_w=1, source="imported"),
            LinkRecord(charge_point_id=ChargePointId("CP-1"), at=at, state=LinkState.ONLINE),
            EmissionRecord(at=at, step_s=60, kg_per_kwh=0.4, source="table"),
        ]

    for turn in range(2):  # the second time after a restart
        store = open_store()
        await store.record(*facts)
        await store.record(*facts[turn::2])
        await store.close()

    store = open_store()
    for table, count in {"site_load": 8, "link": 4, "emission": 4}.items():
        assert [(count,)] == _rows(store, f"SELECT count(*) FROM {table}"), table


async def test_a_plan_that_is_made_again_from_the_same_is_kept_once(open_store: OpenStore) -> None:
    record = PlanRecord(outcome=Fallback(plan=PLAN, why="no time"), snapshot=SNAPSHOT)
    later = replace(PLAN, made_at=PLAN.made_at + _minutes(1))
    again = PlanRecord(outcome=Fallback(plan=later, why="no time"), snapshot=SNAPSHOT)
    counts = "SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM plan_site)"

    store = open_store()
    await store.record(record, again)
    await store.record(again)
    await store.close()
    store = open_store()
    await store.record(again)

    assert [(1, len(PLAN.slot_starts))] == _rows(store, counts)


async def test_what_was_rolled_back_is_not_taken_for_stored(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, charger = open_store(), Charger()
    load = SiteLoadRecord(at=NOON, step_s=60, building_w=1000)
    start = charger.start(NOON, 7)
    with monkeypatch.context() as patch:
        patch.setattr("analytics.store.write_sessions", _fail)
        for failed in (store.append(start), store.record(load)):
            with pytest.raises(StoreError):
                await failed

    await store.append(start)
    await store.append(charger.stop(NOON + _minutes(60), 7, 10_000))
    await store.record(load, load)

    assert [(1, 1)] == _rows(
        store, "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM site_load)"
    )


def _fail(*_: object) -> None:
    raise StoreError("no")
