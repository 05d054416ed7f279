"""What chargers hold of charging profiles, put back into live state after a restart.

Two kinds matter to a server that runs: profiles of others that could lift a limit, and Dynamic
profiles, whose present value a charger may ask for (OCPP 2.1 K28).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef, TransactionId
from ocpp_core.domain.live import ForeignProfile, LiveSite
from ocpp_core.domain.profile import DynamicValues, ProfileKind, ProfilePurpose, RateUnit
from ocpp_core.domain.site import Site
from ocpp_core.domain.units import power_w

_HELD = """
    SELECT
        charge_point_id, connector_id, profile_id, purpose, stack_level, kind, rate_unit, periods,
        transaction_id, source
    FROM profile_in_force
    WHERE ended_at IS NULL AND (source <> 'ordered' OR kind = 'Dynamic')
"""


@dataclass(frozen=True, slots=True)
class _Held:
    """A row of `_HELD`."""

    charge_point_id: str
    connector_id: int
    profile_id: int
    purpose: str
    stack_level: int
    kind: str
    rate_unit: str
    periods: str
    transaction_id: int | None
    source: str


def load_held_profiles(connection: duckdb.DuckDBPyConnection, live: LiveSite) -> None:
    """Put them back; of a Dynamic profile without a known limit the fail-safe one counts."""
    for row in (_Held(*cells) for cells in connection.execute(_HELD).fetchall()):
        point = live.charge_points.get(ChargePointId(row.charge_point_id))
        if point is None:
            continue
        if row.source != "ordered":
            point.liftings.hold(_foreign(row))
        elif row.kind == ProfileKind.DYNAMIC:
            limit = _limit(row.periods)
            point.dynamic[row.profile_id] = DynamicValues(
                limit=fail_safe_limit(live.site, row) if limit is None else limit
            )


def fail_safe_limit(site: Site, row: _Held) -> float:
    """Return the site's fail-safe current for a connector, or for all of a charger, in the unit."""
    name = ChargePointId(row.charge_point_id)
    if row.connector_id:
        ref = ConnectorRef(name, ConnectorId(row.connector_id))
        connectors = [c for known, c in site.connectors.items() if known == ref]
    else:
        connectors = [c for c in site.connectors.values() if c.ref.charge_point_id == name]
    currents = [(min(site.fail_safe_a, c.max_current_a), len(c.phases)) for c in connectors]
    if row.rate_unit == RateUnit.A:
        return sum(current_a for current_a, _ in currents)
    return sum(power_w(current_a, phases, site.voltage_v) for current_a, phases in currents)


def _limit(periods: str) -> float | None:
    """Return the limit of the one period of a Dynamic profile."""
    first = periods.partition(" ")[0].partition(":")[2]
    return None if first in {"", "-"} else float(first)


def _foreign(row: _Held) -> ForeignProfile:
    return ForeignProfile(
        connector_id=ConnectorId(row.connector_id),
        profile_id=row.profile_id,
        purpose=ProfilePurpose(row.purpose),
        stack_level=row.stack_level,
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
        source=row.source,
    )
