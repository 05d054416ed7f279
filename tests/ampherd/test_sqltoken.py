"""The token of live SQL is secret, and can be changed while a server runs."""

from __future__ import annotations

import stat
from pathlib import Path

from ampherd.sqltoken import SqlTokenFile


def test_the_token_is_made_once_and_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    file = SqlTokenFile(tmp_path / "depot.sql-token")

    token = file.token()

    assert token == file.token()
    assert len(token) >= 40
    assert 0o600 == stat.S_IMODE(file.path.stat().st_mode)
    assert file.knows(token)
    assert not file.knows("")
    assert not file.knows(token[:-1])


def test_a_new_token_counts_at_once_and_the_old_one_no_more(tmp_path: Path) -> None:
    server, command = (SqlTokenFile(tmp_path / "depot.sql-token") for _ in range(2))
    old = server.token()
    assert server.knows(old)

    new = command.rotate()

    assert server.knows(new)
    assert not server.knows(old)


def test_a_token_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    file = SqlTokenFile(tmp_path / "depot.sql-token")
    exposed = file.token()
    file.path.chmod(0o644)

    assert exposed != file.token()
    assert 0o600 == stat.S_IMODE(file.path.stat().st_mode)


def test_without_a_file_nobody_is_known(tmp_path: Path) -> None:
    assert not SqlTokenFile(tmp_path / "depot.sql-token").knows("")
