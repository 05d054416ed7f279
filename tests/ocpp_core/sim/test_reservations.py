"""Rules of a simulated charger's reservations, in any OCPP version."""

from datetime import UTC, datetime, timedelta

import pytest

from ocpp_core.domain.commands import ReserveNow
from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.reservations import Reservations, ReserveOutcome

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ONE, TWO = ConnectorId(1), ConnectorId(2)
FREE = {ONE: ConnectorStatus.AVAILABLE, TWO: ConnectorStatus.AVAILABLE}


def wish(
    number: int = 1,
    connector_id: ConnectorId | None = ONE,
    *,
    token: str = "A",
    group: str | None = None,
    minutes: int = 30,
) -> ReserveNow:
    return ReserveNow(
        reservation_id=number,
        id_token=IdToken(token),
        expires_at=NOW + timedelta(minutes=minutes),
        connector_id=connector_id,
        group_token=None if group is None else IdToken(group),
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (ConnectorStatus.AVAILABLE, ReserveOutcome.ACCEPTED),
        (ConnectorStatus.CHARGING, ReserveOutcome.OCCUPIED),
        (ConnectorStatus.FINISHING, ReserveOutcome.OCCUPIED),
        (ConnectorStatus.FAULTED, ReserveOutcome.FAULTED),
        (ConnectorStatus.UNAVAILABLE, ReserveOutcome.UNAVAILABLE),
    ],
)
def test_the_connectors_state_decides(status: ConnectorStatus, outcome: ReserveOutcome) -> None:
    assert outcome is Reservations().reserve(wish(), {ONE: status}, NOW)


def test_what_is_over_or_nowhere_is_rejected() -> None:
    subject = Reservations()

    assert ReserveOutcome.REJECTED is subject.reserve(wish(minutes=0), FREE, NOW)
    assert ReserveOutcome.REJECTED is subject.reserve(wish(1, ConnectorId(9)), FREE, NOW)
    assert () == subject.kept


@pytest.mark.parametrize("nowhere", [None, ConnectorId(0)])
def test_the_whole_charger_is_reserved_only_by_one_that_can(nowhere: ConnectorId | None) -> None:
    assert ReserveOutcome.REJECTED is Reservations().reserve(wish(1, nowhere), FREE, NOW)
    assert ReserveOutcome.ACCEPTED is Reservations(whole=True).reserve(wish(1, nowhere), FREE, NOW)


def test_one_connector_has_one_reservation_and_the_same_id_replaces() -> None:
    subject = Reservations()
    subject.reserve(wish(1), FREE, NOW)

    assert ReserveOutcome.OCCUPIED is subject.reserve(wish(2, token="B"), FREE, NOW)
    assert ReserveOutcome.ACCEPTED is subject.reserve(wish(1, TWO, token="B"), FREE, NOW)
    assert not subject.holds(ONE)
    assert subject.holds(TWO)


def test_only_the_token_or_its_group_may_use_the_connector() -> None:
    subject = Reservations()
    subject.reserve(wish(group="G"), FREE, NOW)

    assert subject.admits(ONE, IdToken("a"), free=2)
    assert subject.admits(ONE, IdToken("B"), free=2, group_token=IdToken("g"))
    assert not subject.admits(ONE, IdToken("B"), free=2)
    assert subject.admits(TWO, IdToken("B"), free=2)


def test_a_reservation_of_the_charger_keeps_one_connector_free() -> None:
    subject = Reservations(whole=True)
    subject.reserve(wish(1, None), FREE, NOW)

    assert subject.admits(ONE, IdToken("B"), free=2)
    assert not subject.admits(ONE, IdToken("B"), free=1)
    assert subject.admits(ONE, IdToken("A"), free=1)
    assert ReserveOutcome.ACCEPTED is subject.reserve(wish(2, None, token="B"), FREE, NOW)
    assert ReserveOutcome.OCCUPIED is subject.reserve(wish(3, None, token="C"), FREE, NOW)


def test_a_reservation_is_over_at_its_end_or_when_cancelled() -> None:
    subject = Reservations()
    subject.reserve(wish(1, ONE, minutes=10), FREE, NOW)
    subject.reserve(wish(2, TWO, minutes=20), FREE, NOW)

    assert NOW + timedelta(minutes=10) == subject.next_expiry
    assert [1] == [r.reservation_id for r in subject.expire(NOW + timedelta(minutes=10))]
    assert subject.cancel(2) is not None
    assert subject.cancel(2) is None
    assert subject.next_expiry is None


def test_the_most_exact_reservation_is_used_first() -> None:
    subject = Reservations(whole=True)
    subject.reserve(wish(1, None), FREE, NOW)
    subject.reserve(wish(2, ONE), FREE, NOW)
    claimed = subject.claimed(ONE, IdToken("A"))

    assert claimed is not None
    assert 2 == claimed.reservation_id
