"""Backups: whole while the store writes, checked before anything is replaced, and undone."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import analytics
from ampherd.backup.making import Wanted, make_backup, prune
from ampherd.backup.manifest import Manifest, backups_in, read_manifest
from ampherd.backup.restoring import check_backup, check_unused, restore, undo
from ampherd.config import Config, load_config
from ampherd.runtime.opening import open_store
from analytics.snapshot import closed_file, frozen_file
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.errors import AmpherdError, StoreError, StoreLockedError
from tests.ampherd.cli.test_serve import SITE
from tests.analytics.builders import Charger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "site").mkdir()
    path = tmp_path / "site" / "site.toml"
    path.write_text(SITE)
    loaded = load_config(path, {})
    for suffix in ("limits.json", "charger-profiles.json", "tokens.json", "credentials.json"):
        loaded.store_path.with_suffix(f".{suffix}").write_text("[]")
    return loaded


def opened(config: Config) -> Store:
    return open_store(config, ManualClock(NOON))


def nothing(_: int) -> None:
    pass


def backed_up(config: Config, folder: Path, **wanted: bool) -> Path:
    """Make a backup of a database that no server owns."""
    with closed_file(config.store_path) as frozen:
        return make_backup(
            config,
            frozen,
            Wanted(folder=folder, **wanted),
            NOON,
            started=nothing,
            advance=nothing,
        )


def messages(path: Path) -> int:
    with analytics.open(path) as reader:
        return int(reader.sql("SELECT count(*) AS n FROM ocpp_message")["n"].iloc[0])


async def filled(config: Config) -> None:
    async with opened(config) as store:
        for message in Charger("CP-1").whole_session(NOON, 7):
            await store.append(message)


async def test_a_backup_beside_a_store_that_writes_holds_what_was_stored_when_it_began(
    config: Config, tmp_path: Path
) -> None:
    charger = Charger("CP-1")
    async with opened(config) as store:
        store.serve_sql(0, "a-token-that-nobody-guesses")  # files are out of its reach then
        await asyncio.gather(
            *(store.append(charger.metered(NOON, 1000 + n, None)) for n in range(500))
        )
        async with frozen_file(store) as frozen:
            for n in range(500, 1500):
                await store.append(charger.metered(NOON, 1000 + n, None))
            folder = await asyncio.to_thread(
                make_backup,
                config,
                frozen,
                Wanted(folder=tmp_path / "backups"),
                NOON,
                started=nothing,
                advance=nothing,
            )
        await store.append(charger.metered(NOON, 9000, None))

    assert 500 == messages(folder / "ampherd.duckdb")
    assert 1501 == messages(config.store_path)


async def test_a_checkpoint_in_between_is_noticed(config: Config, tmp_path: Path) -> None:
    async with opened(config) as store:
        await store.append(Charger("CP-1").start(NOON, 7))
        async with frozen_file(store) as frozen:
            await store.append(Charger("CP-1").metered(NOON, 1000, None))
            await store.run(lambda database, _: database.connection.execute("CHECKPOINT"))

            assert not frozen.intact()
            with pytest.raises(AmpherdError, match="written to while it was copied"):
                make_backup(
                    config,
                    frozen,
                    Wanted(folder=tmp_path / "backups"),
                    NOON,
                    started=nothing,
                    advance=nothing,
                )
    assert [] == list((tmp_path / "backups").iterdir())


async def test_secrets_are_left_out_unless_wanted_and_nobody_else_may_read(
    config: Config, tmp_path: Path
) -> None:
    await filled(config)

    usual = read_manifest(backed_up(config, tmp_path / "usual"))
    folder = backed_up(config, tmp_path / "all", secrets=True)
    everything = read_manifest(folder)

    assert {"ampherd.duckdb", "ampherd.limits.json", "ampherd.charger-profiles.json"} == {
        file.name for file in usual.files
    }
    assert {"ampherd.tokens.json", "ampherd.credentials.json", "site.toml"} == {
        file.name for file in everything.files if file.secret
    }
    assert {0o700} == {stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent)}
    assert {0o600} == {
        stat.S_IMODE((folder / file.name).stat().st_mode) for file in everything.files
    }


async def test_what_is_restored_is_what_was_backed_up_and_can_be_undone(
    config: Config, tmp_path: Path
) -> None:
    await filled(config)
    folder = backed_up(config, tmp_path / "backups")
    before = messages(config.store_path)
    async with opened(config) as store:
        await store.append(Charger("CP-2").start(NOON + timedelta(hours=5), 8))
    config.store_path.with_suffix(".limits.json").write_text('["changed"]')

    checked = check_backup(folder, config, started=nothing, advance=nothing)
    done = restore(checked, config, NOON, secrets=False, started=nothing, advance=nothing)

    assert before == messages(config.store_path)
    assert "[]" == config.store_path.with_suffix(".limits.json").read_text()
    assert "[]" == config.tokens_path.read_text()  # stays: the backup has none
    assert done.aside is not None
    async with opened(config):  # a server starts on it
        pass

    undo(config, NOON + timedelta(minutes=1))

    assert before + 1 == messages(config.store_path)
    assert '["changed"]' == config.store_path.with_suffix(".limits.json").read_text()
    assert not done.aside.exists()


async def test_a_database_in_use_is_never_replaced(config: Config, tmp_path: Path) -> None:
    await filled(config)
    folder = backed_up(config, tmp_path / "backups")
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        str(config.store_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert owner.stdout is not None
    await owner.stdout.readline()

    with pytest.raises(StoreLockedError, match="in use"):
        check_unused(config.store_path)
    checked = check_backup(folder, config, started=nothing, advance=nothing)
    with pytest.raises(StoreLockedError, match="in use"):
        restore(checked, config, NOON, secrets=False, started=nothing, advance=nothing)
    with pytest.raises(StoreLockedError), closed_file(config.store_path):
        pass

    await owner.communicate()
    check_unused(config.store_path)


@pytest.mark.parametrize("fault", ["changed", "shorter", "missing"])
async def test_a_damaged_backup_is_refused(config: Config, tmp_path: Path, fault: str) -> None:
    await filled(config)
    folder = backed_up(config, tmp_path / "backups")
    database = folder / "ampherd.duckdb"
    content = bytearray(database.read_bytes())
    match fault:
        case "changed":
            content[len(content) // 2] ^= 1
            database.write_bytes(content)
        case "shorter":
            database.write_bytes(content[:-1])
        case _:
            database.unlink()

    with pytest.raises(AmpherdError, match="is damaged"):
        check_backup(folder, config, started=nothing, advance=nothing)
    assert messages(config.store_path) > 0


async def test_a_backup_without_its_end_or_of_another_site_is_refused(
    config: Config, tmp_path: Path
) -> None:
    await filled(config)
    folder = backed_up(config, tmp_path / "backups")
    other = replace(config, site=replace(config.site, site_id=type(config.site.site_id)("other")))

    with pytest.raises(AmpherdError, match="of the site 's'"):
        check_backup(folder, other, started=nothing, advance=nothing)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 9999}))
    with pytest.raises(AmpherdError, match="later version"):
        check_backup(folder, config, started=nothing, advance=nothing)
    evil = manifest["files"][0] | {"name": "../evil"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"files": [evil]}))
    with pytest.raises(AmpherdError, match="outside the backup"):
        check_backup(folder, config, started=nothing, advance=nothing)
    (folder / "manifest.json").unlink()
    with pytest.raises(AmpherdError, match="is no backup"):
        check_backup(folder, config, started=nothing, advance=nothing)


async def test_a_restore_that_fails_half_way_leaves_everything_as_it_was(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(config)
    folder = backed_up(config, tmp_path / "backups")
    checked = check_backup(folder, config, started=nothing, advance=nothing)
    at_first = {p.name: p.read_bytes() for p in config.store_path.parent.iterdir()}
    real = Path.rename
    calls = 0

    def fails_late(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", fails_late)
    with pytest.raises(AmpherdError, match="nothing was changed"):
        restore(checked, config, NOON, secrets=False, started=nothing, advance=nothing)
    monkeypatch.undo()

    assert at_first == {p.name: p.read_bytes() for p in config.store_path.parent.iterdir()}


async def test_only_scheduled_backups_beyond_the_number_are_removed(
    config: Config, tmp_path: Path
) -> None:
    await filled(config)
    folder = tmp_path / "backups"
    for day in range(4):
        with closed_file(config.store_path) as frozen:
            make_backup(
                config,
                frozen,
                Wanted(folder=folder, scheduled=day != 0),
                NOON + timedelta(days=day),
                started=nothing,
                advance=nothing,
            )
    (folder / "ampherd-s-20260101T000000Z.partial").mkdir()

    removed = prune(folder, "s", 2)

    assert ["ampherd-s-20260303T120000Z"] == [path.name for path in removed]
    kept: list[Manifest] = [manifest for _, manifest in backups_in(folder)]
    assert [2, 4, 5] == [manifest.made_at.day for manifest in kept]
    assert not list(folder.glob("*.partial"))


def test_what_is_no_database_is_said(config: Config) -> None:
    with pytest.raises(StoreError, match="no such database"), closed_file(config.store_path):
        pass
    config.store_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError), closed_file(config.store_path):
        pass


async def test_others_are_kept_out_of_the_database_during_and_after_a_backup(
    config: Config, tmp_path: Path
) -> None:
    """A POSIX lock is gone when its process closes any handle of the file."""

    async def intrude() -> str:
        intruder = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import duckdb, sys; duckdb.connect(sys.argv[1])",
            str(config.store_path),
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await intruder.communicate()
        return words.decode()

    await filled(config)
    async with opened(config) as store:
        async with frozen_file(store) as frozen:
            assert "Conflicting lock" in await intrude()
            await asyncio.to_thread(
                make_backup,
                config,
                frozen,
                Wanted(folder=tmp_path / "backups"),
                NOON,
                started=nothing,
                advance=nothing,
            )
        assert "Conflicting lock" in await intrude()
    assert "" == await intrude()


async def test_checkpoints_come_again_after_a_backup(config: Config) -> None:
    async with opened(config) as store:
        async with frozen_file(store):
            pass
        usual = await store.run(
            lambda database, _: database.connection.execute(
                "SELECT current_setting('wal_autocheckpoint')"
            ).fetchone()
        )
    with duckdb.connect() as fresh:
        assert parsed(fresh, usual[0]) == pytest.approx(64e6, rel=0.1)


def parsed(connection: duckdb.DuckDBPyConnection, size: str) -> int:
    row = connection.execute("SELECT parse_formatted_bytes($1)", [size]).fetchone()
    return int(row[0]) if row else 0
