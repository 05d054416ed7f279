"""The system in numbers, for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from ampherd.api.service import ApiService

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(service: ApiService) -> bytes:
    """Return every metric in the text format."""
    registry = CollectorRegistry()
    registry.register(_SystemCollector(service))
    return generate_latest(registry)


class _SystemCollector(Collector):
    def __init__(self, service: ApiService) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        for name, value in sorted(self._service.counters().items()):
            words = name.replace("_", " ").replace("-", " ")
            yield CounterMetricFamily(
                f"ampherd_{re.sub(r'[^A-Za-z0-9_]', '_', name)}",
                f"{words.capitalize()} since the start",
                value=value,
            )
        view, health = self._service.live(), self._service.health()
        for name, words, number in (
            ("site_watts", "Grid import", view.site_w),
            ("charging_watts", "Charging power", view.charging_w),
            ("building_watts", "Load of the building", view.building_w),
            ("pv_watts", "PV production", view.pv_w),
            ("limit_watts", "Limit of the grid connection in force", view.limit_w),
            ("peak_month_watts", "Highest 15-minute mean of this month", view.peak_month_w),
            ("charge_points_online", "Chargers connected", view.online_charge_points),
            ("charge_points_configured", "Chargers configured", view.configured_charge_points),
            ("alarms", "Alarms that need a person", len(view.alarms)),
            ("database_writable", "1 while messages can be stored", health.status == "ok"),
            ("database_bytes", "Size of the database with its log", health.database_bytes),
            ("database_disk_free_bytes", "Free on the disk of the database", health.free_bytes),
        ):
            yield GaugeMetricFamily(f"ampherd_{name}", words, value=number)
        power = GaugeMetricFamily(
            "ampherd_connector_watts", "Measured power of a connector", labels=["connector"]
        )
        limit = GaugeMetricFamily(
            "ampherd_connector_limit_amperes",
            "Limit that the charger confirmed, on each phase",
            labels=["connector"],
        )
        for connector in view.connectors:
            power.add_metric([connector.ref], connector.power_w)
            if connector.limit_a is not None:
                limit.add_metric([connector.ref], connector.limit_a)
        yield power
        yield limit
