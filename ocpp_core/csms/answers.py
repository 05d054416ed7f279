"""What we answer to each event: a pure decision over the live state and the token book.

The only trace it leaves is a transaction id that is taken and never given again, also when the
start that it was taken for is not stored in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from ocpp_core.csms.decision import Decision, connector_findings
from ocpp_core.csms.plugs import overall
from ocpp_core.csms.transactions import (
    decide_metered,
    decide_start,
    decide_stop,
    decide_update,
)
from ocpp_core.domain.dating import dated
from ocpp_core.domain.events import (
    AuthorizationAsked,
    AuthorizationReply,
    Booted,
    BootReply,
    BootStatus,
    CertificateRequested,
    ChargingNeedsNotified,
    ChargingScheduleNotified,
    DomainEvent,
    DynamicUpdatePulled,
    DynamicValuesReply,
    EmptyReply,
    Heartbeat,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
    StatesChanged,
    StatusChanged,
    TimeReply,
    VendorDataReply,
    VendorDataSent,
    WordReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorRef,
)
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.tokens import TokenBook

_OWN_CERTIFICATE = "ChargingStationCertificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPolicy:
    """What answers depend on beside the state of the site."""

    accepted: frozenset[ChargePointId]
    """Chargers of the site; others stay pending, unless their registration says otherwise."""
    heartbeat_interval_s: int
    pending_interval_s: int
    """When a pending charger may boot again."""
    signs_certificates: bool = False
    """There is a certificate authority that signs what chargers ask for."""
    registrations: Mapping[ChargePointId, BootStatus] = field(default_factory=dict)
    """What the next boot of a charger is answered, whether it is of the site or not."""
    cars_give: bool = False
    """Cars may give back here (OCPP 2.1)."""
    cut_off: Collection[ChargePointId] = ()
    """Rejected chargers whose link was ended: they may say nothing before they boot."""

    def registration(self, charge_point_id: ChargePointId) -> BootStatus:
        """Return what a charger's boot is answered now."""
        said = self.registrations.get(charge_point_id)
        if said is not None:
            return said
        return BootStatus.ACCEPTED if charge_point_id in self.accepted else BootStatus.PENDING

    def may_speak(self, live: LiveSite, charge_point_id: ChargePointId) -> bool:
        """Tell whether a charger may send more than boots: what its last boot was answered counts.

        Without a boot, a charger of the site may: reconnecting needs none (1.6-J erratum 3.11).
        """
        if charge_point_id in self.cut_off:
            return False
        point = live.charge_points.get(charge_point_id)
        status = None if point is None else point.boot_status
        if status is None:
            status = self.registration(charge_point_id)
        return status is BootStatus.ACCEPTED


def decide(
    live: LiveSite,
    tokens: TokenBook,
    event: DomainEvent,
    *,
    charge_point_id: ChargePointId,
    now: datetime,
    policy: AnswerPolicy,
) -> Decision:
    """Return the answer to `event` of a charger; stamps that cannot be are made anew."""
    meant, findings = dated(event, now)
    decision = _decide(
        live, tokens, meant, event, charge_point_id=charge_point_id, now=now, policy=policy
    )
    if findings:
        return replace(decision, findings=findings + decision.findings)
    return decision


def _decide(
    live: LiveSite,
    tokens: TokenBook,
    event: DomainEvent,
    sent: DomainEvent,
    *,
    charge_point_id: ChargePointId,
    now: datetime,
    policy: AnswerPolicy,
) -> Decision:
    match event:
        case Metered():  # first, since nearly every message is one
            return decide_metered(live, event, charge_point_id)
        case SessionUpdated():
            return decide_update(live, tokens, event, charge_point_id, now)
        case Heartbeat():
            return Decision(reply=TimeReply(at=now), event=event)
        case Booted():
            status = policy.registration(charge_point_id)
            accepted = status is BootStatus.ACCEPTED
            reply = BootReply(
                status=status,
                at=now,
                heartbeat_interval_s=(
                    policy.heartbeat_interval_s if accepted else policy.pending_interval_s
                ),
            )
            return Decision(reply=reply, event=event)
        case AuthorizationAsked():
            token = tokens.state(event.id_token, now)
            reply_to_token = AuthorizationReply(token=token, gives_back=policy.cars_give)
            return Decision(reply=reply_to_token, event=event)
        case SessionStarted():
            return decide_start(live, tokens, event, sent, charge_point_id, now)
        case SessionStopped():
            return decide_stop(live, tokens, event, charge_point_id, now)
        case StatusChanged():
            return Decision(
                reply=EmptyReply(),
                event=overall(live, charge_point_id, (event,))[0],
                findings=connector_findings(live, charge_point_id, event.connector_id),
            )
        case StatesChanged(changes=changes):
            told = (connector_findings(live, charge_point_id, c.connector_id) for c in changes)
            return Decision(
                reply=EmptyReply(),
                event=replace(event, changes=overall(live, charge_point_id, changes)),
                findings=tuple(dict.fromkeys(chain.from_iterable(told))),
            )
        case VendorDataSent():
            return Decision(reply=VendorDataReply(), event=event)
        case CertificateRequested():
            if event.use != _OWN_CERTIFICATE:
                return _rejected(event, f"no authority signs a {event.use[:40]}")
            if policy.signs_certificates:
                return Decision(reply=WordReply(status="Accepted"), event=event)
            return _rejected(event, "no certificate authority is set up")
        case ChargingNeedsNotified():
            return _charging_needs(live, event, charge_point_id, policy)
        case ChargingScheduleNotified():
            return Decision(reply=WordReply(status="Accepted"), event=event)
        case DynamicUpdatePulled():
            point = live.charge_points.get(charge_point_id)
            values = None if point is None else point.dynamic.get(event.profile_id)
            if values is None:
                return _rejected(event, f"profile {event.profile_id} has no dynamic values here")
            return Decision(reply=DynamicValuesReply(values=values), event=event)
        case _:
            return Decision(reply=EmptyReply(), event=event)


def _rejected(event: DomainEvent, reason: str) -> Decision:
    return Decision(
        reply=WordReply(status="Rejected", reason=reason), event=event, findings=(reason,)
    )


def _charging_needs(
    live: LiveSite,
    event: ChargingNeedsNotified,
    charge_point_id: ChargePointId,
    policy: AnswerPolicy,
) -> Decision:
    """A TxProfile follows for every running session, so the answer is Accepted (2.0.1 K15)."""
    if event.bidirectional and not policy.cars_give:
        return _rejected(event, "energy flows into cars only here")
    connector = live.connector(ConnectorRef(charge_point_id, event.connector_id))
    if connector is None or connector.session is None:
        return _rejected(event, f"no transaction runs on connector {event.connector_id}")
    return Decision(
        reply=WordReply(status="Accepted"), event=event, session_id=connector.session.session_id
    )
