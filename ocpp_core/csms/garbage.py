"""How often Python looks for rubbish in a server: pauses of it are latency of every charger."""

from __future__ import annotations

import gc

_ALLOCATIONS = 20_000
"""Objects made and not freed, until the young ones are looked through; Python's own choice is
2,000. Of each message under way some 30 live until it is committed."""
_YOUNG, _MIDDLE = 20, 100


def collect_seldom() -> None:
    """Keep what is loaded by now for good, and look for cycles of objects less often.

    Call it once, when a server has started. A look through everything that was imported takes
    tens of milliseconds, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNG, _MIDDLE)
