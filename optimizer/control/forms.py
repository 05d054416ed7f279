"""The forms in which a charger takes orders, and the ladder from one to the next.

Chargers refuse limits in amperes, or in watts, or of 0, or on a stack level, or for a running
transaction (OCPP.md rows 31, 32, 37, 39). A refusal does not say why, so the next order is written
in the next form. What a form changes is only how a limit is written: never may the charger draw
more by it than the books say (docs/guard.md, "Orders in other forms").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ocpp_core.domain.profile import (
    OperationMode,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.site import Connector
from ocpp_core.domain.units import power_w, wire_limit_a

REFUSALS = 2
"""Refusals in a row after which another form is tried; a single one may have another cause."""

_ROUNDING_W = 1e-6


STAND_IN_LEVEL = 2
"""Stack level of a default that stands in for a TxProfile: above every persistent default, which it
must not replace (OCPP 1.6 section 3.13.2: same purpose and level), since that one has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """How a charger is told its limits."""

    rate_unit: RateUnit = RateUnit.A
    stack_level: int = 0
    """Level of the persistent default, and of a TxProfile."""
    session_purpose: ProfilePurpose = ProfilePurpose.TX
    """TxProfile; or TxDefaultProfile, which then has an end and outlives the transaction."""
    takes_zero: bool = True
    """False: the persistent default is the least current where the site's fail-safe is 0 A."""

    @property
    def session_level(self) -> int:
        """Stack level of an order for a session."""
        by_transaction = self.session_purpose is ProfilePurpose.TX
        return self.stack_level if by_transaction else STAND_IN_LEVEL

    @property
    def words(self) -> str:
        """Say it for people."""
        zero = "" if self.takes_zero else ", not 0"
        purpose = "" if self.session_purpose is ProfilePurpose.TX else ", by TxDefaultProfile alone"
        return f"{self.rate_unit.value} at stack level {self.stack_level}{zero}{purpose}"

    @property
    def text(self) -> str:
        """Return it as one word for each part, as it is kept with what is known of a model."""
        zero = "zero" if self.takes_zero else "least"
        return f"{self.rate_unit.value} {self.stack_level} {self.session_purpose.value} {zero}"

    @classmethod
    def of_text(cls, text: str) -> OrderForm | None:
        """Return the form that a text names; None where it names none."""
        words = text.split()
        purposes = {p.value: p for p in (ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT)}
        if len(words) != _PARTS or words[0] not in set(RateUnit) or words[1] not in {"0", "1"}:
            return None
        if words[2] not in purposes or words[3] not in {"zero", "least"}:
            return None
        return cls(
            rate_unit=RateUnit(words[0]),
            stack_level=int(words[1]),
            session_purpose=purposes[words[2]],
            takes_zero=words[3] == "zero",
        )


_PARTS = 4
USUAL = OrderForm()
"""Amperes at stack level 0, by TxProfile: the form that most chargers take."""

_WRITTEN = (
    USUAL,
    OrderForm(rate_unit=RateUnit.W),
    OrderForm(stack_level=1),
    OrderForm(rate_unit=RateUnit.W, stack_level=1),
)


@dataclass(slots=True)
class Ladder:
    """Which form a charge point is told its limits in, and what it refused."""

    asks_zero: bool = True
    """The site's fail-safe current is 0 A, which some refuse."""
    form: OrderForm = USUAL
    proven: OrderForm | None = None
    """The form of the last default that it accepted."""
    took_zero: bool = False
    """It has accepted a default of 0 A, so that is not why it refuses one now."""
    _refused_defaults: int = 0
    _refused_sessions: int = 0

    def begin(self, form: OrderForm) -> None:
        """Start with a form that is likely: taken before, or by others of the same model."""
        self.form, self.took_zero = form, False
        self._refused_defaults = self._refused_sessions = 0

    def restarted(self) -> None:
        """A charger restarted: it may take 0 A now, which is tried again before it is given up."""
        self.form = replace(self.form, takes_zero=True)
        self._refused_defaults = self._refused_sessions = 0

    def default_accepted(self, form: OrderForm, limit_a: float) -> None:
        """A persistent default was accepted in `form`."""
        self.proven, self._refused_defaults = form, 0
        self.took_zero |= limit_a == 0

    def default_refused(self, form: OrderForm) -> None:
        """A persistent default was refused; after some refusals another form is tried."""
        if form != self.form:
            return
        self._refused_defaults += 1
        if self._refused_defaults < REFUSALS:
            return
        self._refused_defaults = 0
        if form.takes_zero and self.asks_zero and not self.took_zero:
            self.form = replace(form, takes_zero=False)
            return
        places = [(f.rate_unit, f.stack_level) for f in _WRITTEN]
        here = (form.rate_unit, form.stack_level)
        at = places.index(here) if here in places else -1
        following = _WRITTEN[(at + 1) % len(_WRITTEN)]
        self.form = replace(following, session_purpose=form.session_purpose)

    def session_accepted(self) -> None:
        """An order for a session was accepted."""
        self._refused_sessions = 0

    def session_refused(self, form: OrderForm) -> None:
        """An order for a session was refused; after some refusals another purpose is tried."""
        if form != self.form or self.proven is None:
            return
        self._refused_sessions += 1
        if self._refused_sessions < REFUSALS:
            return
        self._refused_sessions = 0
        by_transaction = form.session_purpose is ProfilePurpose.TX
        other = ProfilePurpose.TX_DEFAULT if by_transaction else ProfilePurpose.TX
        self.form = replace(form, session_purpose=other)


def period(
    limit_a: float,
    form: OrderForm,
    connector: Connector,
    voltage_v: float,
    discharge_a: float = 0.0,
) -> SchedulePeriod:
    """Return a limit on each phase as a period of a schedule in the form's unit.

    A car that gives back is told a setpoint below 0 (OCPP 2.1 section Q, CentralSetpoint), and that
    it may charge no more than `limit_a` and give no more than the setpoint.

    In W it is `limit_a` on the fewest phases that a car uses there: a charger that limits the sum
    and a car on those phases alone then keep to `limit_a` on each, every other car draws less on
    each. The number of phases is said, since 3 counts where it is not (errata 3.34 to OCPP 1.6).
    """
    limit_a, discharge_a = wire_limit_a(limit_a), wire_limit_a(discharge_a)
    phases = min(connector.fewest_phases, len(connector.phases))
    limit, given, phase_count = limit_a, discharge_a, None
    if form.rate_unit is RateUnit.W:
        limit = float(math.floor(power_w(limit_a, phases, voltage_v) + _ROUNDING_W))
        given = float(math.floor(power_w(discharge_a, phases, voltage_v) + _ROUNDING_W))
        phase_count = phases
    if given <= 0:
        return SchedulePeriod(start_s=0, limit=limit, phase_count=phase_count)
    return SchedulePeriod(
        start_s=0,
        limit=limit,
        phase_count=phase_count,
        operation_mode=OperationMode.CENTRAL_SETPOINT,
        setpoint=-given,
        discharge_limit=-given,
    )
