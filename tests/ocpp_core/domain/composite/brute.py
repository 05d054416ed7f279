"""Profiles read second by second: slow, plain, and without a line of the implementation.

Every profile is painted onto a row of seconds, run by run; rows of one purpose are laid over each
other by stack level; then each second is reckoned for itself with exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from ocpp_core.domain.composite import Place, Session, Stack
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.profile import (
    ChargingProfile,
    OperationMode,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SchedulePeriod,
)

EARLY = "early"
"""Painted where a profile of OCPP 1.6 is valid and its schedule has yet to begin."""

type Paint = SchedulePeriod | str | None
type Cell = tuple[ChargingProfile, SchedulePeriod] | str | None


@dataclass(frozen=True)
class Second:
    """What holds in one second, in fractions of amperes and watts."""

    a: Fraction | None
    w: Fraction | None
    setpoint_a: Fraction | None
    discharge_a: Fraction | None
    phases: int


def brute(stack: Stack, connector_id: ConnectorId, base: datetime, seconds: int) -> list[Second]:
    """Reckon each second from `base` on."""
    first = round(base.timestamp())
    return [
        _total(stack, rows) if connector_id == 0 else _one(stack, connector_id, rows)
        for rows in _rows(stack, range(first, first + seconds))
    ]


type Rows = dict[tuple[int, str], Cell]
"""By connector and what decides there: `session`, `max`, `external` or `generation`."""


def _rows(stack: Stack, seconds: range) -> list[Rows]:
    everywhere = {0, *stack.places, *stack.profiles}
    painted: dict[tuple[int, str], list[Cell]] = {}
    for number in everywhere:
        place = stack.places.get(ConnectorId(number), Place())
        for name, purpose in (
            ("max", ProfilePurpose.CHARGE_POINT_MAX),
            ("external", ProfilePurpose.EXTERNAL_CONSTRAINTS),
            ("generation", ProfilePurpose.LOCAL_GENERATION),
        ):
            of_whom = None if number == 0 and name != "generation" else place.session
            painted[number, name] = _layer(stack, [number], purpose, seconds, of_whom)
        if number == 0:
            continue
        layers: list[list[Cell]] = []
        if place.session is not None and place.session.priority:
            layers += _defaults(stack, number, ProfilePurpose.PRIORITY_CHARGING, seconds, place)
        if place.session is not None:
            layers.append(_layer(stack, [number], ProfilePurpose.TX, seconds, place.session))
        layers += _defaults(stack, number, ProfilePurpose.TX_DEFAULT, seconds, place)
        painted[number, "session"] = [
            next((cell for cell in column if cell is not None), None)
            for column in zip(*layers, strict=True)
        ]
    return [{key: row[index] for key, row in painted.items()} for index in range(len(seconds))]


def _defaults(
    stack: Stack, number: int, purpose: ProfilePurpose, seconds: range, place: Place
) -> list[list[Cell]]:
    if stack.rules.name == "OCPP 1.6":
        return [
            _layer(stack, [number], purpose, seconds, place.session),
            _layer(stack, [0], purpose, seconds, place.session),
        ]
    return [_layer(stack, [number, 0], purpose, seconds, place.session)]


def _layer(
    stack: Stack,
    numbers: list[int],
    purpose: ProfilePurpose,
    seconds: range,
    session: Session | None,
) -> list[Cell]:
    """Lay the profiles of a purpose over each other, the highest and first installed on top."""
    profiles = [
        profile
        for number in numbers
        for profile in stack.profiles.get(ConnectorId(number), ())
        if profile.purpose == purpose
    ]
    if purpose == ProfilePurpose.TX:
        assert session is not None
        mine = session.transaction_id
        profiles = [p for p in profiles if p.transaction_id is None or p.transaction_id == mine]
    row: list[Cell] = [None] * len(seconds)
    upwards = sorted(range(len(profiles)), key=lambda n: (profiles[n].stack_level, -n))
    for profile in (profiles[n] for n in upwards):
        for index, paint in enumerate(_paint(stack, profile, seconds, session)):
            if paint == EARLY:
                row[index] = EARLY
            elif isinstance(paint, SchedulePeriod):
                row[index] = (profile, paint)
    return row


def _paint(
    stack: Stack, profile: ChargingProfile, seconds: range, session: Session | None
) -> list[Paint]:
    row: list[Paint] = [EARLY] * len(seconds)
    for begins in _run_starts(profile, seconds, session, stack):
        for index, second in enumerate(seconds):
            if second >= begins:
                row[index] = _at(profile, second - begins, stack)
    if stack.rules.name != "OCPP 1.6":
        row = [None if paint == EARLY else paint for paint in row]
    for index, second in enumerate(seconds):
        if profile.valid_from is not None and second < profile.valid_from.timestamp():
            row[index] = None
        if profile.valid_to is not None and second >= profile.valid_to.timestamp():
            row[index] = None
        if stack.offline_since is not None and profile.max_offline_duration_s is not None:
            away = second - stack.offline_since.timestamp()
            if away >= profile.max_offline_duration_s:
                row[index] = None
    return row


def _at(profile: ChargingProfile, elapsed: float, stack: Stack) -> Paint:
    unbegun = profile.kind is ProfileKind.DYNAMIC and not (
        profile.dyn_update_time or profile.start or profile.valid_from
    )
    if profile.duration_s is not None and elapsed >= profile.duration_s and not unbegun:
        return None
    delay = stack.delays_s.get(profile.profile_id, 0)
    for period in reversed(profile.periods):
        if period.start_s + delay <= elapsed:
            return period
    return EARLY


def _run_starts(
    profile: ChargingProfile, seconds: range, session: Session | None, stack: Stack
) -> list[float]:
    """Count up every start from the first one, however long ago, to the end of the row."""
    if profile.kind is ProfileKind.DYNAMIC:
        anchor = profile.dyn_update_time or profile.start or profile.valid_from
        return [-1e10 if anchor is None else anchor.timestamp()]
    if profile.kind is ProfileKind.RELATIVE or profile.start is None:
        if session is None:
            return []
        first = session.started_at
    else:
        first = profile.start
    days = {RecurrencyKind.DAILY: 1, RecurrencyKind.WEEKLY: 7, None: 0}[profile.recurrency]
    local = profile.use_local_time and profile.kind is not ProfileKind.RELATIVE
    local = local and profile.start is not None
    starts: list[float] = []
    for number in range(40 if days else 1):
        moved = first + timedelta(days=days * number)
        if local:
            moved = datetime(
                moved.year, moved.month, moved.day, moved.hour, moved.minute, moved.second,
                tzinfo=stack.zone,
            )  # fmt: skip
        starts.append(moved.timestamp())
    assert not days or starts[-1] > seconds[-1]
    return starts


# One second ---------------------------------------------------------------------------------------


def _one(stack: Stack, number: int, rows: Rows) -> Second:
    place = stack.places.get(ConnectorId(number), Place())
    cells = [(rows[number, "session"], 1), (rows[number, "external"], 1)]
    cells += [(rows[0, "max"], SHARERS), (rows[0, "external"], SHARERS)]
    base = _least(stack, cells, place)
    return _plus(stack, base, [(rows[number, "generation"], 1), (rows[0, "generation"], SHARERS)])


SHARERS = 2
"""How many connectors share what limits all."""


def _total(stack: Stack, rows: Rows) -> Second:
    present = max((p.phase_count for p in stack.places.values()), default=3)
    common = _least(
        stack,
        [(rows[0, "max"], 1), (rows[0, "external"], 1)],
        Place(phase_count=present),
    )
    a: Fraction | None = Fraction(0)
    w: Fraction | None = Fraction(0)
    for number, place in stack.places.items():
        own = _least(
            stack,
            [(rows[number, "session"], 1), (rows[number, "external"], 1)],
            place,
        )
        part_a, part_w = own.a, own.w
        if own.setpoint_a is not None:
            wanted = max(Fraction(0), own.setpoint_a)
            if part_a is None or wanted < part_a:
                part_a = wanted
                part_w = wanted * Fraction(stack.voltage_v) * own.phases
        a = None if a is None or part_a is None else a + part_a
        w = None if w is None or part_w is None else w + part_w
    if not stack.places:
        a = w = None
    if a is not None and (common.a is None or a < common.a):
        common = Second(a, w, common.setpoint_a, common.discharge_a, common.phases)
    generated = [(rows[number, "generation"], 1) for number in (0, *stack.places)]
    return _plus(stack, common, generated)


def _least(stack: Stack, cells: list[tuple[Cell, int]], place: Place) -> Second:
    said = [(*cell, sharers) for cell, sharers in cells if isinstance(cell, tuple)]
    phases = min([place.phase_count, *(p.phase_count for _, p, _ in said if p.phase_count)])
    volts = Fraction(stack.voltage_v)
    soc = place.session.soc_percent if place.session else None
    best: tuple[Fraction, Fraction] | None = None
    setpoints: list[Fraction] = []
    discharges: list[Fraction] = []
    for profile, period, sharers in said:
        limits = [period.limit, period.limit_l2, period.limit_l3]
        flow = _flow(limits, profile, period, phases, volts, min)
        if period.operation_mode is OperationMode.IDLE:
            flow = (Fraction(0), Fraction(0))
        elif profile.limit_at_soc and soc is not None and soc > profile.limit_at_soc.soc_percent:
            late = _flow([profile.limit_at_soc.limit], profile, period, phases, volts, min)
            assert late is not None
            flow = late if flow is None or late[0] < flow[0] else flow
        if flow is not None and (best is None or flow[0] / sharers < best[0]):
            best = (flow[0] / sharers, flow[1] / sharers)
        wanted = [period.setpoint, period.setpoint_l2, period.setpoint_l3]
        setpoint = _flow(wanted, profile, period, phases, volts, min)
        if setpoint is not None:
            setpoints.append(setpoint[0] / sharers)
        back = [period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3]
        discharge = _flow(back, profile, period, phases, volts, max)
        if period.operation_mode is OperationMode.IDLE:
            discharge = (Fraction(0), Fraction(0))
        if discharge is not None:
            discharges.append(discharge[0] / sharers)
    if place.rating_a is not None and (best is None or Fraction(place.rating_a) < best[0]):
        rating = Fraction(place.rating_a)
        best = (rating, rating * volts * phases)
    return Second(
        best[0] if best else None,
        best[1] if best else None,
        min(setpoints, default=None),
        max(discharges, default=None),
        phases,
    )


def _plus(stack: Stack, base: Second, generated: list[tuple[Cell, int]]) -> Second:
    a, w = base.a, base.w
    for cell, sharers in generated:
        if isinstance(cell, tuple) and a is not None and w is not None:
            profile, period = cell
            more = _least(stack, [((profile, period), sharers)], Place(phase_count=base.phases))
            if more.a is not None:
                # Phases are those of the limit that it is added to.
                a += more.a
                w += _watts(more, profile, period, base.phases, Fraction(stack.voltage_v), sharers)
    return Second(a, w, base.setpoint_a, base.discharge_a, base.phases)


def _watts(
    more: Second,
    profile: ChargingProfile,
    period: SchedulePeriod,
    phases: int,
    volts: Fraction,
    sharers: int,
) -> Fraction:
    alone = period.limit_l2 is None and period.limit_l3 is None
    in_watts = profile.rate_unit is RateUnit.W and period.limit is not None and alone
    if period.operation_mode is OperationMode.IDLE or not in_watts:
        assert more.a is not None
        return more.a * volts * phases
    assert period.limit is not None
    if (period.phase_count or 3) == phases:
        return Fraction(period.limit) / sharers
    assert more.a is not None
    return more.a * volts * phases


def _flow(
    values: list[float | None],
    profile: ChargingProfile,
    period: SchedulePeriod,
    phases: int,
    volts: Fraction,
    strictest: Callable[[Iterable[Fraction]], Fraction],
) -> tuple[Fraction, Fraction] | None:
    given = [Fraction(value) for value in values if value is not None]
    if not given:
        return None
    value = strictest(given)
    stated = period.phase_count or 3
    if profile.rate_unit is RateUnit.A:
        return value, value * volts * phases
    if len(given) > 1:
        return value / volts, value * phases
    amperes = value / (volts * stated)
    return amperes, value if stated == phases else amperes * volts * phases
