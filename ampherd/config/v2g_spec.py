"""What the file says of cars that give back (V2G)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ampherd.config.kinds import Number, Spec


class V2gSpec(Spec):
    """Cars may give back to the site, where car and charger can (OCPP 2.1).

    Without this table nobody gives. A car gives only after its charger told that it asks for a
    transfer in both directions and how much it can give. What it gives lowers what the site pays;
    drivers are billed what the meter counts, so agree with them on what they get for it.
    """

    depth_wh: Annotated[Number, Field(gt=0)] = Field(
        description="Most that is taken out of a car below what it came with, Wh. It gets back "
        "what it asked for before it leaves."
    )
    wear_price_per_kwh: Annotated[Number, Field(ge=0)] = Field(
        description="What a kWh given costs the battery, in the site's currency: cars give only "
        "where they save more."
    )
    charge_efficiency: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=0.95, description="Share of what a car takes that its battery stores."
    )
    discharge_efficiency: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=0.95, description="Share of what leaves its battery that arrives at the site."
    )
