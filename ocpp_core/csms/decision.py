"""What a decision is: the answer, and what the message is taken to mean."""

from __future__ import annotations

from ocpp_core.domain.events import DomainEvent, Reply
from ocpp_core.domain.ids import ChargePointId, SessionId
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.quick import quick_dataclass, quick_maker


@quick_dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What we answer and what we take the event to mean."""

    reply: Reply
    event: DomainEvent
    """As received, or with the transaction that it really belongs to."""
    session_id: SessionId | None = None
    findings: tuple[str, ...] = ()


quick_decision = quick_maker(Decision)


def connector_findings(
    live: LiveSite, charge_point_id: ChargePointId, connector_id: int
) -> tuple[str, ...]:
    """Say it when a message names a connector that the site does not have."""
    point = live.charge_points.get(charge_point_id)
    if connector_id == 0 or (point is not None and connector_id in point.connectors):
        return ()
    return (f"connector {connector_id} is not configured",)
