"""Rules of a simulated charger's local list, in any OCPP version."""

from datetime import UTC, datetime

import pytest

from ocpp_core.domain.commands import ListUpdate, LocalListEntry, SendLocalList
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken
from ocpp_core.sim.local_list import ListOutcome, LocalList

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def entry(
    name: str, status: AuthorizationStatus | None = AuthorizationStatus.ACCEPTED
) -> LocalListEntry:
    return LocalListEntry(id_token=IdToken(name), status=status)


def full(version: int, *names: str) -> SendLocalList:
    return SendLocalList(version=version, entries=tuple(map(entry, names)))


def differential(version: int, *entries: LocalListEntry) -> SendLocalList:
    return SendLocalList(version=version, update=ListUpdate.DIFFERENTIAL, entries=entries)


def names(subject: LocalList) -> list[str]:
    return [kept.id_token for kept in subject.entries]


def test_a_full_update_replaces_the_list_whatever_its_version() -> None:
    subject = LocalList()

    assert ListOutcome.ACCEPTED is subject.update(full(7, "A", "B"))
    assert ListOutcome.ACCEPTED is subject.update(full(3, "C"))
    assert (3, ["C"]) == (subject.version, names(subject))


def test_a_differential_update_adds_changes_and_removes() -> None:
    subject = LocalList()
    subject.update(full(1, "A", "B"))
    blocked = entry("a", AuthorizationStatus.BLOCKED)

    assert ListOutcome.ACCEPTED is subject.update(
        differential(2, blocked, entry("B", None), entry("C"))
    )
    assert (2, ["a", "C"]) == (subject.version, names(subject))
    state = subject.state(IdToken("A"), NOW)
    assert state is not None
    assert AuthorizationStatus.BLOCKED is state.status


@pytest.mark.parametrize("version", [1, 2])
def test_a_differential_update_must_be_newer(version: int) -> None:
    subject = LocalList()
    subject.update(full(2, "A"))

    assert ListOutcome.VERSION_MISMATCH is subject.update(differential(version, entry("B")))
    assert (2, ["A"]) == (subject.version, names(subject))


@pytest.mark.parametrize(
    "command",
    [
        full(3, "B", "b"),
        full(3, *"BCDEF"),
        full(0, "B"),
        SendLocalList(version=3, entries=(entry("B", None),)),
        differential(3, *map(entry, "BCDE")),
    ],
    ids=["twice", "too long", "no version", "no state", "too many in all"],
)
def test_an_update_that_cannot_be_taken_changes_nothing(command: SendLocalList) -> None:
    subject = LocalList(max_entries=4, max_update=4)
    subject.update(full(2, "A"))

    assert ListOutcome.FAILED is subject.update(command)
    assert (2, ["A"]) == (subject.version, names(subject))


def test_an_empty_list_has_version_0() -> None:
    subject = LocalList()
    subject.update(full(2, "A"))

    assert ListOutcome.ACCEPTED is subject.update(full(5))
    assert (0, []) == (subject.version, names(subject))


def test_a_token_expires_and_an_unknown_one_has_no_state() -> None:
    subject = LocalList()
    ending = LocalListEntry(
        id_token=IdToken("A"), status=AuthorizationStatus.ACCEPTED, expires_at=NOW
    )
    subject.update(SendLocalList(version=1, entries=(ending,)))
    state = subject.state(IdToken("A"), NOW)

    assert state is not None
    assert AuthorizationStatus.EXPIRED is state.status
    assert subject.state(IdToken("B"), NOW) is None
