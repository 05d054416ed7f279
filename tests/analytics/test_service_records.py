"""Refused tokens and orders of availability are kept, once each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ocpp_core.domain.commands import Accepted, ChangeAvailability, Rejected
from ocpp_core.domain.events import AuthorizationAsked, AuthorizationStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.domain.tokens import KnownToken
from tests.analytics.builders import NOON
from tests.analytics.desk import Desk

MINUTE = timedelta(minutes=1)


async def test_a_refused_token_is_kept_once_however_often_the_message_comes(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "depot.duckdb")
    desk.know(KnownToken(id_token=IdToken("BAD"), status=AuthorizationStatus.BLOCKED))

    for _ in range(3):
        await desk.hear(AuthorizationAsked(id_token=IdToken("BAD")), NOON, message_id="a")
        await desk.hear(AuthorizationAsked(id_token=IdToken("GOOD")), NOON, message_id="b")
    await desk.hear(AuthorizationAsked(id_token=IdToken("BAD")), NOON + MINUTE)

    assert [("CP-1", NOON, "BAD", "Blocked"), ("CP-1", NOON + MINUTE, "BAD", "Blocked")] == (
        desk.rows("SELECT charge_point_id, refused_at, id_token, status FROM refused_token")
    )
    await desk.store.close()


async def test_orders_of_availability_are_kept_with_the_charger_s_word(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "depot.duckdb")
    out = ChangeAvailability(connector_id=ConnectorId(1), operative=False)

    await desk.tell(out, Accepted(status="Scheduled"), NOON)
    await desk.tell(out, Rejected(status="Rejected"), NOON + MINUTE)

    assert [(1, NOON, False, "Scheduled"), (1, NOON + MINUTE, False, "Rejected")] == desk.rows(
        "SELECT connector_id, ordered_at, operative, answer FROM availability_order ORDER BY 2"
    )
    await desk.store.close()
