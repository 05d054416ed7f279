"""What the site's file says, as the parts of a running site are told it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ssl import SSLContext

from ampherd.config import Config
from ampherd.runtime.foresight import ForesightRules
from ampherd.runtime.givingcars import GivingRules
from ampherd.runtime.snapshot import PlanningRules
from analytics.statements import StatementLimits
from ocpp_core.csms.server import CentralSystemOptions
from ocpp_core.domain.plan import SiteBattery
from optimizer.forecast import Caution, Prior, Restraint


def central_options(config: Config, tls: Callable[[], SSLContext] | None) -> CentralSystemOptions:
    """Return where and how chargers are served; without a TLS context, only in plain."""
    server = config.server
    return CentralSystemOptions(
        host=server.ocpp_host,
        port=server.ocpp_port if server.ocpp_plain else None,
        tls_port=server.ocpp_tls_port,
        tls=tls,
        proxies=config.security.proxies,
        proxy_subject_header=config.security.proxy_subject_header,
        path=server.ocpp_path,
        assumed_versions=config.assumed_versions(),
        cars_give=config.spec.v2g is not None,
        heartbeat_interval_s=server.heartbeat_s,
        command_timeout_s=server.command_timeout_s,
        command_timeouts_s=config.command_timeouts_s(),
    )


def planning_rules(config: Config) -> PlanningRules:
    """Return how the site is read for a plan."""
    planning = config.planning
    return PlanningRules(
        slot_s=planning.slot_s,
        horizon_s=planning.horizon_s,
        default_energy_wh=planning.default_energy_wh,
        default_stay_s=planning.default_stay_s,
        carbon_kg_per_kwh=planning.carbon_kg_per_kwh,
    )


def foresight_rules(config: Config) -> ForesightRules | None:
    """Return how forecasts of cars are used; None: not at all."""
    planning, tariff = config.planning, config.site_tariff
    cars, arrivals = planning.forecast == "on", planning.expected_arrivals == "on"
    if not cars and not arrivals:
        return None
    charged = cars and tariff is not None and bool(tariff.demand_charge_per_kw)
    return ForesightRules(
        cars=cars,
        arrivals=arrivals,
        horizon=timedelta(seconds=planning.horizon_s),
        caution=Caution(departure=planning.departure_quantile, energy=planning.energy_quantile),
        prior=Prior(
            stay_h=planning.default_stay_s / 3600, energy_kwh=planning.default_energy_wh / 1000
        ),
        restraint=Restraint() if charged else None,
        carbon_price_per_kg=planning.carbon_price_per_kg,
    )


def giving_rules(config: Config) -> GivingRules | None:
    """Return how cars may give back; None: none does."""
    spec = config.spec.v2g
    if spec is None:
        return None
    return GivingRules(
        depth_wh=spec.depth_wh,
        wear_per_kwh=spec.wear_price_per_kwh,
        charge_efficiency=spec.charge_efficiency,
        discharge_efficiency=spec.discharge_efficiency,
    )


def site_battery(config: Config) -> SiteBattery | None:
    """Return what the site's battery can; None: there is none."""
    spec = config.spec.battery
    if spec is None:
        return None
    return SiteBattery(
        circuit_id=config.site.building_circuit_id,
        capacity_wh=spec.capacity_wh,
        energy_wh=0.0,
        max_charge_w=spec.max_charge_w,
        max_discharge_w=spec.max_discharge_w,
        charge_efficiency=spec.charge_efficiency,
        discharge_efficiency=spec.discharge_efficiency,
        cycle_cost_per_kwh=spec.wear_price_per_kwh,
        reserve_wh=spec.reserve_wh,
    )


def statement_limits(config: Config) -> StatementLimits:
    """Return what a statement of live SQL may take."""
    reading = config.spec.live_sql
    return StatementLimits(
        timeout_s=reading.timeout_s,
        at_once=reading.at_once,
        memory_share=reading.memory_share,
    )
