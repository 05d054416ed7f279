"""A charger's configuration keys (OCPP 1.6 section 9): their values and what they may become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ocpp_core.domain.metering import Measurand


class KeyChange(StrEnum):
    """How a change ends (OCPP 1.6 section 7.24)."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_SUPPORTED = "NotSupported"


@dataclass(frozen=True, slots=True)
class _Key:
    default: str
    allows: Callable[[str], bool] | None = None
    """None: the key is read-only."""


def _seconds(text: str) -> bool:
    return text.isdecimal() and len(text) < 8


def _count(text: str) -> bool:
    return _seconds(text) and int(text) >= 1


def _flag(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _name(text: str) -> bool:
    return len(text) <= 64


METERED = (
    Measurand.ENERGY_IMPORT_REGISTER,
    Measurand.POWER_IMPORT,
    Measurand.CURRENT_IMPORT,
    Measurand.CURRENT_OFFERED,
)
"""What the meter can tell."""


def _measurands(text: str) -> bool:
    return all(word.strip() in set(METERED) for word in text.split(","))


_KEYS: Mapping[str, _Key] = {
    "AllowOfflineTxForUnknownId": _Key("true", _flag),
    "AuthorizationCacheEnabled": _Key("true", _flag),
    "AuthorizeRemoteTxRequests": _Key("false", _flag),
    "CertificateSignedMaxChainSize": _Key("10000"),
    "CertificateStoreMaxLength": _Key("8"),
    "ChargeProfileMaxStackLevel": _Key("8"),
    "ChargingScheduleAllowedChargingRateUnit": _Key("Current,Power"),
    "ChargingScheduleMaxPeriods": _Key("24"),
    "ClockAlignedDataInterval": _Key("0"),
    "ConnectionTimeOut": _Key("60", _seconds),
    "ConnectorPhaseRotation": _Key("0.RST"),
    "CpoName": _Key("", _name),
    "GetConfigurationMaxKeys": _Key("50"),
    "HeartbeatInterval": _Key("300", _seconds),
    "LocalAuthListEnabled": _Key("true", _flag),
    "LocalAuthListMaxLength": _Key("500"),
    "LocalAuthorizeOffline": _Key("true", _flag),
    "LocalPreAuthorize": _Key("false", _flag),
    "MaxChargingProfilesInstalled": _Key("32"),
    "MeterValueSampleInterval": _Key("60", _seconds),
    "MeterValuesSampledData": _Key(",".join(METERED), _measurands),
    "NumberOfConnectors": _Key("1"),
    "ReserveConnectorZeroSupported": _Key("true"),
    "SendLocalListMaxLength": _Key("100"),
    "StopTransactionOnEVSideDisconnect": _Key("true"),
    "StopTransactionOnInvalidId": _Key("true", _flag),
    "SupportedFeatureProfiles": _Key(
        "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging"
    ),
    "TransactionMessageAttempts": _Key("3", _count),
    "TransactionMessageRetryInterval": _Key("60", _seconds),
    "UnlockConnectorOnEVSideDisconnect": _Key("true"),
    "WebSocketPingInterval": _Key("60", _seconds),
}


class ConfigurationKeys:
    """The keys of one charger; they survive a reset."""

    def __init__(self, **values: str) -> None:
        self._values = {name: key.default for name, key in _KEYS.items()} | values

    def change(self, name: str, value: str) -> KeyChange:
        """Set a key, if it exists, may be written and allows the value."""
        key = _KEYS.get(name)
        if key is None:
            return KeyChange.NOT_SUPPORTED
        if key.allows is None or not key.allows(value):
            return KeyChange.REJECTED
        self._values[name] = value
        return KeyChange.ACCEPTED

    def names(self) -> tuple[str, ...]:
        """Return every key."""
        return tuple(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def is_readonly(self, name: str) -> bool:
        """Tell whether a key cannot be written."""
        return _KEYS[name].allows is None

    def text(self, name: str) -> str:
        """Return a value."""
        return self._values[name]

    def number(self, name: str) -> int:
        """Return a value that is a whole number."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """Return a value that is true or false."""
        return self._values[name].lower() == "true"

    def words(self, name: str) -> tuple[str, ...]:
        """Return a comma-separated value's parts."""
        return tuple(word.strip() for word in self._values[name].split(",") if word.strip())
