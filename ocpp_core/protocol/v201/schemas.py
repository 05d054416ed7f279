"""The JSON schemas of OCPP 2.0.1."""

from __future__ import annotations

from ocpp_core.protocol.schemas import Schemas

SCHEMAS = Schemas("ocpp.v201", request_suffix="Request", integer_bits=32)
"""Whole numbers have 32 bits (part 2, primitive data types)."""
