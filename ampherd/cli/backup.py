"""`ampherd backup` and `ampherd restore`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ampherd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, open_config
from ampherd.cli.output import columns, data, help_text, json_data, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ampherd.backup.manifest import Manifest
    from ampherd.config import Config

BACKUP_HELP = help_text(
    "Make a backup: the database, its archive, limits in force and what chargers taught.",
    "ampherd backup",
    "ampherd backup /mnt/backups",
    "ampherd backup --list",
    rest="It is a folder of its own with a manifest and a checksum of every file. While a server "
    "runs, it makes the backup (in its [backup] folder, then moved to where it was asked for) and "
    "goes on answering; otherwise this command does. Passwords, tokens, keys and the configuration "
    "are left out unless --secrets is given; only their owner may read the files.",
)
RESTORE_HELP = help_text(
    "Put a backup in the place of the database; what was there is kept aside.",
    "ampherd restore /mnt/backups/ampherd-depot-20260301T030000Z --dry-run",
    "ampherd restore /mnt/backups/ampherd-depot-20260301T030000Z",
    "ampherd restore --undo",
    rest="Every file is compared with the manifest, the database is opened and read whole, and "
    "only then anything is moved. The server must not be running. Chargers send again what they "
    "were not answered for; what they were answered for after the backup was made is not in it.",
)

SecretsOption = Annotated[
    bool, typer.Option("--secrets", help="With passwords, tokens, keys and the configuration.")
]


def backup(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to; not given: the folder of [backup].")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    secrets: SecretsOption = False,
    listed: Annotated[bool, typer.Option("--list", help="List the backups there are.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a backup."""
    from ampherd.backup.manifest import backups_in, read_manifest  # noqa: PLC0415 - quick help

    loaded = open_config(config)
    if listed:
        _list(list(backups_in(folder or backup_folder(loaded))), as_json=as_json)
        return
    made = _by_server(loaded, folder, secrets=secrets) or _by_us(loaded, folder, secrets=secrets)
    manifest = read_manifest(made)
    if as_json:
        json_data({"folder": str(made), "bytes": manifest.size_bytes, "secrets": manifest.secrets})
    else:
        data(str(made))
        say(f"{len(manifest.files)} files, {manifest.size_bytes / 1e6:,.1f} MB")
        if not secrets:
            say("Without secrets: keep the configuration and the tls folder elsewhere as well.")


