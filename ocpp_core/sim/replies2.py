"""Answers of OCPP 2 in short: a status, and a reason where it is a refusal."""

from __future__ import annotations

from collections.abc import Callable

from ocpp_core.sim.wire import Reply


def said(status: str, then: Callable[[], object] | None = None) -> Reply:
    """Answer with a status alone, and do something once it is on its way."""
    return Reply({"status": status}, then=then)


def refused(reason_code: str, words: str = "") -> Reply:
    """Answer Rejected with a reason (StatusInfoType)."""
    info = {"reasonCode": reason_code[:20]}
    if words:
        info["additionalInfo"] = words[:512]
    return Reply({"status": "Rejected", "statusInfo": info})


ACCEPTED = said("Accepted")
REJECTED = said("Rejected")
