"""Which recorded session is played at which connector; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ampherd.demo.site import charge_point_name
from analytics.importers import RecordedSession
from ocpp_core.domain.ids import ConnectorRef
from ocpp_core.domain.site import Site

_GAP = timedelta(seconds=1)
"""A cable is free for the next car this long after the last one left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A recorded session with the connector that it is played at."""

    session: RecordedSession
    ref: ConnectorRef
    departure: datetime
    """As recorded, or the end of the demonstration when that comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Every session of a period: placed, or turned away because no connector was free."""

    placed: tuple[Placed, ...]
    turned_away: tuple[RecordedSession, ...]


def place(sessions: Iterable[RecordedSession], site: Site, *, end: datetime) -> Placement:
    """Place sessions in order of arrival.

    A session whose station is a charge point of the site goes there. Where that is taken, and at
    sites with other chargers, it takes the connector that has been free for longest.
    """
    free_from = dict.fromkeys(site.connectors, datetime.min.replace(tzinfo=end.tzinfo))
    by_station: dict[str, list[ConnectorRef]] = {}
    for ref in site.connectors:
        by_station.setdefault(ref.charge_point_id, []).append(ref)
    placed: list[Placed] = []
    turned_away: list[RecordedSession] = []
    for session in sessions:
        own = by_station.get(charge_point_name(session.station), [])
        free = [ref for ref in own if free_from[ref] <= session.arrival] or list(free_from)
        ref = min(free, key=free_from.__getitem__)
        departure = min(session.departure, end)
        if free_from[ref] > session.arrival or departure <= session.arrival:
            turned_away.append(session)
            continue
        free_from[ref] = departure + _GAP
        placed.append(Placed(session=session, ref=ref, departure=departure))
    return Placement(placed=tuple(placed), turned_away=tuple(turned_away))
