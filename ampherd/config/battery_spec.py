"""What the file says of a stationary battery."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ampherd.config.kinds import Number, Spec

Share = Annotated[Number, Field(gt=0, le=1)]
Watts = Annotated[Number, Field(gt=0)]


class BatterySpec(Spec):
    """A stationary battery on the building's circuit, steered by a controller that asks.

    The controller reports what is stored with `PUT /api/v1/site/battery`, at least every few
    minutes, and follows the setpoint in the answer until it ends; without one it neither charges
    nor gives. Without this table plans know no battery.
    """

    capacity_wh: Watts = Field(description="Energy that it holds when full, Wh.")
    max_charge_w: Watts = Field(
        description="Highest power that it takes, W. It is kept free on the building's circuit "
        "until the controller was heard."
    )
    max_discharge_w: Watts = Field(description="Highest power that it gives, W.")
    reserve_wh: Annotated[Number, Field(ge=0)] = Field(
        default=0.0, description="Energy that plans leave in it, Wh."
    )
    charge_efficiency: Share = Field(default=0.95, description="Share stored of what it takes.")
    discharge_efficiency: Share = Field(
        default=0.95, description="Share that arrives of what leaves it."
    )
    wear_price_per_kwh: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="What a kWh given costs the battery, in the site's currency: it gives only "
        "where that saves more.",
    )

    @model_validator(mode="after")
    def _reserve_fits(self) -> Self:
        if self.reserve_wh >= self.capacity_wh:
            raise ValueError("reserve_wh leaves nothing of capacity_wh to use")
        return self
