"""What chargers must prove, over restarts and changes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path

import pytest

from ampherd.config import SecuritySettings
from ampherd.config.security import ChargerAccess
from ampherd.security.credentials import CredentialStore
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import Access, KeyHash, SecurityProfile

CP1 = ChargePointId("CP-1")
OLD, NEW, NEWER = b"the old password", b"\xfe" * 20, b"\xfd" * 20
BASIC, TLS = SecurityProfile.BASIC, SecurityProfile.BASIC_TLS


def settings(profile: SecurityProfile = BASIC) -> SecuritySettings:
    return SecuritySettings(
        profile=profile,
        chargers={CP1: ChargerAccess(profile=profile, common_name="SN-1")},
        operator="Depot",
        folder=Path("tls"),
        tls=None,
        proxies=(ipaddress.ip_network("10.0.0.2"),),
        proxy_subject_header="",
    )


type Open = Callable[..., CredentialStore]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.credentials.json"


@pytest.fixture
def reopen(path: Path) -> Open:
    """Open the store as a process that has just started."""

    def make(password: bytes | None = OLD, profile: SecurityProfile = BASIC) -> CredentialStore:
        return CredentialStore(path, settings(profile), {} if password is None else {CP1: password})

    return make


def opens(store: CredentialStore, *passwords: bytes) -> list[bool]:
    return [any(key.matches(p) for key in store.access(CP1).keys) for p in passwords]


def key_of(store: CredentialStore, password: bytes) -> KeyHash:
    return next(key for key in store.access(CP1).keys if key.matches(password))


def test_what_is_configured_counts_at_first(reopen: Open) -> None:
    access = reopen().access(CP1)

    assert Access(profile=BASIC, keys=access.keys, common_name="SN-1") == access
    assert [True, False] == opens(reopen(), OLD, NEW)


def test_an_unknown_charger_is_anonymous_and_has_no_key(reopen: Open) -> None:
    assert Access(profile=BASIC, anonymous=True) == reopen().access(ChargePointId("X"))


class TestProfiles:
    def test_a_higher_one_that_was_used_is_asked_for_also_after_a_restart(
        self, reopen: Open
    ) -> None:
        """A05."""
        store = reopen()
        assert store.used(CP1, TLS, None)
        store.keep()

        access = reopen().access(CP1)

        assert (TLS, True) == (access.profile, access.reached)

    def test_it_counts_at_once_and_whoever_comes_waits_until_it_is_kept(
        self, reopen: Open, path: Path
    ) -> None:
        """A file is not written while the server waits for it."""
        store = reopen()
        assert [True, True] == [store.used(CP1, TLS, None) for _ in range(2)]
        assert not path.exists()
        assert TLS is store.access(CP1).profile
        store.keep()

        assert not store.used(CP1, TLS, None)

    def test_a_lower_one_changes_nothing(self, reopen: Open) -> None:
        store = reopen()
        store.used(CP1, TLS, None)
        store.used(CP1, BASIC, None)
        store.keep()

        assert TLS is reopen().access(CP1).profile

    def test_the_configured_one_is_kept_without_haste(self, reopen: Open, path: Path) -> None:
        store = reopen(profile=TLS)
        store.used(CP1, TLS, None)
        assert not path.exists()

        store.keep()

        assert TLS is reopen(profile=BASIC).access(CP1).profile

    def test_what_was_not_urgent_is_not_lost_by_an_urgent_change(self, reopen: Open) -> None:
        store = reopen(profile=TLS)
        store.used(CP1, TLS, None)
        store.set_key(CP1, NEW)

        assert TLS is reopen(profile=BASIC).access(CP1).profile

    def test_a_person_can_go_back(self, reopen: Open) -> None:
        store = reopen()
        store.used(CP1, TLS, None)
        store.keep()

        assert reopen().forget(CP1)
        assert not reopen().forget(CP1)
        assert BASIC is reopen().access(CP1).profile


class TestChangeOfPassword:
    def test_the_new_one_counts_before_it_is_sent_and_survives_a_crash(self, reopen: Open) -> None:
        reopen().expect(CP1, NEW)

        assert [True, True] == opens(reopen(), OLD, NEW)

    def test_once_accepted_the_old_one_counts_no_more(self, reopen: Open) -> None:
        store = reopen()
        store.expect(CP1, NEW)
        store.confirm(CP1)

        assert [False, True] == opens(store, OLD, NEW)
        assert [False, True] == opens(reopen(), OLD, NEW)

    def test_once_refused_the_new_one_counts_no_more(self, reopen: Open) -> None:
        store = reopen()
        store.expect(CP1, NEW)
        store.abandon(CP1)

        assert [True, False] == opens(reopen(), OLD, NEW)

    @pytest.mark.parametrize("used", [OLD, NEW])
    def test_without_an_answer_the_first_that_is_used_decides(
        self, reopen: Open, used: bytes
    ) -> None:
        store = reopen()
        store.expect(CP1, NEW)
        store.leave_open(CP1)
        assert [True, True] == opens(store, OLD, NEW)

        store.used(CP1, BASIC, key_of(store, used))

        assert [used == OLD, used == NEW] == opens(store, OLD, NEW)
        assert [used == OLD, used == NEW] == opens(reopen(), OLD, NEW)

    def test_the_old_one_may_be_used_while_the_answer_is_awaited(self, reopen: Open) -> None:
        store = reopen()
        store.expect(CP1, NEW)

        store.used(CP1, BASIC, key_of(store, OLD))

        assert [True, True] == opens(store, OLD, NEW)

    def test_the_new_one_may_be_used_before_its_acceptance_is_read(self, reopen: Open) -> None:
        store = reopen()
        store.expect(CP1, NEW)
        store.used(CP1, BASIC, key_of(store, NEW))
        store.confirm(CP1)

        assert [False, True] == opens(store, OLD, NEW)

    def test_two_changes_without_an_answer_leave_all_three(self, reopen: Open) -> None:
        """Whichever the charger has by now, it gets in."""
        store = reopen()
        for key in (NEW, NEWER):
            store.expect(CP1, key)
            store.leave_open(CP1)
        assert [True, True, True] == opens(store, OLD, NEW, NEWER)

        store.used(CP1, BASIC, key_of(store, NEW))

        assert [False, True, False] == opens(store, OLD, NEW, NEWER)

    def test_a_refusal_takes_back_the_newest_only(self, reopen: Open) -> None:
        store = reopen()
        store.expect(CP1, NEW)
        store.leave_open(CP1)
        store.expect(CP1, NEWER)
        store.abandon(CP1)

        assert [True, True, False] == opens(store, OLD, NEW, NEWER)

    def test_a_changed_one_counts_until_the_configuration_names_another(self, reopen: Open) -> None:
        reopen().set_key(CP1, NEW)

        assert [False, True] == opens(reopen(OLD), OLD, NEW)
        assert [True, False] == opens(reopen(NEWER), NEWER, NEW)

    def test_a_charger_without_a_configured_one_can_get_one(self, reopen: Open) -> None:
        reopen(None).set_key(CP1, NEW)

        assert [True] == opens(reopen(None), NEW)


class TestFile:
    def test_it_holds_no_password_and_is_its_owners_only(self, reopen: Open, path: Path) -> None:
        store = reopen()
        store.set_key(CP1, NEW)
        store.expect(CP1, NEWER)
        content = path.read_bytes()

        for secret in (OLD, NEW, NEWER):
            assert secret not in content
            assert secret.hex().encode() not in content
        assert 0o600 == path.stat().st_mode & 0o777

    def test_a_change_at_the_command_line_counts_in_a_server_that_runs(self, reopen: Open) -> None:
        server = reopen()
        reopen().set_key(CP1, NEW)

        assert [False, True] == opens(server, OLD, NEW)

    def test_for_many_chargers_the_file_is_looked_at_once(
        self, reopen: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, look = reopen(), CredentialStore._mark
        reopen().set_key(CP1, NEW)
        looks: list[CredentialStore] = []

        def counted(store: CredentialStore) -> tuple[int, int, int] | None:
            looks.append(store)
            return look(store)

        monkeypatch.setattr(CredentialStore, "_mark", counted)
        asked = server.accesses([CP1, ChargePointId("X"), ChargePointId("Y")])

        assert 1 == len(looks)
        assert {name: server.access(name) for name in asked} == asked
        assert asked[CP1].keys[0].matches(NEW)

    def test_changes_of_two_processes_are_both_kept(self, reopen: Open) -> None:
        server, line = reopen(), reopen()
        server.used(CP1, TLS, None)
        server.keep()
        line.set_key(CP1, NEW)
        server.used(CP1, SecurityProfile.MUTUAL_TLS, None)
        server.keep()

        assert [True] == opens(reopen(), NEW)
        assert SecurityProfile.MUTUAL_TLS is reopen().access(CP1).profile

    def test_one_that_is_not_understood_is_named_and_not_ignored(
        self, reopen: Open, path: Path
    ) -> None:
        path.write_text("{")

        with pytest.raises(StoreError, match=r"credentials\.json"):
            reopen()

    def test_what_cannot_be_written_is_told_and_changes_nothing(
        self, reopen: Open, path: Path
    ) -> None:
        store = reopen()
        path.parent.rmdir()
        path.parent.touch()  # a file where the folder was

        with pytest.raises(StoreError, match="cannot be written"):
            store.set_key(CP1, NEW)
        path.parent.unlink()
        path.parent.mkdir()
        assert [True, False] == opens(store, OLD, NEW)
