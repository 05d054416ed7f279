"""Why a connector is limited as it is, in words."""

from __future__ import annotations

from ocpp_core.domain.plan import LimitReason
from optimizer.control.exposure import DefaultState, Exposure
from optimizer.control.values import Target


def reason_of(
    exposure: Exposure, confirmed_a: float | None, target: Target | None, held: str | None
) -> tuple[LimitReason, str]:
    """Return why a connector's limit is not higher, as a reason and as a sentence."""
    if exposure.default_state is DefaultState.UNKNOWN:
        why = f": {held}" if held else ""
        words = (
            f"Not under control yet, may draw {exposure.rating_a:g} A until it confirms its "
            f"fail-safe default{why}."
        )
        return LimitReason.FAIL_SAFE, words
    if exposure.transaction_id is None:
        return LimitReason.NO_SESSION, "No car is charging here."
    if target is None:
        return LimitReason.FAIL_SAFE, "Waits at the fail-safe current until a plan includes it."
    lacks = confirmed_a is None or target.limit_a > confirmed_a + 0.05
    if held and lacks:
        return (
            LimitReason.GUARD,
            f"Held at {confirmed_a or 0.0:.1f} A instead of {target.limit_a:.1f} A: {held}.",
        )
    return target.reason, target.words
