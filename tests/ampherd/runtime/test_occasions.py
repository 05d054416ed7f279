"""Which messages are an occasion to plan anew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ampherd.runtime.occasions import occasion
from ocpp_core.domain.events import (
    ConnectorStatus,
    DomainEvent,
    Heartbeat,
    SessionUpdated,
    StatusChanged,
    TransactionNotice,
)
from ocpp_core.domain.ids import ConnectorId, StationTransactionId, TransactionId


def updated(trigger: str) -> SessionUpdated:
    return SessionUpdated(
        transaction_id=TransactionId(1),
        connector_id=ConnectorId(1),
        at=datetime(2026, 3, 2, tzinfo=UTC),
        notice=TransactionNotice(station_id=StationTransactionId("t"), sequence=1, trigger=trigger),
    )


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (updated("CablePluggedIn"), "a car plugged in"),
        (updated("Deauthorized"), "a driver may not charge any more"),
        (updated("MeterValuePeriodic"), None),
        (
            StatusChanged(connector_id=ConnectorId(1), status=ConnectorStatus.SUSPENDED_EV),
            "a car takes no more",
        ),
        (StatusChanged(connector_id=ConnectorId(1), status=ConnectorStatus.CHARGING), None),
        (Heartbeat(), None),
        (None, None),
    ],
)
def test_a_plan_is_made_anew_when_what_it_depends_on_changes(
    event: DomainEvent | None, why: str | None
) -> None:
    assert why == occasion(event)
