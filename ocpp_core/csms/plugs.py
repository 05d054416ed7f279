"""EVSEs with several plugs: what one of them tells, and what that makes of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ocpp_core.domain.events import ConnectorStatus, StatusChanged
from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.domain.live import LiveSite

_LEADING = (
    ConnectorStatus.OCCUPIED,
    ConnectorStatus.CHARGING,
    ConnectorStatus.SUSPENDED_EV,
    ConnectorStatus.SUSPENDED_EVSE,
    ConnectorStatus.PREPARING,
    ConnectorStatus.FINISHING,
    ConnectorStatus.RESERVED,
    ConnectorStatus.AVAILABLE,
    ConnectorStatus.UNAVAILABLE,
    ConnectorStatus.FAULTED,
)
"""One car uses an EVSE at a time: in use at one plug is in use; free at one plug is free."""


def overall(
    live: LiveSite, charge_point_id: ChargePointId, changes: Sequence[StatusChanged]
) -> tuple[StatusChanged, ...]:
    """Return changes of one message with what each makes of its EVSE, in their order."""
    plugs: dict[ConnectorId, dict[int, ConnectorStatus]] = {}
    told = []
    for change in changes:
        if change.plug_id is None:
            told.append(change)
            continue
        known = plugs.get(change.connector_id)
        if known is None:
            connector = live.connector(ConnectorRef(charge_point_id, change.connector_id))
            known = {} if connector is None else dict(connector.plugs)
            plugs[change.connector_id] = known
        known[change.plug_id] = change.status
        leads = _leading(known.values())
        told.append(change if leads is change.status else replace(change, overall=leads))
    return tuple(told)


def _leading(statuses: Iterable[ConnectorStatus]) -> ConnectorStatus:
    return min(statuses, key=_LEADING.index)
