"""How a simulated charger behaves."""

from __future__ import annotations

from dataclasses import dataclass, field

from ocpp_core.sim.dialect import Version
from ocpp_core.sim.faults import Faults
from ocpp_core.sim.link import LinkPolicy
from ocpp_core.sim.transfers import TransferTraits


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerTraits:
    """How a charger behaves; the defaults are a good one."""

    version: Version = Version.V16
    vendor: str = "Ampherd"
    model: str = "Simulated"
    firmware: str = "1.0"
    reaction_s: float = 0.0
    """From accepting a profile until it counts."""
    obeys_profiles: bool = True
    """False: accepts every profile and offers its rating all the same."""
    sample_step_w: float | None = 100.0
    """Meter values are also sent when an order changes the power by this much; None: never."""
    faults: Faults = ()
    """What is wrong with it."""
    samples_on_the_mark: bool = False
    """Periodic values are taken at multiples of their interval, not from the session's start."""
    policy: LinkPolicy = field(default_factory=LinkPolicy)
    transfers: TransferTraits = field(default_factory=TransferTraits)
    """How firmware and logs go."""
    unlock: str = "Unlocked"
    """How an order to unlock ends in 1.6: `Unlocked`, `UnlockFailed` or `NotSupported`."""
