"""`ampherd check`: every fault at once, or what the configuration means."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ampherd.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    open_config,
    say_notes,
    secured,
)
from ampherd.cli.output import columns, data, help_text, json_data
from ampherd.config import Config, ConfigSpec
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.site import Circuit, Site
from ocpp_core.domain.tariff import FlatPrice, MarketPrices, PriceSeries, SiteTariff, TimeOfUsePrice
from ocpp_core.domain.units import THREE_PHASES

HELP = help_text(
    "Check a configuration: all faults at once, or what it means.",
    "ampherd check                              checks site.toml",
    "ampherd check --config garage.toml --json",
    "ampherd check --schema > ampherd.schema.json",
    rest="Exit code 2 when something has to be corrected.",
)


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file for editors.")
    ] = False,
) -> None:
    """Check a configuration."""
    if schema:
        json_data(json_schema())
        return
    try:
        loaded = secured(open_config(config))
    except ConfigurationError as error:
        if not as_json:
            raise
        json_data({"ok": False, "faults": list(error.faults) or [str(error)]})
        raise typer.Exit(2) from None
    if as_json:
        json_data({"ok": True, **summary(loaded)})
        return
    say_notes(loaded)
    data(_text(loaded))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ConfigSpec.model_json_schema(),
        "title": "Ampherd site",
    }


def summary(config: Config) -> dict[str, Any]:
    """Return what a configuration means, in numbers."""
    site = config.site
    return {
        "file": str(config.path),
        "site": {
            "id": site.site_id,
            "name": site.name,
            "timezone": site.timezone.key,
            "currency": site.currency,
        },
        "circuits": [_circuit(site, circuit) for circuit in _in_tree_order(site)],
        "charge_points": len(site.charge_points),
        "connectors": len(site.connectors),
        "id_tokens": len(config.id_tokens),
        "driver_tariff": _driver_words(config),
        "site_tariff": _tariff_words(config.site_tariff),
        "battery": None if config.spec.battery is None else config.spec.battery.model_dump(),
        "charger_settings": _settings_words(config),
        "database": str(config.store_path),
        "notes": list(config.notes),
    }


def _circuit(site: Site, circuit: Circuit) -> dict[str, Any]:
    connectors = site.connectors_below(circuit.circuit_id)
    rated_a = max(
        (sum(c.max_current_a for c in connectors if phase in c.phases) for phase in THREE_PHASES),
        default=0.0,
    )
    return {
        "id": circuit.circuit_id,
        "depth": len(list(site.feeders(circuit.circuit_id))) - 1,
        "limit_a": circuit.limit_a,
        "limit_w": circuit.limit_w,
        "connectors": len(connectors),
        "rated_a": rated_a,
        "rated_w": sum(c.max_current_a * len(c.phases) * site.voltage_v for c in connectors),
        "building_peak_w": (
            site.building_peak_w if site.building_weighs_on(circuit.circuit_id) else 0.0
        ),
    }


def _in_tree_order(site: Site) -> list[Circuit]:
    ordered: list[Circuit] = []

    def visit(circuit: Circuit) -> None:
        ordered.append(circuit)
        for child in site.circuits:
            if child.parent_id == circuit.circuit_id:
                visit(child)

    visit(site.root)
    return ordered


def _text(config: Config) -> str:
    told = summary(config)
    rows = [("circuit", "limit", "chargers may draw", "connectors")]
    for circuit in told["circuits"]:
        limits, rated = [], []
        if circuit["limit_a"] is not None:
            limits.append(f"{circuit['limit_a']:g} A")
            rated.append(f"{circuit['rated_a']:g} A")
        if circuit["limit_w"] is not None:
            limits.append(f"{circuit['limit_w'] / 1000:g} kW")
            rated.append(f"{circuit['rated_w'] / 1000:g} kW")
        building = circuit["building_peak_w"]
        beside = f" + building {building / 1000:g} kW" if building else ""
        rows.append(
            (
                "  " * circuit["depth"] + circuit["id"],
                " and ".join(limits),
                " and ".join(rated) + beside,
                str(circuit["connectors"]),
            )
        )
    return "\n".join(
        [
            f"{told['file']}: OK",
            _count_words(told),
            "",
            columns(rows, indent=2),
            "",
            f"  drivers pay   {told['driver_tariff']}",
            f"  the site pays {told['site_tariff']}",
            *([] if told["battery"] is None else [f"  a battery     {_battery_words(told)}"]),
            f"  chargers get  {told['charger_settings']}",
            f"  database      {told['database']}",
        ]
    )


def _battery_words(told: dict[str, Any]) -> str:
    battery = told["battery"]
    kwh, takes, gives = (
        battery[name] / 1000 for name in ("capacity_wh", "max_charge_w", "max_discharge_w")
    )
    return f"{kwh:g} kWh, takes up to {takes:g} kW and gives up to {gives:g} kW"


def _count_words(told: dict[str, Any]) -> str:
    site = told["site"]
    return (
        f"{site['name']} ({site['id']}), {site['timezone']}, {site['currency']}: "
        f"{told['charge_points']} charge points, {told['connectors']} connectors, "
        f"{told['id_tokens']} tokens"
    )


def _settings_words(config: Config) -> str:
    spec = config.spec.provisioning
    if not spec.enabled:
        return "no settings: provisioning is off"
    groups = [
        f"{len(group.settings)} settings of group {group.name!r}"
        for group in config.spec.charger_group
    ]
    return ", ".join([*(["Ampherd's defaults"] if spec.defaults else []), *groups]) or "no settings"


def _driver_words(config: Config) -> str:
    if config.driver_tariffs is None:
        return "nothing: charging is free"
    short = config.driver_tariff
    words = []
    if short is not None:
        prices = [f"{short.energy_price_per_kwh} {short.currency}/kWh"]
        if short.session_fee:
            prices.append(f"{short.session_fee} a session")
        if short.idle_price_per_hour:
            prices.append(
                f"{short.idle_price_per_hour} an hour idle after {short.idle_grace_s // 60} minutes"
            )
        words.append(f"{', '.join(prices)} ({short.tariff_id}, version {short.version})")
    for tariff in config.driver_tariffs.tariffs[len(words) :]:
        whom = f"group {', '.join(sorted(tariff.groups))}" if tariff.groups else "everybody"
        since = "" if tariff.valid_from is None else f" from {tariff.valid_from:%F}"
        until = "" if tariff.valid_to is None else f" until {tariff.valid_to:%F}"
        count = len(tariff.elements)
        of = "1 element" if count == 1 else f"{count} elements"
        words.append(
            f"{of} for {whom}{since}{until} ({tariff.tariff_id}, version {tariff.version})"
        )
    return "; ".join(words)


def _tariff_words(tariff: SiteTariff | None) -> str:
    match None if tariff is None else tariff.energy:
        case FlatPrice(value=value):
            words = f"{value} {tariff.currency}/kWh" if tariff else ""
        case TimeOfUsePrice(bands=bands):
            prices = [band.value for band in bands]
            words = f"{min(prices)} to {max(prices)} by time of use ({len(bands)} bands)"
        case PriceSeries(starts=starts):
            words = f"day-ahead prices from {starts[0]:%F} to {starts[-1]:%F} ({len(starts)} steps)"
        case MarketPrices(surcharge=surcharge):
            words = f"imported day-ahead prices, {surcharge} on top of each kWh"
        case None:
            return "not given: energy counts as free"
        case _:
            words = "its own prices"
    if tariff and tariff.grid_fee is not None:
        words += ", a grid fee on top"
    if tariff and tariff.demand_charge_per_kw:
        words += f", {tariff.demand_charge_per_kw} {tariff.currency} a kW of the month's peak"
    return words
