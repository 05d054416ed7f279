"""Routes for what is known of chargers, and how they stand to what they should be set to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from ampherd.api.answers import as_json
from ampherd.api.auth import VIEWER
from ampherd.api.reading import Service, known_charge_point
from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact

router = APIRouter(dependencies=[VIEWER], tags=["chargers"])

Rows = list[dict[str, Any]]


class LearnedAnswer(BaseModel):
    """What is known of one charger."""

    facts: Rows
    """Each with its value and evidence; `verified` tells whether this charger showed it itself."""
    unknown: list[str]
    """Facts that it has neither said nor shown."""
    limits: Rows
    """For each connector: does it report the limits that it accepted?"""


class FactAnswer(BaseModel):
    """One fact about a model."""

    value: str
    evidence: Evidence
    times: int
    first_at: datetime
    last_at: datetime


class ModelAnswer(BaseModel):
    """What is known of chargers of one vendor, model and firmware."""

    vendor: str
    model: str
    firmware: str
    facts: dict[str, FactAnswer]


@router.get("/charge-points/{charge_point_id}/learned", response_model=LearnedAnswer)
async def learned(service: Service, charge_point_id: str) -> Response:
    """What is known of a charger under its present firmware, why, and what is not known."""
    view = known_charge_point(service, charge_point_id)
    rows = await service.ask(
        lambda reader: reader.charger_findings(charge_point_id=charge_point_id)
    )
    present = [row for row in rows if row["firmware"] == view.firmware_version]
    shown = {row["fact"] for row in present if row["verified"]}
    limits = await service.ask(
        lambda reader: reader.default_checks(charge_point_id=charge_point_id)
    )
    return as_json(
        {
            "facts": present,
            "unknown": [fact.value for fact in Fact if fact.value not in shown],
            "limits": limits,
        }
    )


@router.get("/charge-points/{charge_point_id}/drift", response_model=Rows)
async def drift(service: Service, charge_point_id: str, *, off: bool = False) -> Response:
    """Settings that are wanted of a charger, and what was found; `off`: only what is not so."""
    known_charge_point(service, charge_point_id)
    return as_json(
        await service.ask(
            lambda reader: reader.setting_drift(charge_point_id=charge_point_id, off=off)
        )
    )


@router.get("/charger-profiles", response_model=list[ModelAnswer])
async def charger_profiles(service: Service) -> Response:
    """What is known of every model of chargers, learned at this site or imported."""
    return as_json([_model(profile) for profile in service.charger_profiles()])


def _model(profile: ChargerProfile) -> dict[str, Any]:
    return {
        "vendor": profile.model.vendor,
        "model": profile.model.model,
        "firmware": profile.model.firmware,
        "facts": {
            fact.value: {
                "value": finding.value,
                "evidence": finding.evidence.value,
                "times": finding.times,
                "first_at": finding.first_at,
                "last_at": finding.last_at,
            }
            for fact, finding in sorted(profile.findings.items())
        },
    }
