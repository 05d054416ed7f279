"""Orders to chargers, as they are counted."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from ocpp_core.domain.commands import Accepted, SetProfile
from ocpp_core.domain.ids import ChargePointId, ConnectorId, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from tests.ocpp_core.csms.rig import START
from tests.quirks.yard import Yard


async def test_profiles_that_a_charger_keeps_in_flash_are_counted_by_day(yard: Yard) -> None:
    """OCPP.md row 36: a default survives its session, a TxProfile does not."""
    charger = await yard.charger()
    number = TransactionId(await yard.starts(by=charger))
    for purpose in (ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX, ProfilePurpose.TX):
        profile = ChargingProfile(
            profile_id=1,
            purpose=purpose,
            kind=ProfileKind.ABSOLUTE,
            periods=(SchedulePeriod(start_s=0, limit=8.0),),
            start=START,
            transaction_id=number if purpose is ProfilePurpose.TX else None,
        )
        order = SetProfile(connector_id=ConnectorId(1), profile=profile)
        task = asyncio.create_task(yard.rig.system.send(ChargePointId(yard.name), order))
        call = await charger.receive()
        await charger.send([3, call[1], {"status": "Accepted"}])
        assert isinstance(await task, Accepted)

    assert await charger.is_alive()  # answered once it is stored, and all that was before it
    with yard.depot.store.reader() as reader:
        day = START.replace(hour=0)
        counted = reader.profile_writes(day, day + timedelta(days=1), charge_point_id=yard.name)
    assert [(yard.name, 3, 1)] == [
        (row.charge_point_id, row.writes, row.kept) for row in counted.itertuples()
    ]