def restore(
    backup: Annotated[Path | None, typer.Argument(help="The backup's folder.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what would be done.")
    ] = False,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Also tokens and passwords, where it holds them.")
    ] = False,
    undone: Annotated[
        bool, typer.Option("--undo", help="Put back what the last restore replaced.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in the place of the database."""
    from ampherd.backup import restoring  # noqa: PLC0415 - help stays quick
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    loaded = open_config(config)
    if undone == (backup is not None):
        raise typer.BadParameter("give the folder of a backup, or --undo")
    if backup is None:
        done = restoring.undo(loaded, SystemClock().now())
    else:
        restoring.check_unused(loaded.store_path)
        with progress("checking") as (started, advance):
            checked = restoring.check_backup(backup, loaded, started=started, advance=advance)
        say(_words(checked.manifest, checked.contents.rows))
        if dry_run:
            files = restoring.restored_files(checked.manifest, secrets=secrets)
            done = restoring.Restored(files=tuple(file.name for file in files), aside=None)
        else:
            with progress("restoring") as (started, advance):
                done = restoring.restore(
                    checked,
                    loaded,
                    SystemClock().now(),
                    secrets=secrets,
                    started=started,
                    advance=advance,
                )
    if as_json:
        aside = None if done.aside is None else str(done.aside)
        json_data({"files": done.files, "aside": aside, "dry_run": dry_run})
        return
    say(f"{'would put' if dry_run else 'put'} {len(done.files)} files beside {loaded.store_path}")
    if done.aside is not None:
        say(f"What was there is in {done.aside}; ampherd restore --undo puts it back.")


def backup_folder(config: Config) -> Path:
    """Return the configured folder of backups."""
    given = Path(config.spec.backup.folder).expanduser()
    return (config.path.absolute().parent / given).resolve()


@contextmanager
def progress(words: str) -> Iterator[tuple[Any, Any]]:
    """Show bytes as a bar on a terminal; gives how to start and how to advance it."""
    from rich.console import Console  # noqa: PLC0415 - help stays quick
    from rich.progress import (  # noqa: PLC0415 - see above
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(words, total=None)
    with bar:
        yield (
            lambda total: bar.update(task, total=total),
            lambda count: bar.advance(task, count),
        )


def _by_server(config: Config, folder: Path | None, *, secrets: bool) -> Path | None:
    """Let the server that runs make a backup; None when none runs."""
    from ampherd.runtime.addresses import running_server  # noqa: PLC0415 - help stays quick
    from ampherd.runtime.admin import admin_client  # noqa: PLC0415 - see above
    from ocpp_core.domain.errors import AmpherdError  # noqa: PLC0415 - see above

    running = running_server(config.addresses_path)
    if running is None:
        return None
    import httpx  # noqa: PLC0415 - see above

    with admin_client(config, running.api_url, "ampherd backup") as api:
        try:
            begun = api.post("/backups", json={"secrets": secrets})
        except httpx.TransportError:
            return None  # it was killed, and its note is left behind
        if begun.is_error:
            error = begun.json()["error"]
            raise AmpherdError(error["message"], hint=error["hint"])
        with progress("backup") as (started, advance):
            last, seen = begun.json(), 0
            while last["state"] == "running":
                time.sleep(0.2)
                last = api.get("/backups").json()["last"]
                started(last["total_bytes"] or None)
                advance(last["done_bytes"] - seen)
                seen = last["done_bytes"]
    if last["state"] != "done":
        raise AmpherdError(f"the backup failed: {last['error']}")
    made = Path(last["folder"])
    if folder is None:
        return made
    return _moved(made, folder)


def _by_us(config: Config, folder: Path | None, *, secrets: bool) -> Path:
    """Make a backup of a database that no server owns."""
    from ampherd.backup.making import Wanted, make_backup  # noqa: PLC0415 - help stays quick
    from analytics.snapshot import closed_file  # noqa: PLC0415 - see above
    from ocpp_core.domain.clock import SystemClock  # noqa: PLC0415 - see above

    wanted = Wanted(folder=(folder or backup_folder(config)).absolute(), secrets=secrets)
    with closed_file(config.store_path) as frozen, progress("backup") as (started, advance):
        return make_backup(
            config, frozen, wanted, SystemClock().now(), started=started, advance=advance
        )


def _moved(made: Path, folder: Path) -> Path:
    """Move a backup to where it was asked for, and prove that all of it has arrived."""
    import shutil  # noqa: PLC0415 - help stays quick

    from ampherd.backup.copying import check_room  # noqa: PLC0415 - see above
    from ampherd.backup.manifest import faults_of, read_manifest  # noqa: PLC0415 - see above
    from ocpp_core.domain.errors import AmpherdError  # noqa: PLC0415 - see above

    folder.mkdir(parents=True, exist_ok=True)
    target = folder.absolute() / made.name
    if folder.stat().st_dev == made.stat().st_dev:
        return made.rename(target)
    manifest = read_manifest(made)
    check_room(folder, manifest.size_bytes, what="the backup")
    try:
        shutil.copytree(made, target)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise AmpherdError(
            f"the backup is in {made}; it cannot be copied to {folder}: {error}"
        ) from error
    if faults := faults_of(target, manifest, lambda _: None):
        raise AmpherdError(f"the backup is in {made}; its copy is damaged: {'; '.join(faults)}")
    shutil.rmtree(made)
    return target


def _list(found: list[tuple[Path, Manifest]], *, as_json: bool) -> None:
    if as_json:
        json_data(
            [
                {
                    "folder": str(path),
                    "made_at": manifest.made_at.isoformat(),
                    "bytes": manifest.size_bytes,
                    "scheduled": manifest.scheduled,
                    "secrets": manifest.secrets,
                }
                for path, manifest in found
            ]
        )
        return
    rows = [
        (
            f"{manifest.made_at:%Y-%m-%d %H:%M}Z",
            f"{manifest.size_bytes / 1e6:,.1f} MB",
            "by itself" if manifest.scheduled else "by hand",
            "with secrets" if manifest.secrets else "",
            str(path),
        )
        for path, manifest in found
    ]
    data(columns(rows) if rows else "no backups")


def _words(manifest: Manifest, rows: int) -> str:
    return (
        f"backup of {manifest.site_id}, made {manifest.made_at:%Y-%m-%d %H:%M:%S}Z by Ampherd "
        f"{manifest.ampherd}: {len(manifest.files)} files as they should be, {rows:,} rows read"
    )
