"""Which profile of each purpose leads at one instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ocpp_core.domain.composite.stack import WHOLE, Session, Stack
from ocpp_core.domain.composite.timeline import Silence, says
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import ChargingProfile, ProfilePurpose, SchedulePeriod


@dataclass(frozen=True, slots=True)
class Lead:
    """The profile of a purpose that leads."""

    profile: ChargingProfile
    period: SchedulePeriod | None
    """None: it leads without saying anything, so its purpose sets no limit."""


def session_leads(stack: Stack, connector_id: ConnectorId, at: datetime) -> list[Lead]:
    """Return what limits a connector for itself: its session's profile and outside constraints.

    Priority charging comes before the session's own profile, that before the default. Only one of
    the three counts.
    """
    session, own = stack.place(connector_id).session, stack.at(connector_id)
    found: list[Lead] = []
    lead = (
        (session is not None and session.priority and _default(stack, connector_id, at, _PRIORITY))
        or (session is not None and _leading(stack, _TX, own, at, session))
        or _default(stack, connector_id, at, _TX_DEFAULT)
    )
    if lead:
        found.append(lead)
    outside = _leading(stack, _EXTERNAL, own, at, session)
    return [*found, outside] if outside else found


def shared_leads(stack: Stack, at: datetime) -> list[Lead]:
    """Return what limits the charge point as a whole."""
    leads = (_leading(stack, purpose, stack.at(WHOLE), at, None) for purpose in (_MAX, _EXTERNAL))
    return [lead for lead in leads if lead]


def generation_lead(stack: Stack, connector_id: ConnectorId, at: datetime) -> Lead | None:
    """Return what is generated locally for a connector, or for the charge point (`WHOLE`)."""
    session = stack.place(connector_id).session
    return _leading(stack, _GENERATION, stack.at(connector_id), at, session)


_MAX = ProfilePurpose.CHARGE_POINT_MAX
_EXTERNAL = ProfilePurpose.EXTERNAL_CONSTRAINTS
_GENERATION = ProfilePurpose.LOCAL_GENERATION
_PRIORITY = ProfilePurpose.PRIORITY_CHARGING
_TX = ProfilePurpose.TX
_TX_DEFAULT = ProfilePurpose.TX_DEFAULT


def _default(
    stack: Stack, connector_id: ConnectorId, at: datetime, purpose: ProfilePurpose
) -> Lead | None:
    """Return the leading default of a connector, which connector 0 has for all of them."""
    session, own, shared = (
        stack.place(connector_id).session,
        stack.at(connector_id),
        stack.at(WHOLE),
    )
    if stack.rules.defaults_share_one_stack:
        return _leading(stack, purpose, (*own, *shared), at, session)
    return _leading(stack, purpose, own, at, session) or _leading(
        stack, purpose, shared, at, session
    )


def _leading(
    stack: Stack,
    purpose: ProfilePurpose,
    profiles: Iterable[ChargingProfile],
    at: datetime,
    session: Session | None,
) -> Lead | None:
    best: Lead | None = None
    for profile in profiles:
        if profile.purpose is not purpose or (
            best is not None and profile.stack_level <= best.profile.stack_level
        ):
            continue
        if purpose is _TX and not _belongs(profile, session):
            continue
        said = says(profile, at, stack, session)
        if isinstance(said, SchedulePeriod):
            best = Lead(profile, said)
        elif said is Silence.NOT_BEGUN and stack.rules.leads_before_start:
            best = Lead(profile, None)
    return best


def _belongs(profile: ChargingProfile, session: Session | None) -> bool:
    return session is not None and profile.transaction_id in {None, session.transaction_id}
