"""Handshakes in the log and in the counters."""

from __future__ import annotations

from ocpp_core.csms.context import log
from ocpp_core.csms.counts import Count, Counts
from ocpp_core.csms.handshake import Admitted, TurnedAway


def tell_handshake(counts: Counts, address: str, outcome: Admitted | TurnedAway | None) -> None:
    """Count and log how a handshake ended; None: it did not come in time."""
    match outcome:
        case None:
            counts[Count.HANDSHAKES_TIMED_OUT] += 1
            log.warning("no handshake", address=address)
        case TurnedAway():
            counts[Count.CONNECTIONS_REFUSED] += 1
            if outcome.count is not None:
                counts[outcome.count] += 1
            log.warning(
                "connection refused",
                address=address,
                charge_point=outcome.identity,
                status=int(outcome.status),
                reason=outcome.reason,
            )
        case Admitted(subprotocol=None):
            counts[Count.CONNECTIONS_WITHOUT_VERSION] += 1
            log.warning(
                "connection without an OCPP version that is spoken here",
                address=address,
                charge_point=outcome.charge_point_id,
                offered=", ".join(outcome.offered)[:200] or "none: see assumed_version",
            )
        case Admitted():
            counts[Count.CONNECTIONS_ACCEPTED] += 1
