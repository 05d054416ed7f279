"""What chargers should be set to, and how they differ from it.

Values compare by what they mean: `32.00` is 32, `TRUE` is true, a list is its members in any order,
`Current.Import.L1` names a measurand and a phase (quirks res-config-value-500 and
res-config-vendor-keys).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from ocpp_core.domain.commands import ConfigurationEntry
from ocpp_core.domain.secrecy import MASK, is_secret

_PHASE = re.compile(r"\.(?:L[123](?:-N|-L[123])?|N)$", re.IGNORECASE)
"""A phase behind a measurand, which OCPP has no place for in a list of measurands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSetting:
    """A setting by key or variable, and what it should be."""

    name: str
    value: str
    fallbacks: tuple[str, ...] = ()
    """Tried in turn where the charger refuses the value."""
    at_least: bool = False
    """A list that has more members than the value is as good."""
    source: str = ""
    """Who wants it: the name of a charger group, or empty for a default of our own."""


class DriftState(StrEnum):
    """How a charger stands to what is wanted of it."""

    SET = "set"
    DIFFERS = "differs"
    """It was not told yet, or keeps another value though it accepted."""
    READONLY = "readonly"
    UNKNOWN = "unknown"
    """It has no such setting."""
    REFUSED = "refused"
    REBOOT_REQUIRED = "reboot-required"
    """It accepted, and uses the value after a reboot, which is left to people."""
    SILENT = "silent"
    """It did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One setting of one charger: wanted and found."""

    name: str
    wanted: str
    found: str | None
    """None: not told, or a secret."""
    state: DriftState
    words: str
    source: str = ""
    """Who wants it, as in `DesiredSetting`."""
    checked_at: datetime

    @property
    def is_off(self) -> bool:
        """Whether the charger is not set as it should be."""
        return self.state is not DriftState.SET


class Taken(StrEnum):
    """How a change ended, as far as drift cares."""

    NO = "no"
    """It was not tried."""
    ACCEPTED = "accepted"
    REBOOT = "reboot"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SILENT = "silent"


def means_the_same(wanted: str, found: str) -> bool:
    """Tell whether two values of a setting mean the same."""
    if wanted == found:
        return True
    one, other = _plain(wanted), _plain(found)
    if one == other:
        return True
    if "," in wanted or "," in found:
        return _members(wanted) == _members(found)
    return bool(_PHASE.search(found)) and _members(wanted) == _members(found)


def fulfils(wanted: DesiredSetting, value: str, found: str) -> bool:
    """Tell whether a charger that is set to `found` needs not be told `value`."""
    if means_the_same(value, found):
        return True
    return wanted.at_least and _members(value) <= _members(found)


def _plain(text: str) -> object:
    text = text.strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text.casefold()
    return number if number.is_finite() else text.casefold()


def _members(text: str) -> frozenset[object]:
    """Return the members of a list; a measurand once, whatever phases stand behind it."""
    return frozenset(
        _plain(_PHASE.sub("", word.strip())) for word in text.split(",") if word.strip()
    )


def drift_of(
    wanted: DesiredSetting,
    entry: ConfigurationEntry | None,
    *,
    at: datetime,
    is_unknown: bool = False,
    taken: Taken = Taken.NO,
    reason: str = "",
) -> Drift:
    """Return how a charger stands to one setting; `entry` is what it last said, if anything."""
    secret = is_secret(wanted.name)
    found = None if entry is None else entry.value
    state, words = _judged(wanted, entry, is_unknown=is_unknown, taken=taken, reason=reason)
    return Drift(
        name=wanted.name,
        wanted=MASK if secret else wanted.value,
        found=None if secret else found,
        state=state,
        words=words,
        source=wanted.source,
        checked_at=at,
    )


def _judged(
    wanted: DesiredSetting,
    entry: ConfigurationEntry | None,
    *,
    is_unknown: bool,
    taken: Taken,
    reason: str,
) -> tuple[DriftState, str]:
    why = f": {reason}" if reason else ""
    same = (
        entry is not None and entry.value is not None and fulfils(wanted, wanted.value, entry.value)
    )
    if same:
        return DriftState.SET, "As wanted."
    if is_unknown or taken is Taken.UNKNOWN:
        return DriftState.UNKNOWN, f"The charger has no such setting{why}."
    if taken is Taken.REBOOT:
        return DriftState.REBOOT_REQUIRED, "Accepted; it counts after the charger's next reboot."
    if entry is not None and entry.readonly:
        return DriftState.READONLY, "The charger does not let it be changed."
    if taken is Taken.REFUSED:
        found = None if entry is None else entry.value
        partly = found is not None and any(fulfils(wanted, v, found) for v in wanted.fallbacks)
        more = "; it took a value that stands in" if partly else ""
        return DriftState.REFUSED, f"The charger refuses the value{why}{more}."
    if taken is Taken.SILENT or (entry is None and taken is Taken.NO):
        return DriftState.SILENT, "The charger did not answer."
    if taken is Taken.ACCEPTED:
        if entry is None or entry.value is None:
            return DriftState.SET, "Accepted; the charger does not tell the value."
        return DriftState.DIFFERS, "The charger accepted the value and keeps another one."
    return DriftState.DIFFERS, "The charger is set to another value."
