"""Numbers of orders: every order has one, none twice, also over a restart."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.csms.numbers import RequestNumbers
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.commands import (
    Accepted,
    ClearCache,
    Command,
    GetBaseReport,
    GetLog,
    GetProfiles,
    GetReport,
    LogKind,
    RemoteStart,
    UpdateFirmware,
)
from ocpp_core.domain.ids import ChargePointId, IdToken
from tests.ocpp_core.csms.rig import START, Rig

LOG = GetLog(kind=LogKind.SECURITY, location="ftp://x/y")


def test_every_order_with_a_number_gets_one_and_others_none() -> None:
    subject = RequestNumbers(ManualClock(START))
    orders: list[Command] = [
        LOG,
        GetBaseReport(),
        GetReport(),
        GetProfiles(),
        RemoteStart(id_token=IdToken("A")),
        UpdateFirmware(location="ftp://x", retrieve_at=START),
    ]
    numbers = [getattr(subject.numbered(order), "request_id", -1) for order in orders]

    assert all(isinstance(number, int) and number > 0 for number in numbers)
    assert sorted(set(numbers)) == numbers
    assert ClearCache() == subject.numbered(ClearCache())
    assert 7 == getattr(subject.numbered(GetBaseReport(request_id=7)), "request_id", None)


@given(steps=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40))
def test_numbers_rise_also_over_restarts_and_fit_32_bits(steps: list[tuple[int, bool]]) -> None:
    """As long as orders come at less than one a second on average."""
    clock, last = ManualClock(START), 0
    subject = RequestNumbers(clock)
    for pause_s, restarts in steps:
        clock.advance(pause_s + 1)
        if restarts:
            subject = RequestNumbers(clock)
        number = getattr(subject.numbered(GetBaseReport()), "request_id", 0)
        assert last < number < 2**31
        last = number


async def test_the_number_is_on_the_wire_and_in_the_record(rig: Rig) -> None:
    charger = await rig.charger()
    sending = asyncio.create_task(rig.system.send(ChargePointId("CP1"), LOG))
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted", "filename": "s.log"}])

    assert Accepted(file_name="s.log") == await sending
    command = rig.ledger.messages[-1].command
    assert isinstance(command, GetLog)
    assert command.request_id == call[3]["requestId"]
