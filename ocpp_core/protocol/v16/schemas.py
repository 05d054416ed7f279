"""The JSON schemas of OCPP 1.6."""

from __future__ import annotations

from ocpp_core.protocol.schemas import Schemas

SCHEMAS = Schemas("ocpp.v16", request_suffix="")

request_schema = SCHEMAS.request
response_schema = SCHEMAS.response
