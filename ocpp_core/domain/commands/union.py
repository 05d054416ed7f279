"""Every command there is; a version that cannot say one answers Unsupported."""

from __future__ import annotations

from ocpp_core.domain.commands.certificates import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ocpp_core.domain.commands.charging import (
    ClearProfile,
    GetComposite,
    GetProfiles,
    SetProfile,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from ocpp_core.domain.commands.configuration import (
    ChangeConfiguration,
    GetBaseReport,
    GetConfiguration,
    GetReport,
    GetVariables,
    SetNetworkProfile,
    SetVariables,
)
from ocpp_core.domain.commands.control import (
    ChangeAvailability,
    ClearCache,
    GetTransactionStatus,
    RemoteStart,
    RemoteStop,
    Reset,
    SendRaw,
    SendVendorData,
    TriggerMessage,
    UnlockConnector,
    UpdateCost,
)
from ocpp_core.domain.commands.maintenance import GetDiagnostics, GetLog, UpdateFirmware
from ocpp_core.domain.commands.tokens import (
    CancelReservation,
    GetLocalListVersion,
    ReserveNow,
    SendLocalList,
)

type Command = (
    CancelReservation
    | ChangeAvailability
    | ChangeConfiguration
    | ClearCache
    | ClearProfile
    | DeleteCertificate
    | GetBaseReport
    | GetComposite
    | GetConfiguration
    | GetDiagnostics
    | GetInstalledCertificates
    | GetLocalListVersion
    | GetLog
    | GetProfiles
    | GetReport
    | GetTransactionStatus
    | GetVariables
    | InstallCertificate
    | RemoteStart
    | RemoteStop
    | ReserveNow
    | Reset
    | SendLocalList
    | SendRaw
    | SendSignedCertificate
    | SendVendorData
    | SetNetworkProfile
    | SetProfile
    | SetVariables
    | TriggerMessage
    | UnlockConnector
    | UpdateCost
    | UpdateDynamicSchedule
    | UpdateFirmware
    | UsePriorityCharging
)
