"""Where the versions of OCPP differ in how profiles stack, as data."""

from __future__ import annotations

from dataclasses import dataclass

from ocpp_core.domain.profile import ProfilePurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class StackingRules:
    """How a charger reads a stack of profiles."""

    name: str
    purposes: frozenset[ProfilePurpose]
    """Purposes that exist."""
    leads_before_start: bool
    """Whether a valid profile leads, and so lifts the limit, before its schedule begins."""
    defaults_share_one_stack: bool
    """Whether the defaults of connector 0 and of a connector stack by level. Else those of a
    connector come first, whatever their levels."""
    same_level_replaces: bool
    """Whether a new profile replaces the one of its purpose and level. Else it is refused, unless
    it has the same id."""
    start_goes_with_kind: bool
    """Whether Absolute and Recurring schedules must have a start and Relative ones must not. Else
    one without a start counts from the transaction's."""
    operation_modes: bool
    """Whether periods say by which values charging and discharging go."""

    def cite(self, words: str, requirement: str) -> str:
        """Add the requirement of OCPP 2 to a rule in words, which 1.6 has without a number."""
        return f"{words} ({requirement})" if self.start_goes_with_kind else words


_IN_ALL = frozenset({ProfilePurpose.CHARGE_POINT_MAX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX})

V16 = StackingRules(
    name="OCPP 1.6",
    purposes=_IN_ALL,
    leads_before_start=True,
    defaults_share_one_stack=False,
    same_level_replaces=True,
    start_goes_with_kind=False,
    operation_modes=False,
)
"""OCPP 1.6 edition 2 sections 3.13 and 5.16 with its errata: validity alone decides who leads."""

V201 = StackingRules(
    name="OCPP 2.0.1",
    purposes=_IN_ALL | {ProfilePurpose.EXTERNAL_CONSTRAINTS},
    leads_before_start=False,
    defaults_share_one_stack=True,
    same_level_replaces=False,
    start_goes_with_kind=True,
    operation_modes=False,
)
"""OCPP 2.0.1 part 2 section K: who leads must have a period at that instant (K01.FR.52 and 53:
no two defaults that could lead at one EVSE have the same level)."""

V21 = StackingRules(
    name="OCPP 2.1",
    purposes=frozenset(ProfilePurpose),
    leads_before_start=False,
    defaults_share_one_stack=True,
    same_level_replaces=False,
    start_goes_with_kind=True,
    operation_modes=True,
)
"""OCPP 2.1 part 2 sections K and Q."""
