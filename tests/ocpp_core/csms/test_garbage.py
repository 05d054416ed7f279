"""Python's own collector in a server."""

from __future__ import annotations

import gc
import subprocess
import sys

_SCRIPT = """
import gc
from ocpp_core.csms.garbage import collect_seldom
collect_seldom()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0])
"""


def test_what_is_loaded_is_not_looked_through_again_and_the_rest_less_often() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
    )
    frozen, allocations = told.stdout.split()

    assert frozen == "True"
    assert int(allocations) > gc.get_threshold()[0]
