"""Asking for many settings in slices that a charger can stomach (OCPP 1.6 section 9.1.6).

A charger that names GetConfigurationMaxKeys gives a part, or no answer at all, when it is asked for
more at once (quirk res-config-partial). Who asks goes on with the next slice when one times out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched

from ocpp_core.domain.commands import GetConfiguration

MAX_KEYS = "GetConfigurationMaxKeys"


def in_slices(keys: Sequence[str], max_keys: int | None) -> tuple[GetConfiguration, ...]:
    """Return the questions that ask for `keys`, each of at most `max_keys` (None: one for all)."""
    wanted = tuple(dict.fromkeys(keys))
    if not wanted:
        return ()
    return tuple(GetConfiguration(keys=part) for part in batched(wanted, max_keys or len(wanted)))
