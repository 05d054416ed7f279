"""Get15118EVCertificate (OCPP 2.1 M01 and M02): refused as in 2.0.1."""

from __future__ import annotations

from typing import Any

import msgspec

from ocpp_core.protocol.message import Int32
from ocpp_core.protocol.v201 import get_15118_ev_certificate as v201


class Request(v201.Request, frozen=True, kw_only=True):
    """A car asks for its contract certificates."""

    maximum_contract_certificate_chains: Int32 | None = None
    prioritized_emaids: Any = msgspec.field(default=None, name="prioritizedEMAIDs")


MESSAGE = v201.MESSAGE.extended(Request)
