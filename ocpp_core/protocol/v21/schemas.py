"""The JSON schemas of OCPP 2.1."""

from __future__ import annotations

from ocpp_core.protocol.schemas import Schemas

SCHEMAS = Schemas("ocpp.v21", request_suffix="Request")
