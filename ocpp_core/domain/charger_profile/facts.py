"""Facts about a charger, each with its evidence; a fact that is not there is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Fact(StrEnum):
    """What can be known of a charger; values are text, as they are stored and shared."""

    RATE_UNITS = "rate-units"
    """Units of limits: `A`, `W` or `A,W`."""
    HIGHEST_STACK_LEVEL = "highest-stack-level"
    MAX_PERIODS = "max-periods"
    """Periods in a schedule."""
    MAX_PROFILES = "max-profiles"
    """Profiles that it keeps."""
    MAX_KEYS = "max-keys"
    """Settings in one GetConfiguration or GetVariables."""
    MAX_SET_ITEMS = "max-set-items"
    """Variables in one SetVariables (OCPP 2.x)."""
    SWITCHES_PHASES = "switches-phases"
    """Whether it says that it can switch between three phases and one: `true` or `false`."""
    OBEYS_PHASES = "obeys-phases"
    """Whether the car drew on one phase when one was ordered: `true` or `false`."""
    PURPOSES = "purposes"
    """Purposes of profiles that it accepted, separated by commas."""
    REFUSED_PURPOSES = "refused-purposes"
    """Purposes that it refused and never accepted since."""
    ORDER_FORM = "order-form"
    """Form of orders that it accepted: unit, stack level, purpose for sessions, 0 A or not."""
    TAKES_ZERO = "takes-zero"
    """Whether it accepted a limit of 0: `true` or `false`."""
    LOWEST_LIMIT_A = "lowest-limit-a"
    """Lowest limit above 0 that it accepted, A."""
    REACTION_S = "reaction-s"
    """From the acceptance of a lower limit to the first measurement that keeps it, s: at most."""
    REGISTER_MODE = "register-mode"
    """`lifetime`: its meter values go on from the start's register; `session`: they begin at 0."""
    CLOCK_AHEAD_S = "clock-ahead-s"
    """How far its clock is ahead of ours, s."""
    ANSWERS_PINGS = "answers-pings"
    SLOWEST_ANSWER_S = "slowest-answer-s"
    """Longest time that it took for an answer, s."""


SHAREABLE = frozenset(Fact) - {Fact.CLOCK_AHEAD_S, Fact.SLOWEST_ANSWER_S, Fact.REACTION_S}
"""Facts about a model; the others are about one charger, its network and its meter interval."""


class Evidence(StrEnum):
    """How a fact came to be known, the weakest first."""

    SHARED = "shared"
    """Of another charger of the model: a guess, until this one has shown it."""
    ASKED = "asked"
    """It says so."""
    OBSERVED = "observed"
    """It did so."""
    CONFIGURED = "configured"
    """A person said so."""

    @property
    def weight(self) -> int:
        """Heavier evidence is not replaced by lighter."""
        return list(Evidence).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A value of a fact, and why it is believed."""

    value: str
    evidence: Evidence
    first_at: datetime
    last_at: datetime
    times: int = 1
    """How often it was found so, without a contradiction between."""

    @property
    def verified(self) -> bool:
        """Whether this charger itself has said or shown it."""
        return self.evidence is not Evidence.SHARED

    def after(self, earlier: Finding | None) -> Finding:
        """Return what is known once this is found after `earlier`."""
        if earlier is None:
            return self
        if earlier.value == self.value:
            stronger = max(earlier.evidence, self.evidence, key=lambda e: e.weight)
            return replace(
                self,
                evidence=stronger,
                first_at=min(earlier.first_at, self.first_at),
                last_at=max(earlier.last_at, self.last_at),
                times=earlier.times + self.times,
            )
        return earlier if earlier.evidence.weight > self.evidence.weight else self


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModelKey:
    """What behaves alike: another firmware may not (OCPP.md row 33)."""

    vendor: str
    model: str
    firmware: str

    def __str__(self) -> str:
        return f"{self.vendor} {self.model} {self.firmware}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerProfile:
    """What is known of one charger, or of a model."""

    model: ModelKey
    findings: Mapping[Fact, Finding] = field(default_factory=dict)

    def value(self, fact: Fact) -> str | None:
        """Return what this charger has said or shown; None: unknown, or only a guess."""
        finding = self.findings.get(fact)
        return finding.value if finding is not None and finding.verified else None

    def guess(self, fact: Fact) -> str | None:
        """Return a value to begin with, to be verified; None: unknown."""
        finding = self.findings.get(fact)
        return None if finding is None else finding.value

    def number(self, fact: Fact) -> float | None:
        """Return a value of this charger that is a number."""
        text = self.value(fact)
        try:
            return None if text is None else float(text)
        except ValueError:
            return None

    @property
    def unknown(self) -> tuple[Fact, ...]:
        """Facts that this charger has neither said nor shown."""
        return tuple(fact for fact in Fact if self.value(fact) is None)

    def found(self, findings: Mapping[Fact, Finding]) -> ChargerProfile:
        """Return the profile with more findings."""
        if not findings:
            return self
        known = dict(self.findings)
        for fact, finding in findings.items():
            known[fact] = finding.after(known.get(fact))
        return replace(self, findings=known)

    def as_prior(self) -> ChargerProfile:
        """Return what another charger of the model may begin with: guesses alone."""
        return replace(
            self,
            findings={
                fact: replace(finding, evidence=Evidence.SHARED)
                for fact, finding in self.findings.items()
                if fact in SHAREABLE
            },
        )


def merged(profiles: Iterable[ChargerProfile]) -> dict[ModelKey, ChargerProfile]:
    """Return what is known of each model by its chargers' own words and deeds.

    Where two chargers of a model differ, the value that was found last counts.
    """
    models: dict[ModelKey, ChargerProfile] = {}
    for profile in profiles:
        known = dict(models.get(profile.model, ChargerProfile(model=profile.model)).findings)
        for fact, finding in profile.findings.items():
            if fact not in SHAREABLE or not finding.verified:
                continue
            other = known.get(fact)
            if other is None or other.value == finding.value:
                known[fact] = finding.after(other)
            elif finding.last_at >= other.last_at:
                known[fact] = finding
        models[profile.model] = ChargerProfile(model=profile.model, findings=known)
    return models
