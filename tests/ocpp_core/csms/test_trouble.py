"""What the log says while messages cannot be stored."""

from __future__ import annotations

from structlog.testing import capture_logs

from ocpp_core.csms.trouble import StoreTrouble
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import StoreError, StoreFullError
from ocpp_core.domain.ids import ChargePointId
from tests.ocpp_core.csms.rig import START

CP1 = ChargePointId("CP1")


def test_a_failure_is_said_once_and_its_end_with_the_count() -> None:
    clock = ManualClock(START)
    trouble = StoreTrouble(clock)

    with capture_logs() as lines:
        for _ in range(1000):
            trouble.failed(CP1, "MeterValues", StoreFullError("full"))
        trouble.failed(CP1, "MeterValues", StoreError("another"))
        since = trouble.since
        trouble.over(clock.now())

    assert ["full", "another", None] == [line.get("reason") for line in lines]
    assert 1001 == lines[-1]["not_stored"]
    assert START == since
    assert trouble.since is None
