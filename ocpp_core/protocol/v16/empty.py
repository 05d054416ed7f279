"""The answer that has no fields."""

from __future__ import annotations

from ocpp_core.protocol.message import no_fields

__all__ = ["no_fields"]
