"""What may be wrong with a simulated charger, as values that combine as one likes.

Each is seen in the field; `docs/simulate.md` has the table. What they do is in `mischief` (on the
wire), `distortion` (clock, meter and profiles) and `disturbance` (over time). The same seed gives
the same faults at the same moments of the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """Loses the link again and again for a while; transaction messages wait meanwhile."""

    kind: ClassVar[str] = "offline"
    every_s: float = 3600.0
    """Mean time between two outages, s."""
    for_s: float = 600.0
    """Length of an outage, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlappingLink:
    """Cuts the link without a word again and again, and connects at once."""

    kind: ClassVar[str] = "flapping-link"
    every_s: float = 60.0
    """Mean time between two cuts, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reboots:
    """Restarts by itself, in the middle of whatever runs."""

    kind: ClassVar[str] = "reboots"
    every_s: float = 7200.0
    """Mean time between two restarts, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogFlood:
    """Sends what waited for the link all at once, without waiting for an answer."""

    kind: ClassVar[str] = "backlog-flood"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAnswers:
    """Does not get some of the answers to its messages, and sends those again."""

    kind: ClassVar[str] = "lost-answers"
    share: float = 0.1
    """Share of the answers that are lost."""
    actions: tuple[str, ...] = ()
    """Messages concerned; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdOnRetry:
    """Sends a message again under a new message id."""

    kind: ClassVar[str] = "new-id-on-retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedMessages:
    """Sends messages again that were answered."""

    kind: ClassVar[str] = "repeated-messages"
    share: float = 0.1
    new_id: bool = False
    """Under a new message id."""
    actions: tuple[str, ...] = ()
    """Messages concerned; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatedStatus:
    """Tells some states twice."""

    kind: ClassVar[str] = "duplicated-status"
    share: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedFrames:
    """Sends frames now and then that are no OCPP message."""

    kind: ClassVar[str] = "malformed-frames"
    every: int = 20
    """One before each so many messages."""
    shapes: tuple[str, ...] = ("broken", "truncated", "not-utf8")
    """In turn: `broken`, `truncated`, `not-utf8`, `too-large`."""
    large_bytes: int = 2 * 1024 * 1024
    """Size of the too large ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongTransactionId:
    """Stops transactions under an id that is not theirs (OCPP 1.6)."""

    kind: ClassVar[str] = "wrong-transaction-id"
    number: int = 0
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowAnswers:
    """Answers the server's orders late."""

    kind: ClassVar[str] = "slow-answers"
    seconds: float = 20.0
    """Of the wall clock."""
    actions: tuple[str, ...] = ()
    """Orders concerned; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAnswers:
    """Does not answer certain orders at all."""

    kind: ClassVar[str] = "never-answers"
    actions: tuple[str, ...] = ("GetBaseReport",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeafToPings:
    """Never answers a WebSocket ping."""

    kind: ClassVar[str] = "deaf-to-pings"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """Has a clock that is ahead (or, negative, behind)."""

    kind: ClassVar[str] = "clock-offset"
    seconds: float = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDrift:
    """Has a clock that is fast (or, negative, slow) from its start on."""

    kind: ClassVar[str] = "clock-drift"
    seconds_per_day: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """Writes local time as if it were UTC, with a Z."""

    kind: ClassVar[str] = "local-time"
    hours: float = 2.0
    """Local time less UTC, h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoresProfiles:
    """Accepts every charging profile and charges as it likes."""

    kind: ClassVar[str] = "ignores-profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesLate:
    """Accepts charging profiles and applies them later."""

    kind: ClassVar[str] = "applies-late"
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectsProfiles:
    """Rejects some charging profiles."""

    kind: ClassVar[str] = "rejects-profiles"
    zero: bool = False
    """Those with a limit below the least current, 6 A."""
    above_level: int | None = None
    """Those with a higher stack level."""
    purposes: tuple[str, ...] = ()
    """Those of a purpose, in the words of OCPP 1.6."""
    units: tuple[str, ...] = ()
    """Those in A or W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongUnits:
    """Meters in kWh or kW and labels it Wh or W."""

    kind: ClassVar[str] = "wrong-units"
    energy: bool = True
    power: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRegister:
    """Counts each session's energy from 0 in meter values, but not in start and stop."""

    kind: ClassVar[str] = "session-register"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginZero:
    """Starts every transaction with a register of 0."""

    kind: ClassVar[str] = "begin-zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterJumps:
    """Shows a register now and then that is far off, once."""

    kind: ClassVar[str] = "register-jumps"
    every: int = 10
    """One reading in so many."""
    wh: float = -5000.0
    """By which it is off, Wh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPhases:
    """Shows the current of a one-phase car on every phase."""

    kind: ClassVar[str] = "wrong-phases"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsBelowMinimum:
    """Ends the transaction when the limit falls below what the car needs."""

    kind: ClassVar[str] = "ends-below-minimum"


type Fault = (
    Offline | FlappingLink | Reboots | BacklogFlood
    | LostAnswers | NewIdOnRetry | RepeatedMessages | DuplicatedStatus | MalformedFrames
    | WrongTransactionId | SlowAnswers | NeverAnswers | DeafToPings
    | ClockOffset | ClockDrift | LocalTime
    | IgnoresProfiles | AppliesLate | RejectsProfiles
    | WrongUnits | SessionRegister | BeginZero | RegisterJumps | WrongPhases | EndsBelowMinimum
)  # fmt: skip

type Faults = tuple[Fault, ...]

FAULTS: Mapping[str, type[Fault]] = {
    kind.kind: kind
    for kind in (
        Offline, FlappingLink, Reboots, BacklogFlood,
        LostAnswers, NewIdOnRetry, RepeatedMessages, DuplicatedStatus, MalformedFrames,
        WrongTransactionId, SlowAnswers, NeverAnswers, DeafToPings,
        ClockOffset, ClockDrift, LocalTime,
        IgnoresProfiles, AppliesLate, RejectsProfiles,
        WrongUnits, SessionRegister, BeginZero, RegisterJumps, WrongPhases, EndsBelowMinimum,
    )
}  # fmt: skip
"""Every fault by its word in a profile of `ampherd simulate`."""


def of[T](faults: Faults, kind: type[T]) -> tuple[T, ...]:
    """Return the faults of one kind."""
    return tuple(fault for fault in faults if isinstance(fault, kind))


def has(faults: Faults, kind: type[Fault]) -> bool:
    """Tell whether a fault of a kind is among them."""
    return any(isinstance(fault, kind) for fault in faults)
