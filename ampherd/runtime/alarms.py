"""Alarms that follow from what chargers told: locks that fail, limits that may be lifted."""

from __future__ import annotations

from collections.abc import Iterator

from ocpp_core.domain.live import LiveSite


def lock_alarms(live: LiveSite) -> Iterator[str]:
    """Say which connectors do not hold their plug (OCPP 1.6 section 7.6, 2.0.1 G05)."""
    for point in live.charge_points.values():
        for connector in point.connectors.values():
            if connector.lock_failed:
                yield (
                    f"{connector.connector.ref}: its lock fails to hold the plug, or to let it go."
                )


def lifting_alarms(live: LiveSite) -> Iterator[str]:
    """Say what could let a charger draw more than the guard tells it (docs/guard.md, A5)."""
    for point in live.site.charge_points:
        if point.managed:
            told = live.charge_points[point.charge_point_id].liftings
            yield from told.words(point.charge_point_id)
