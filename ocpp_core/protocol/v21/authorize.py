"""Authorize (OCPP 2.1 C01 to C07, Q01): the answer also says whether the car may give back."""

from __future__ import annotations

from ocpp_core.domain.events import AuthorizationReply, AuthorizationStatus, EnergyTransfer
from ocpp_core.protocol.message import encode
from ocpp_core.protocol.v201 import authorize as v201
from ocpp_core.protocol.v201.tokens import id_token_info

BOTH_WAYS = (
    EnergyTransfer.AC_SINGLE_PHASE,
    EnergyTransfer.AC_TWO_PHASE,
    EnergyTransfer.AC_THREE_PHASE,
    EnergyTransfer.DC,
    EnergyTransfer.AC_BPT,
    EnergyTransfer.DC_BPT,
)
"""What a car may choose from that may give back; without such a list it may only charge."""


def to_payload(reply: AuthorizationReply) -> bytes:
    """Write the token's state, and for who may charge the transfers that are allowed."""
    payload: dict[str, object] = {"idTokenInfo": id_token_info(reply.token)}
    if reply.gives_back and reply.status is AuthorizationStatus.ACCEPTED:
        payload["allowedEnergyTransfer"] = [transfer.value for transfer in BOTH_WAYS]
    return encode(payload)


MESSAGE = v201.MESSAGE.extended(v201.Request, to_payload=to_payload)
