"""Alarms that follow from what chargers told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ampherd.runtime.alarms import lifting_alarms, lock_alarms
from ocpp_core.domain.commands import GetProfiles
from ocpp_core.domain.events import (
    Booted,
    ConnectorStatus,
    LockReported,
    StatesChanged,
    StatusChanged,
)
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ProfilePurpose
from tests.analytics.builders import NOON
from tests.analytics.desk import Desk
from tests.ocpp_core.domain.test_liftings import reported

ONE, TWO = ConnectorId(1), ConnectorId(2)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "site.duckdb")
    yield desk
    await desk.store.close()


def locks(desk: Desk) -> list[str]:
    return [words.partition(":")[0] for words in lock_alarms(desk.live)]


async def test_a_failed_lock_is_an_alarm_until_its_connector_tells_another_error(
    desk: Desk,
) -> None:
    """OCPP 1.6 section 7.6; it outlives a restart of the server."""
    state = StatusChanged(
        connector_id=ONE, status=ConnectorStatus.FAULTED, error_code="ConnectorLockFailure"
    )
    await desk.hear(state, NOON)
    await desk.restart()
    assert ["CP-1/1"] == locks(desk)
    await desk.hear(replace(state, error_code="NoError", status=ConnectorStatus.AVAILABLE), NOON)

    assert [] == locks(desk)


async def test_of_each_plug_the_failed_lock_is_told_until_it_is_cleared_or_the_charger_boots(
    desk: Desk,
) -> None:
    """OCPP 2.0.1 G05; a state of the connector says nothing about its lock."""

    def told(plug: int, failed: bool) -> StatesChanged:
        return StatesChanged(locks=(LockReported(connector_id=TWO, plug_id=plug, failed=failed),))

    await desk.hear(told(1, True), NOON)
    await desk.hear(told(2, True), NOON)
    await desk.hear(told(1, False), NOON)
    await desk.hear(StatusChanged(connector_id=TWO, status=ConnectorStatus.AVAILABLE), NOON)
    assert ["CP-1/2"] == locks(desk)
    await desk.hear(told(2, False), NOON)
    assert [] == locks(desk)
    await desk.hear(told(2, True), NOON)
    await desk.hear(Booted(vendor="V", model="M"), NOON)

    assert [] == locks(desk)


async def test_a_foreign_profile_is_an_alarm_over_restarts_until_it_is_not_reported_again(
    desk: Desk,
) -> None:
    await desk.hear(reported(ProfilePurpose.LOCAL_GENERATION), NOON)
    (before,) = lifting_alarms(desk.live)
    await desk.restart()
    assert [before] == list(lifting_alarms(desk.live))
    await desk.tell(GetProfiles(request_id=2))
    assert [] == list(lifting_alarms(desk.live))
    await desk.restart()

    assert [] == list(lifting_alarms(desk.live))


async def test_of_a_charger_that_is_steered_by_hand_nothing_is_told(desk: Desk) -> None:
    await desk.hear(reported(ProfilePurpose.LOCAL_GENERATION), NOON)
    points = tuple(replace(p, managed=False) for p in desk.site.charge_points)
    desk.live.site = replace(desk.site, charge_points=points)

    assert [] == list(lifting_alarms(desk.live))
