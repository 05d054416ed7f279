"""Who runs the site, as OCPI says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What CDRs say of who runs the site and where it is."""

    country_code: str
    """ISO 3166 alpha-2."""
    party_id: str
    """Three characters, as registered."""
    location_id: str
    name: str
    address: str
    city: str
    country: str
    """ISO 3166 alpha-3."""
    latitude: str
    longitude: str
    postal_code: str | None = None
    connector_standard: str = "IEC_62196_T2"
    connector_format: str = "SOCKET"
    connector_power_type: str | None = None
    """None: by the phases of the connector."""


def ocpi_time(at: datetime) -> str:
    """Write an instant as an OCPI DateTime: RFC 3339 in UTC, milliseconds where there are any."""
    utc = at.astimezone(UTC)
    form = "milliseconds" if utc.microsecond // 1000 else "seconds"
    return utc.isoformat(timespec=form).replace("+00:00", "Z")
