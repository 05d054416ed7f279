"""The site now: live state, built from stored messages and link changes only."""

from ocpp_core.domain.live.liftings import ForeignProfile, Liftings
from ocpp_core.domain.live.site import LiveSite
from ocpp_core.domain.live.state import LinkChange, LiveChargePoint, LiveConnector, OpenSession
from ocpp_core.domain.live.transactions import KnownTransaction

__all__ = [
    "ForeignProfile",
    "KnownTransaction",
    "Liftings",
    "LinkChange",
    "LiveChargePoint",
    "LiveConnector",
    "LiveSite",
    "OpenSession",
]
