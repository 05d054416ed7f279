"""What is worth asking a charger, in slices that it can stomach, and what its answers tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ocpp_core.domain.charger_profile.facts import ChargerProfile, Evidence, Fact, Finding
from ocpp_core.domain.commands import ConfigurationEntry, GetConfiguration
from ocpp_core.domain.keys import MAX_KEYS, in_slices
from ocpp_core.domain.profile import RateUnit

CAPABILITIES: Mapping[str, Fact] = {
    "ChargeProfileMaxStackLevel": Fact.HIGHEST_STACK_LEVEL,
    "ChargingScheduleAllowedChargingRateUnit": Fact.RATE_UNITS,
    "ChargingScheduleMaxPeriods": Fact.MAX_PERIODS,
    "MaxChargingProfilesInstalled": Fact.MAX_PROFILES,
    "ConnectorSwitch3to1PhaseSupported": Fact.SWITCHES_PHASES,
    MAX_KEYS: Fact.MAX_KEYS,
    "SmartChargingCtrlr.ProfileStackLevel": Fact.HIGHEST_STACK_LEVEL,
    "SmartChargingCtrlr.RateUnit": Fact.RATE_UNITS,
    "SmartChargingCtrlr.PeriodsPerSchedule": Fact.MAX_PERIODS,
    "SmartChargingCtrlr.Entries[ChargingProfiles]": Fact.MAX_PROFILES,
    "SmartChargingCtrlr.Phases3to1": Fact.SWITCHES_PHASES,
    "DeviceDataCtrlr.ItemsPerMessage[GetVariables]": Fact.MAX_KEYS,
    "DeviceDataCtrlr.ItemsPerMessage[SetVariables]": Fact.MAX_SET_ITEMS,
}
"""Key of OCPP 1.6 section 9, or variable of OCPP 2.0.1 part 2: what its value is about."""

_FACTS = {name.casefold(): fact for name, fact in CAPABILITIES.items()}
_UNITS = {"current": RateUnit.A, "a": RateUnit.A, "power": RateUnit.W, "w": RateUnit.W}
"""1.6 says `Current` and `Power`, 2.x `A` and `W`; both are met in either."""
CAUTIOUS_KEYS = 10
"""Settings in a question to a charger that does not say how many it takes."""


def capability_names(*, flat: bool) -> tuple[str, ...]:
    """Return the settings that say what a charger can do; `flat`: it has keys (OCPP 1.6)."""
    return tuple(name for name in CAPABILITIES if ("." not in name) is flat)


def next_question(profile: ChargerProfile, names: Sequence[str]) -> GetConfiguration | None:
    """Return the question for the first of `names`, within what the charger takes; None: no more.

    How many it takes is asked first and by itself, unless it has said so: one that is asked for
    more may never answer (quirk res-config-partial).
    """
    known = numbers_per_message(profile)
    if known is None:
        for name in names:
            if CAPABILITIES.get(name) is Fact.MAX_KEYS:
                return GetConfiguration(keys=(name,))
    return next(iter(in_slices(names, known or CAUTIOUS_KEYS)), None)


def numbers_per_message(profile: ChargerProfile) -> int | None:
    """Return how many settings this charger takes in a question; None: it has not said."""
    number = profile.number(Fact.MAX_KEYS)
    return int(number) if number is not None and number >= 1 else None


def found_in_settings(entries: Iterable[ConfigurationEntry], at: datetime) -> dict[Fact, Finding]:
    """Return what settings tell; keys that are missing or odd tell nothing."""
    found: dict[Fact, Finding] = {}
    for entry in entries:
        fact = _FACTS.get(entry.key.casefold())
        value = None if fact is None or entry.value is None else _meaning(fact, entry.value)
        if fact is not None and value is not None:
            found[fact] = Finding(value=value, evidence=Evidence.ASKED, first_at=at, last_at=at)
    return found


def _meaning(fact: Fact, text: str) -> str | None:
    text = text.strip()
    match fact:
        case Fact.RATE_UNITS:
            words = {_UNITS.get(word.strip().casefold()) for word in text.split(",")}
            units = sorted(unit.value for unit in words if unit is not None)
            return ",".join(units) or None
        case Fact.SWITCHES_PHASES:
            word = text.casefold()
            return word if word in {"true", "false"} else None
        case _:
            try:
                number = float(text)  # some write whole numbers as `8.00`
            except ValueError:
                return None
            return str(int(number)) if number >= 0 and number.is_integer() else None
