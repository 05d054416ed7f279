"""What is learned of a charger, with the evidence for each value; what is not known is absent.

Pure: evidence comes in as settings and stored messages, questions go out as a plan.
"""

from ocpp_core.domain.charger_profile.desired import (
    DesiredSetting,
    Drift,
    DriftState,
    Taken,
    drift_of,
    fulfils,
    means_the_same,
)
from ocpp_core.domain.charger_profile.facts import (
    SHAREABLE,
    ChargerProfile,
    Evidence,
    Fact,
    Finding,
    ModelKey,
    merged,
)
from ocpp_core.domain.charger_profile.questions import (
    CAPABILITIES,
    capability_names,
    found_in_settings,
    next_question,
    numbers_per_message,
)
from ocpp_core.domain.charger_profile.watching import Watcher

__all__ = [
    "CAPABILITIES",
    "SHAREABLE",
    "ChargerProfile",
    "DesiredSetting",
    "Drift",
    "DriftState",
    "Evidence",
    "Fact",
    "Finding",
    "ModelKey",
    "Taken",
    "Watcher",
    "capability_names",
    "drift_of",
    "found_in_settings",
    "fulfils",
    "means_the_same",
    "merged",
    "next_question",
    "numbers_per_message",
]
