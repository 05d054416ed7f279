"""What-if: recorded stays against rules, limits and prices, without sockets."""

from optimizer.replay.baselines import RecordedStay, hindsight_energy_wh, unmanaged_w

__all__ = ["RecordedStay", "hindsight_energy_wh", "unmanaged_w"]
