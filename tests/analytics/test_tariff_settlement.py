"""Which tariff a session gets, what its bill holds, and that the tables reckon as the domain."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics.records import TokenRecord
from analytics.schema.migrations import migrate
from analytics.store import Store
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken, TariffId
from ocpp_core.domain.tariff import (
    Dimension,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffBook,
    TariffElement,
)
from ocpp_core.domain.tariff.site_cost import charging_cost
from tests.analytics.builders import NOON, TARIFF, Charger
from tests.analytics.conftest import OpenStore

PUBLIC = TARIFF.expanded()


def element(dimension: Dimension, price: str, **restrictions: Any) -> TariffElement:
    component = PriceComponent(dimension=dimension, price=Decimal(price), vat_percent=Decimal(19))
    return TariffElement(components=(component,), restrictions=Restrictions(**restrictions))


def tariff(*elements: TariffElement, **fields: Any) -> Tariff:
    return Tariff(
        tariff_id=TariffId("other"), version=1, currency="EUR", elements=elements, **fields
    )


STAFF = tariff(element(Dimension.ENERGY, "0.10"), groups=frozenset({"STAFF"}))


async def charged(store: Store, *, token: str = "TOKEN-1", transaction_id: int = 7) -> None:
    """An hour with 10 kWh."""
    charger = Charger(number=10 * transaction_id)
    at = NOON + timedelta(hours=2 * transaction_id)
    await store.append(charger.start(at, transaction_id, token=token))
    await store.append(charger.stop(at + timedelta(hours=1), transaction_id, 11_000))


def lines(store: Store, columns: str) -> list[tuple[Any, ...]]:
    cursor = store._database.connection.cursor()
    return cursor.execute(f"SELECT {columns} FROM cost_line ORDER BY starts_at, line").fetchall()


async def test_a_group_has_its_own_tariff_from_the_file_or_from_the_table(
    open_store: OpenStore,
) -> None:
    store = open_store(
        driver_tariff=TariffBook(tariffs=(PUBLIC, STAFF)), groups={"token-1": "STAFF"}
    )
    await store.record(
        TokenRecord(
            id_token=IdToken("TOKEN-2"), status=AuthorizationStatus.ACCEPTED, at=NOON,
            group_token=IdToken("staff"),
        )
    )  # fmt: skip
    for number, token in enumerate(("Token-1", "TOKEN-2", "TOKEN-3"), 1):
        await charged(store, token=token, transaction_id=number)

    assert [("other", "0.10"), ("other", "0.10"), ("standard", "0.39"), ("standard", "0.50")] == [
        (name, f"{price:.2f}") for name, price in lines(store, "tariff_id, unit_price")
    ]


async def test_a_bill_has_vat_and_the_time_that_each_line_bills(open_store: OpenStore) -> None:
    halves = tariff(
        element(Dimension.ENERGY, "0.10", max_duration=1800), element(Dimension.ENERGY, "0.30")
    )
    store = open_store(driver_tariff=TariffBook(tariffs=(halves,)))
    await charged(store)
    start = NOON + timedelta(hours=14)
    half = timedelta(minutes=30)

    assert [
        (1, Decimal("0.50"), Decimal("0.10"), 19, start, start + half),
        (2, Decimal("1.50"), Decimal("0.28"), 19, start + half, start + 2 * half),
    ] == [
        (*line[:4], line[4].astimezone(UTC), line[5].astimezone(UTC))
        for line in lines(store, "element, amount, vat_amount, vat_percent, starts_at, ends_at")
    ]
    with store.reader() as reader:
        session = reader.sessions(NOON, NOON + timedelta(days=1)).iloc[0]
        month = reader.revenue(NOON, NOON + timedelta(days=1), by="total").iloc[0]

    assert (2.0, 0.38) == (session["revenue"], session["vat"])
    assert (2.0, 0.38) == (month["revenue"], month["vat"])


async def test_a_session_that_no_tariff_is_valid_for_says_so(open_store: OpenStore) -> None:
    later = replace(PUBLIC, valid_from=NOON + timedelta(days=2))
    store = open_store(driver_tariff=TariffBook(tariffs=(later,)))
    await charged(store)

    with store.reader() as reader:
        session = reader.sessions(NOON, NOON + timedelta(days=1)).iloc[0]

    assert [] == lines(store, "line")
    assert "no tariff was valid when it started" in session["findings"]


async def test_the_reservation_that_a_session_used_is_billed(open_store: OpenStore) -> None:
    reserved = tariff(
        element(Dimension.TIME, "6", reservation=ReservationRestriction.RESERVATION),
        element(Dimension.ENERGY, "0.30"),
    )
    store = open_store(driver_tariff=TariffBook(tariffs=(reserved,)))
    charger = Charger()
    started = charger.start(NOON, 7)
    await store.run(
        lambda database, _: database.connection.execute(
            "INSERT INTO reservation (charge_point_id, reservation_id, ordered_at, state, "
            "session_id, changed_at) VALUES ('CP-1', 3, $1, 'used', $2, $1)",
            [NOON - timedelta(minutes=15), charger.session_id(started)],
        )
    )
    await store.append(started)
    await store.append(charger.stop(NOON + timedelta(hours=1), 7, 11_000))

    assert {("RESERVATION_TIME", Decimal("1.50")), ("ENERGY", Decimal("3.00"))} == {
        *lines(store, "kind, amount")
    }


async def test_prices_by_current_see_what_was_metered(open_store: OpenStore) -> None:
    by_current = tariff(
        element(Dimension.ENERGY, "0.60", min_current=Decimal(20)),
        element(Dimension.ENERGY, "0.30"),
    )
    store = open_store(driver_tariff=TariffBook(tariffs=(by_current,)))
    await charged(store)

    # No current was metered: it meets no bound.
    assert [(2, Decimal("3.00"))] == lines(store, "element, amount")


@pytest.mark.parametrize("seed", range(3))
def test_the_view_of_costs_reckons_as_the_domain(seed: int) -> None:
    """Several sessions in a slot bear its cost by their share of the energy."""
    chance = random.Random(seed)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, Path("memory"), NOON)
        expected: dict[datetime, float] = {}
        for number in range(60):
            at = NOON + timedelta(minutes=15 * number)
            building, pv = chance.choice([0, 4000, 9000]), chance.choice([0, 3000, 20_000])
            price, feed_in = chance.choice([0.05, 0.2, 0.31]), chance.choice([0.0, 0.08])
            wh = [chance.choice([0, 500, 1800]) for _ in range(chance.randint(1, 3))]
            connection.execute(
                "INSERT INTO site_load VALUES ('depot', $1, 900, $2, $3, NULL, NULL, NULL, 'm')",
                [at, building, pv],
            )
            for session, energy in enumerate(wh):
                connection.execute(
                    "INSERT INTO session_interval VALUES ('depot', $1, 'CP', $2, $3, $4, 900, 900, "
                    "$5, $6, false, false)",
                    [f"s{session}", session, at, energy, price, feed_in],
                )
            expected[at] = charging_cost(sum(wh) / 1000, (building - pv) / 4000, price, feed_in)
        found: dict[datetime, float] = defaultdict(float)
        for at, cost in connection.execute(
            "SELECT slot_start, energy_cost FROM interval_cost"
        ).fetchall():
            found[at.astimezone(UTC)] += cost

    assert expected == pytest.approx(dict(found))


async def test_a_version_that_the_file_has_no_more_holds_for_its_time_only(
    open_store: OpenStore,
) -> None:
    """Sessions before the new version's day get the old one, also for a group it was for."""
    first = open_store(driver_tariff=TariffBook(tariffs=(replace(STAFF, groups=frozenset()),)))
    await first.close()
    second = replace(STAFF, version=2, groups=frozenset(), valid_from=NOON + timedelta(hours=3))
    store = open_store(driver_tariff=TariffBook(tariffs=(second,)))
    await charged(store, transaction_id=1)
    await charged(store, transaction_id=2)

    assert [1, 2] == [version for (version,) in lines(store, "tariff_version")]


async def test_a_version_that_was_taken_back_does_not_hold(open_store: OpenStore) -> None:
    one = replace(STAFF, groups=frozenset())
    first = open_store(driver_tariff=TariffBook(tariffs=(replace(one, version=2),)))
    await first.close()
    store = open_store(driver_tariff=TariffBook(tariffs=(one,)))
    await charged(store)

    assert [1] == [version for (version,) in lines(store, "tariff_version")]
