"""Which case of which published test procedure a test is."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def case(number: str, title: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Mark a test as a case of the OCA's procedures, e.g. `TC_001_CSMS`, with its title."""
    return pytest.mark.conformance(number, title)
