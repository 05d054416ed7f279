"""What the file says for roaming partners: who runs the site and where it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ampherd.config.kinds import Number, Spec


class OcpiSpec(Spec):
    """Who runs the site and where it is, as CDRs for roaming partners say it (OCPI 2.2.1)."""

    country_code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = Field(
        description="Country of the operator, ISO 3166 alpha-2, e.g. `DE`."
    )
    party_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")] = Field(
        description="Id of the operator, three characters, as registered."
    )
    address: Annotated[str, Field(min_length=1, max_length=45)] = Field(
        description="Street and number of the site."
    )
    city: Annotated[str, Field(min_length=1, max_length=45)] = Field(description="Its city.")
    postal_code: Annotated[str, Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="Its postal code."
    )
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="Its country, ISO 3166 alpha-3, e.g. `DEU`."
    )
    latitude: Annotated[Number, Field(ge=-90, le=90)] = Field(
        description="Latitude of the site, degrees."
    )
    longitude: Annotated[Number, Field(ge=-180, le=180)] = Field(
        description="Longitude of the site, degrees."
    )
    connector_standard: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=40)] = Field(
        default="IEC_62196_T2", description="ConnectorType of the site's connectors."
    )
    connector_format: Literal["SOCKET", "CABLE"] = Field(
        default="SOCKET", description="`SOCKET` or `CABLE`."
    )
    connector_power_type: (
        Literal["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"] | None
    ) = Field(default=None, description="PowerType; not given: by the phases of each connector.")
