"""What settles the sessions of a database: its tariffs, and the ratings stored in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from analytics.database import Database
from analytics.driver_tariffs import DriverTariffs
from analytics.settlement import Settlement
from analytics.site_prices import SitePrices
from ocpp_core.domain.tariff import DriverTariff, SiteTariff, Tariff, TariffBook

NO_GROUPS: Mapping[str, str] = MappingProxyType({})


def book_of(tariff: DriverTariff | TariffBook) -> TariffBook:
    """Return a short tariff as a book of one."""
    if isinstance(tariff, TariffBook):
        return tariff
    return TariffBook(tariffs=(tariff.expanded(),))


def settlement_of(
    database: Database,
    driver_tariff: DriverTariff | TariffBook,
    stored: Iterable[Tariff],
    site_tariff: SiteTariff | None,
    *,
    zone: ZoneInfo,
    groups: Mapping[str, str] = NO_GROUPS,
) -> Settlement:
    """Return what settles the sessions of a database, by tariffs and the ratings stored in it."""
    ratings = {
        (charge_point_id, connector_id): max_power_w
        for charge_point_id, connector_id, max_power_w in database.connection.execute(
            "SELECT charge_point_id, connector_id, max_power_w FROM connector"
        ).fetchall()
    }

    def group_of(id_token: str) -> str | None:
        known = groups.get(id_token.casefold())
        if known is not None:
            return known
        found = database.connection.execute(
            "SELECT group_token FROM id_token WHERE lower(id_token) = lower($1)", [id_token]
        ).fetchone()
        return None if found is None else found[0]

    return Settlement(
        database,
        DriverTariffs(book_of(driver_tariff), stored, group_of),
        SitePrices(site_tariff),
        lambda charge_point_id, connector_id: ratings.get((charge_point_id, connector_id)),
        zone,
    )
