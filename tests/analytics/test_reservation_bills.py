"""What is billed for reservations that nobody used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from analytics.reports import Month, month_report
from ocpp_core.domain.commands import CancelReservation, ReserveNow
from ocpp_core.domain.ids import ConnectorId, IdToken, TariffId
from ocpp_core.domain.tariff import (
    Dimension,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffBook,
    TariffElement,
)
from tests.analytics.builders import NOON
from tests.analytics.desk import Desk, started

HOUR = timedelta(hours=1)


def element(
    dimension: Dimension, price: str, kind: ReservationRestriction | None = None
) -> TariffElement:
    component = PriceComponent(
        dimension=dimension, price=Decimal(price), vat_percent=Decimal(19), step_size=1
    )
    return TariffElement(components=(component,), restrictions=Restrictions(reservation=kind))


BOOK = TariffBook(
    tariffs=(
        Tariff(
            tariff_id=TariffId("kept"),
            version=2,
            currency="EUR",
            elements=(
                element(Dimension.FLAT, "3", ReservationRestriction.RESERVATION_EXPIRES),
                element(Dimension.TIME, "2", ReservationRestriction.RESERVATION),
                element(Dimension.ENERGY, "0.4"),
            ),
        ),
    )
)


def reserve(number: int) -> ReserveNow:
    return ReserveNow(
        reservation_id=number,
        id_token=IdToken("TOKEN-1"),
        expires_at=NOON + HOUR,
        connector_id=ConnectorId(1),
    )


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    desk = Desk(path, tariff=BOOK)
    yield desk
    await desk.store.close()


async def lines(desk: Desk, after: timedelta) -> list[tuple[int, str, float, float]]:
    await desk.store.refresh_open_sessions(NOON + after)
    with desk.store.reader() as reader:
        frame = reader.reservation_bills(NOON, NOON + 9 * HOUR)
    return [
        (int(r["reservation_id"]), str(r["kind"]), float(r["amount"]), float(r["vat_amount"]))
        for _, r in frame.iterrows()
    ]


async def test_a_reservation_that_ran_out_is_billed_once(desk: Desk) -> None:
    await desk.tell(reserve(7))

    assert [] == await lines(desk, HOUR / 2)
    billed = [(7, "RESERVATION_TIME", 2.0, 0.38), (7, "RESERVATION_FEE", 3.0, 0.57)]
    assert billed == await lines(desk, 2 * HOUR)
    assert billed == await lines(desk, 3 * HOUR)


async def test_what_was_cancelled_or_used_has_no_bill_of_its_own(desk: Desk) -> None:
    """A charger that was offline may tell late that a session used a reservation."""
    await desk.tell(reserve(7))
    await desk.tell(reserve(8))
    await desk.tell(CancelReservation(reservation_id=8))
    assert {7} == {line[0] for line in await lines(desk, 2 * HOUR)}

    await desk.hear(started(NOON + HOUR / 2, reservation_id=7), NOON + 2 * HOUR)

    assert [] == await lines(desk, 3 * HOUR)


async def test_the_report_of_the_month_has_them(desk: Desk) -> None:
    await desk.tell(reserve(7))
    await lines(desk, 2 * HOUR)

    with desk.store.reader() as reader:
        month = Month(year=NOON.year, month=NOON.month)
        book = month_report(reader, month, generated_at=NOON, version="0")

    sheet = openpyxl.load_workbook(BytesIO(book))["Reservation lines"]
    assert any("RESERVATION_FEE" in map(str, row) for row in sheet.values)
