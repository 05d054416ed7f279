"""Answers of OCPP 1.6 in short: mostly one status word."""

from __future__ import annotations

from collections.abc import Callable

from ocpp_core.sim.wire import Reply


def said(status: str, then: Callable[[], object] | None = None) -> Reply:
    """Answer with a status, and do something once it is on its way."""
    return Reply({"status": status}, then=then)


ACCEPTED = said("Accepted")
REJECTED = said("Rejected")
