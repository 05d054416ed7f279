"""What the file says of what chargers should be set to, and how they are visited after a boot."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as check

from ampherd.config.kinds import Name, Number, Spec
from ocpp_core.domain.charger_profile import DesiredSetting, ModelKey
from ocpp_core.domain.commands import ChangeConfiguration
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.secrecy import is_secret
from ocpp_core.domain.variables import plain_name
from optimizer.control.foreign import objection

type SettingValue = bool | int | Decimal | str | tuple[str, ...]

_ENERGY = "Energy.Active.Import.Register"
_MEASURED = f"{_ENERGY},Power.Active.Import,Current.Import"
_OFFERED = f"{_MEASURED},Current.Offered"

OWN_DEFAULTS = (
    DesiredSetting(name="MeterValueSampleInterval", value="60"),
    DesiredSetting(
        name="MeterValuesSampledData",
        value=_OFFERED,
        fallbacks=(_MEASURED, f"{_ENERGY},Current.Import", _ENERGY),
        at_least=True,
    ),
    DesiredSetting(name="ClockAlignedDataInterval", value="0"),
    DesiredSetting(name="WebSocketPingInterval", value="60"),
)
"""What every charger is set to unless a group says otherwise: a reading a minute of what the guard
compares with its orders, the same energy not told twice, and a sign of life from chargers too."""


class ProvisioningSpec(Spec):
    """What is done at a charger after its boot: read, set, verify; one command at a time."""

    enabled: bool = Field(
        default=True,
        description="False: chargers are neither asked nor set nor verified. What they show by "
        "themselves is learned all the same.",
    )
    defaults: bool = Field(
        default=True,
        description="Set what no group names to Ampherd's own defaults, see docs/chargers.md.",
    )
    verify_limits: bool = Field(
        default=True,
        description="Ask each connector which limits it will apply and compare them with those "
        "that it accepted.",
    )
    settle_s: Annotated[Number, Field(ge=0, le=3600)] = Field(
        default=30.0,
        description="From a charger's boot to the first question, s.",
    )
    pause_s: Annotated[Number, Field(ge=0, le=600)] = Field(
        default=2.0,
        description="Between two commands to a charger, s; doubles with each time-out.",
    )


class ChargerGroupSpec(Spec):
    """Chargers that are set alike. A charger in several groups: the later one counts."""

    name: Name = Field(description="Name of the group.")
    members: tuple[Name, ...] = Field(
        default=(), description="Ids of chargers; none given, and no `vendor` or `model`: all."
    )
    vendor: Name | None = Field(
        default=None, description="Vendor as the charger boots; `*` stands for any text."
    )
    model: Name | None = Field(
        default=None, description="Model as the charger boots; `*` stands for any text."
    )
    settings: dict[str, SettingValue] = Field(
        default_factory=dict,
        description="What to set: keys of OCPP 1.6 or variables of OCPP 2 "
        '(`"OCPPCommCtrlr.OfflineThreshold" = 60`), with their values.',
    )
    leave: tuple[Name, ...] = Field(
        default=(), description="Settings that are left as they are, also by the defaults."
    )

    @check(mode="after")
    def _may_be_set(self) -> Self:
        for key, value in self.settings.items():
            if is_secret(key) or plain_name(key) in _FORBIDDEN:
                raise ValueError(
                    f"settings: {key} is a secret or a matter of security, see docs/security.md"
                )
            why = objection(ChangeConfiguration(key=key, value=as_text(value)))
            if why is not None:
                raise ValueError(f"settings: {key} may not be set: {why}")
        return self

    def has(self, charge_point_id: ChargePointId, model: ModelKey) -> bool:
        """Tell whether a charger belongs to it."""
        named = not self.members or charge_point_id in self.members
        return named and _matches(self.vendor, model.vendor) and _matches(self.model, model.model)

    def wishes(self) -> Iterator[DesiredSetting]:
        """Yield what it sets."""
        for key, value in self.settings.items():
            yield DesiredSetting(name=key, value=as_text(value), source=self.name)


_FORBIDDEN = frozenset({"securityprofile", "securityctrlr.securityprofile"})


def as_text(value: SettingValue) -> str:
    """Write a value as chargers take it."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(value)
        case _:
            return str(value)


def wishes_for(
    charge_point_id: ChargePointId,
    model: ModelKey,
    *,
    groups: tuple[ChargerGroupSpec, ...],
    defaults: bool,
) -> tuple[DesiredSetting, ...]:
    """Return what a charger should be set to."""
    wanted = {wish.name.casefold(): wish for wish in (OWN_DEFAULTS if defaults else ())}
    for group in groups:
        if not group.has(charge_point_id, model):
            continue
        wanted.update({wish.name.casefold(): wish for wish in group.wishes()})
        for name in group.leave:
            wanted.pop(name.casefold(), None)
    return tuple(wanted.values())


def _matches(pattern: str | None, text: str) -> bool:
    return pattern is None or fnmatchcase(text.casefold(), pattern.casefold())
