"""Our driver tariffs as OCPI 2.2.1 Tariff objects (section 11.3.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.exporters.operator import Operator, ocpi_time

type TariffKey = tuple[str, int]
"""Id and version."""

_OURS = ("version", "groups", "idle_grace_s", "free_without_energy")
"""Keys of a definition that OCPI does not have."""


def ocpi_tariffs(tariffs: pd.DataFrame, operator: Operator) -> Mapping[TariffKey, dict[str, Any]]:
    """Return each stored version as OCPI writes it, from the answer to `driver_tariffs`.

    What OCPI has no field for and changes the price is said in `tariff_alt_text`.
    """
    return {
        (str(row["tariff_id"]), int(row["version"])): _tariff(
            json.loads(row["definition"]), row["recorded_at"], operator
        )
        for row in tariffs.to_dict("records")
    }


def _tariff(
    definition: dict[str, Any], recorded_at: datetime, operator: Operator
) -> dict[str, Any]:
    made = {
        "country_code": operator.country_code,
        "party_id": operator.party_id,
        **{name: value for name, value in definition.items() if name not in _OURS},
        "last_updated": ocpi_time(recorded_at),
    }
    for name in ("start_date_time", "end_date_time"):
        if name in made:
            made[name] = ocpi_time(datetime.fromisoformat(made[name]))
    words = _words(definition)
    if words:
        made["tariff_alt_text"] = [{"language": "en", "text": " ".join(words)}]
    return made


def _words(definition: Mapping[str, Any]) -> list[str]:
    words = []
    grace_s = definition.get("idle_grace_s")
    if grace_s:
        words.append(f"Parking is billed from {grace_s} s after the last energy.")
    if definition.get("free_without_energy"):
        words.append("A session without energy costs nothing.")
    return words
