"""Files as other systems write them, small."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ocpp_core.domain.clock import ManualClock
from tests.analytics.builders import NOON
from tests.analytics.conftest import OpenStore, open_store, path

__all__ = ["OpenStore", "open_store", "path"]

DATA = Path(__file__).parent / "data"


@pytest.fixture
def clock() -> ManualClock:
    """Files tell of what was: the store's clock is later."""
    return ManualClock(NOON + timedelta(days=3))
