"""Parts that messages of OCPP 2.1 share."""

from __future__ import annotations

from ocpp_core.protocol.v201.message import Wire


class StatusInfo(Wire, frozen=True, kw_only=True):
    """Why something is as it is (StatusInfoType)."""

    reason_code: str
    additional_info: str = ""

    @property
    def words(self) -> str:
        """Code and words in one line."""
        return ": ".join(part for part in (self.reason_code, self.additional_info) if part)
