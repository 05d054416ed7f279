"""Every event and every reply there is."""

from __future__ import annotations

from ocpp_core.domain.events.charging import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    ChargingNeedsNotified,
    ChargingScheduleNotified,
    DynamicUpdatePulled,
    PriorityChargingNotified,
    ProfilesReported,
    WebPaymentStarted,
)
from ocpp_core.domain.events.replies import (
    AuthorizationReply,
    BootReply,
    DynamicValuesReply,
    EmptyReply,
    StartReply,
    StopReply,
    TimeReply,
    UpdateReply,
    VendorDataReply,
    WordReply,
)
from ocpp_core.domain.events.station import (
    Booted,
    CertificateRequested,
    Heartbeat,
    ReservationEnded,
    SecurityEventReported,
    SettingsReported,
    StatesChanged,
    StationNoted,
    StatusChanged,
    TransferStatusChanged,
    VendorDataSent,
)
from ocpp_core.domain.events.transactions import (
    AuthorizationAsked,
    Metered,
    SessionStarted,
    SessionStopped,
    SessionUpdated,
)

type DomainEvent = (
    AuthorizationAsked
    | Booted
    | CertificateRequested
    | ChargingLimitCleared
    | ChargingLimitNotified
    | ChargingNeedsNotified
    | ChargingScheduleNotified
    | DynamicUpdatePulled
    | Heartbeat
    | Metered
    | PriorityChargingNotified
    | ProfilesReported
    | ReservationEnded
    | SecurityEventReported
    | SessionStarted
    | SessionStopped
    | SessionUpdated
    | SettingsReported
    | StatesChanged
    | StationNoted
    | StatusChanged
    | TransferStatusChanged
    | VendorDataSent
    | WebPaymentStarted
)

type Reply = (
    AuthorizationReply
    | BootReply
    | DynamicValuesReply
    | EmptyReply
    | StartReply
    | StopReply
    | TimeReply
    | UpdateReply
    | VendorDataReply
    | WordReply
)
