"""After a restart the guard knows what chargers accepted for the sessions that run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ampherd.runtime.orders import recall_orders
from ocpp_core.domain.commands import CommandResult, Rejected
from ocpp_core.domain.ids import ConnectorId, ConnectorRef, TransactionId
from ocpp_core.domain.profile import RateUnit
from optimizer.control import GuardPolicy, Order, OrderKind, RememberedConnector
from optimizer.control.forms import USUAL, OrderForm
from optimizer.control.values import RememberedOrder
from optimizer.control.wire import session_order
from tests.analytics.builders import NOON
from tests.analytics.desk import CP, Desk, started

MIN = timedelta(minutes=1)
ONE, TX = ConnectorRef(CP, ConnectorId(1)), TransactionId(1)
WATTS = OrderForm(rate_unit=RateUnit.W)
POLICY = GuardPolicy()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "site.duckdb")
    await desk.hear(started(NOON), NOON)
    yield desk
    await desk.store.close()


async def order(
    desk: Desk, limit_a: float, form: OrderForm = USUAL, result: CommandResult | None = None
) -> Order:
    """Send an order of 15 minutes from noon on."""
    made = session_order(
        desk.site.connectors[ONE],
        TX,
        kind=OrderKind.INCREASE,
        limit_a=limit_a,
        now_s=NOON.timestamp(),
        until_s=(NOON + timedelta(seconds=960)).timestamp(),
        tolerance_s=POLICY.clock_tolerance_s,
        form=form,
        voltage_v=desk.site.voltage_v,
    )
    await desk.tell(made.command, result)
    return made


async def recalled(desk: Desk, after: timedelta = MIN) -> RememberedConnector:
    await desk.restart()
    with desk.ask() as reader:
        (found,) = recall_orders(reader, desk.live, NOON + after, POLICY)
    assert (ONE, None, TX) == (found.ref, found.default_a, found.transaction_id)
    return found


@pytest.mark.parametrize("form", [USUAL, WATTS, OrderForm(stack_level=1)], ids=lambda f: f.words)
async def test_the_order_that_was_accepted_last_is_known_again(desk: Desk, form: OrderForm) -> None:
    await order(desk, 6.0, form)
    sent = await order(desk, 13.0, form)
    await order(desk, 20.0, form, Rejected(status="Rejected"))
    assert sent.until is not None

    assert (
        RememberedOrder(
            limit_a=13.0, until=sent.until, transaction_id=TX, confirmed=True, form=form
        ),
    ) == (await recalled(desk)).orders


async def test_a_session_that_was_told_nothing_is_known_without_an_order(desk: Desk) -> None:
    assert () == (await recalled(desk)).orders


async def test_an_order_that_has_ended_is_none_any_more(desk: Desk) -> None:
    await order(desk, 13.0)

    assert () == (await recalled(desk, timedelta(minutes=20))).orders


async def test_a_profile_of_somebody_else_is_no_order_of_ours(desk: Desk) -> None:
    command = (await order(desk, 13.0)).command
    foreign = replace(command, profile=replace(command.profile, profile_id=10_000))
    await desk.tell(foreign)

    assert () == (await recalled(desk)).orders
