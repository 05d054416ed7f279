"""Which sessions are stopped because their chargers refuse to pause them."""

from __future__ import annotations

from collections.abc import Mapping

from ocpp_core.domain.commands import RemoteStop
from ocpp_core.domain.ids import ConnectorRef
from optimizer.control.sums import Books
from optimizer.control.values import Stop, Target


def stops_now(
    books: Books, targets: Mapping[ConnectorRef, Target] | None, now_s: float
) -> tuple[tuple[Stop, ...], list[float]]:
    """Return the stops to send now, and when to look again, POSIX time.

    Only for sessions that a plan makes wait, and where the site wants that.
    """
    stops: list[Stop] = []
    wakes_s: list[float] = []
    for exposure in books.exposures if books.policy.stops_where_zero_is_refused else ():
        ref, number = exposure.connector.ref, exposure.transaction_id
        target = (targets or {}).get(ref)
        waits = target is not None and target.limit_a < exposure.connector.min_current_a
        if number is None or not waits or not exposure.cannot_pause:
            continue
        if ref.charge_point_id not in books.online:
            continue
        if now_s < exposure.stop_at_s:
            wakes_s.append(exposure.stop_at_s)
            continue
        wakes_s.append(now_s + books.policy.stop_again_s)
        stops.append(Stop(ref=ref, command=RemoteStop(transaction_id=number)))
    return tuple(stops), wakes_s
