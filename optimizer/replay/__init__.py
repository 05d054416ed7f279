"""What-if: recorded stays against rules, limits and prices, without sockets."""

from optimizer.costs import Bill, bill
from optimizer.replay.baselines import RecordedStay, hindsight_energy_wh, unmanaged_w

__all__ = ["Bill", "RecordedStay", "bill", "hindsight_energy_wh", "unmanaged_w"]
