"""Writes what a projection made of messages into the tables, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from analytics.database import Database
from analytics.state import SessionRow
from ocpp_core.domain.events import Booted
from ocpp_core.domain.site import Site

type Boots = Mapping[str, tuple[Booted, str, datetime]]
"""Last accepted boot of each charger, with OCPP version and time."""


def write_sessions(database: Database, rows: Iterable[SessionRow]) -> None:
    """Put sessions in the place of what is stored of them."""
    changed = list(rows)
    if not changed:
        return
    database.replace_sessions(
        "session", [row.session_id for row in changed], [row.cells() for row in changed]
    )


def write_boots(database: Database, site: Site, boots: Boots) -> None:
    """Keep what chargers said of themselves at their last boot."""
    if not boots:
        return
    configured = {point.charge_point_id for point in site.charge_points}
    database.connection.execute(
        "DELETE FROM charge_point WHERE charge_point_id IN (SELECT unnest($1::VARCHAR[]))",
        [list(boots)],
    )
    rows = [
        (
            site.site_id, charge_point_id, boot.vendor, boot.model, boot.serial_number,
            boot.firmware_version, ocpp_version, at, charge_point_id in configured,
        )
        for charge_point_id, (boot, ocpp_version, at) in boots.items()
    ]  # fmt: skip
    database.append("charge_point", rows)
