"""Tokens are kept as hashes, in a file that only its owner reads."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampherd.tokens import Principal, Role, TokenStore
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import AmpherdError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ampherd.tokens.json"


def test_a_token_is_its_holder(path: Path) -> None:
    token = TokenStore(path).create("grafana", Role.VIEWER)

    assert Principal(name="grafana", role=Role.VIEWER) == TokenStore(path).verify(token)
    assert TokenStore(path).verify(token + "x") is None
    assert TokenStore(path).verify("") is None
    assert TokenStore(path).verify("\udc80") is None


def test_the_file_holds_no_token_and_is_its_owners_only(path: Path) -> None:
    token = TokenStore(path).create("grafana", Role.VIEWER)

    assert token not in path.read_text("utf-8")
    assert 0o600 == path.stat().st_mode & 0o777
    assert [path] == list(path.parent.iterdir())


def test_tokens_have_the_time_they_were_made(path: Path) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    store = TokenStore(path, clock=ManualClock(noon))
    store.create("a", Role.ADMIN)

    assert noon == TokenStore(path).entries()[0].created_at


def test_what_another_process_changes_counts_at_once(path: Path) -> None:
    server, terminal = TokenStore(path), TokenStore(path)
    tokens = [terminal.create(name, Role.VIEWER) for name in ("a", "b")]
    assert all(server.verify(token) for token in tokens)

    terminal.revoke("a")

    assert [None, Principal(name="b", role=Role.VIEWER)] == [server.verify(t) for t in tokens]
    path.unlink()
    assert server.verify(tokens[1]) is None


def test_a_name_is_given_once(path: Path) -> None:
    store = TokenStore(path)
    store.create("a", Role.VIEWER)

    with pytest.raises(AmpherdError, match="already"):
        store.create("a", Role.ADMIN)


def test_a_token_needs_a_name() -> None:
    with pytest.raises(AmpherdError, match="name"):
        TokenStore().create(" ", Role.VIEWER)


def test_revoking_what_is_not_there_says_so(path: Path) -> None:
    assert not TokenStore(path).revoke("a")


def test_a_broken_file_lets_nobody_in(path: Path) -> None:
    token = TokenStore(path).create("a", Role.ADMIN)
    path.write_text("{", "utf-8")

    with pytest.raises(AmpherdError, match="cannot be read"):
        TokenStore(path).verify(token)
