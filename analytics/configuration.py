"""Writes the configured site and tariffs into their tables at every start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from analytics.database import Database
from analytics.retention.rollups import rescale
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import (
    EnergyPrice,
    FlatPrice,
    MarketPrices,
    PriceSeries,
    SiteTariff,
    Tariff,
    TariffBook,
    TimeOfUsePrice,
    site_tariff_to_json,
    tariff_from_json,
    tariff_to_json,
)
from ocpp_core.domain.units import power_w


def write_site(database: Database, site: Site) -> None:
    """Write the site; chargers, connectors and circuits that are gone stay, not configured."""
    connection = database.connection
    known = connection.execute("SELECT site_id FROM site").fetchone()
    if known is not None and known[0] != site.site_id:
        raise ConfigurationError(
            f"{database.path}: holds site {known[0]}, not {site.site_id}",
            hint="give each site its own database",
        )
    connection.execute("DELETE FROM site")
    row = (
        site.site_id, site.name, site.timezone.key, site.currency, site.voltage_v,
        site.building_circuit_id, site.building_peak_w, site.fail_safe_a,
    )  # fmt: skip
    database.append("site", [row])
    _write_circuits(database, site)
    _write_chargers(database, site)
    _write_factors(database, site)


def _write_factors(database: Database, site: Site) -> None:
    """Keep the factors of the site's chargers, and work the roll-ups out by them.

    A charger that the site has no more keeps its own: its readings are as they were.
    """
    connection = database.connection
    before = {
        (charge_point_id, quantity): factor
        for charge_point_id, quantity, factor in connection.execute(
            "SELECT charge_point_id, quantity, factor FROM reading_factor"
        ).fetchall()
    }
    wanted = {
        (str(point.charge_point_id), quantity): factor
        for point in site.charge_points
        for quantity, factor in (
            ("register", point.register_factor),
            ("power", point.power_factor),
        )
    }
    for (charge_point_id, quantity), factor in wanted.items():
        known = before.get((charge_point_id, quantity), 1.0)
        if factor == known:
            continue
        rescale(connection, charge_point_id, quantity, factor / known)
        connection.execute(
            "DELETE FROM reading_factor WHERE charge_point_id = $1 AND quantity = $2",
            [charge_point_id, quantity],
        )
        if factor != 1.0:
            rows = [(charge_point_id, quantity, factor)]
            database.append("reading_factor", rows)


def _write_circuits(database: Database, site: Site) -> None:
    connection = database.connection
    rows = [
        (site.site_id, c.circuit_id, c.parent_id, c.limit_a, c.limit_w, True) for c in site.circuits
    ]
    connection.execute(
        "DELETE FROM circuit WHERE circuit_id IN (SELECT unnest($1::VARCHAR[]))",
        [[circuit.circuit_id for circuit in site.circuits]],
    )
    connection.execute("UPDATE circuit SET configured = false")
    database.append("circuit", rows)


def _write_chargers(database: Database, site: Site) -> None:
    connection = database.connection
    connection.execute("UPDATE charge_point SET configured = false WHERE configured")
    ids = [str(point.charge_point_id) for point in site.charge_points]
    connection.execute(
        "UPDATE charge_point SET configured = true "
        "WHERE charge_point_id IN (SELECT unnest($1::VARCHAR[]))",
        [ids],
    )
    connection.execute(
        "INSERT INTO charge_point (site_id, charge_point_id, configured) "
        "SELECT $1, id, true FROM (SELECT unnest($2::VARCHAR[]) AS id) "
        "WHERE id NOT IN (SELECT charge_point_id FROM charge_point)",
        [site.site_id, ids],
    )
    rows = [
        (
            site.site_id, c.ref.charge_point_id, c.ref.connector_id, c.circuit_id,
            " ".join(c.phases), c.max_current_a, c.min_current_a,
            power_w(c.max_current_a, len(c.phases), site.voltage_v), True,
        )
        for c in site.connectors.values()
    ]  # fmt: skip
    connection.execute(
        "DELETE FROM connector WHERE charge_point_id || '/' || connector_id IN "
        "(SELECT unnest($1::VARCHAR[]))",
        [[str(ref) for ref in site.connectors]],
    )
    connection.execute("UPDATE connector SET configured = false")
    if rows:
        database.append("connector", rows)


def write_tariffs(database: Database, book: TariffBook, now: datetime) -> list[Tariff]:
    """Write the versions of driver tariffs that are not there, and return all that ever were.

    Raises ConfigurationError when a version exists with other prices: bills refer to it.
    """
    known = _tariffs(database.connection)
    versions = {(tariff.tariff_id, tariff.version): tariff for tariff in known}
    for tariff in book.tariffs:
        earlier = versions.get((tariff.tariff_id, tariff.version))
        if earlier is not None and earlier != tariff:
            newest = max(t.version for t in known if t.tariff_id == tariff.tariff_id)
            raise ConfigurationError(
                f"tariff {tariff.tariff_id} version {tariff.version} has other prices than when "
                f"sessions were billed by it ({', '.join(tariff.differs_from(earlier))})",
                hint=f"give the new prices a new version, at least {newest + 1}",
            )
    new = [t for t in book.tariffs if (t.tariff_id, t.version) not in versions]
    if new:
        rows = [
            (
                tariff.tariff_id, tariff.version, tariff.currency, tariff_to_json(tariff),
                tariff.valid_from, tariff.valid_to, now,
            )
            for tariff in new
        ]  # fmt: skip
        database.append("tariff", rows)
    return [*known, *new]


def write_site_tariff(database: Database, site: Site, tariff: SiteTariff, now: datetime) -> None:
    """Write what the site pays as a new version when it differs from the last one."""
    connection = database.connection
    values: list[Any] = [
        tariff.currency,
        _energy_words(tariff),
        tariff.feed_in_per_kwh,
        tariff.demand_charge_per_kw,
    ]
    definition = site_tariff_to_json(tariff)
    last = connection.execute(
        "SELECT version, currency, energy, feed_in_per_kwh, demand_charge_per_kw, definition "
        "FROM site_tariff WHERE site_id = $1 ORDER BY version DESC LIMIT 1",
        [site.site_id],
    ).fetchone()
    if last is not None and list(last[1:]) == [*values, definition]:
        return
    version = 1 if last is None else last[0] + 1
    row = (site.site_id, version, *values, now, definition)
    database.append("site_tariff", [row])


def _tariffs(connection: duckdb.DuckDBPyConnection) -> list[Tariff]:
    found = connection.execute("SELECT definition FROM tariff ORDER BY version").fetchall()
    return [tariff_from_json(definition) for (definition,) in found]


def _energy_words(tariff: SiteTariff) -> str:
    words = _price_words(tariff.energy, tariff.currency)
    if tariff.grid_fee is not None:
        words += f"; grid fee {_price_words(tariff.grid_fee, tariff.currency)}"
    return words


def _price_words(price: EnergyPrice, currency: str) -> str:
    match price:
        case FlatPrice(value=value):
            return f"flat {value} {currency}/kWh"
        case TimeOfUsePrice(bands=bands):
            prices = ", ".join(dict.fromkeys(str(band.value) for band in bands))
            return f"time of use, {len(bands)} bands: {prices} {currency}/kWh"
        case MarketPrices(surcharge=surcharge):
            return f"imported day-ahead prices plus {surcharge} {currency}/kWh"
        case PriceSeries(surcharge=surcharge):
            # Not its length: a series grows every day without being another tariff.
            return f"price series plus {surcharge} {currency}/kWh"
        case other:
            return type(other).__name__
