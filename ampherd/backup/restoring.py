"""Putting a backup in the place of a database, and taking that back."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ampherd.backup.copying import Source, check_room, copy_file
from ampherd.backup.making import CONFIGURATION, TLS
from ampherd.backup.manifest import Advance, BackupFile, Manifest, faults_of, read_manifest
from ampherd.config import Config
from analytics.contents import Contents, look_into
from analytics.schema.migrations import migrations
from ocpp_core.domain.errors import AmpherdError, StoreLockedError

_ASIDE = "before-restore"
_STAGED = ".restoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A backup that is as its manifest says, and opens."""

    folder: Path
    manifest: Manifest
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done."""

    files: tuple[str, ...]
    """Put in place, or that would be."""
    aside: Path | None
    """Folder with what was there before; None: nothing was, or it was a dry run."""


def check_backup(
    folder: Path, config: Config, *, started: Callable[[int], None], advance: Advance
) -> Checked:
    """Compare a backup with its manifest, open it and read all of it; raises AmpherdError."""
    manifest = read_manifest(folder)
    started(manifest.size_bytes)
    if faults := faults_of(folder, manifest, advance):
        raise AmpherdError(f"{folder} is damaged: {'; '.join(faults)}", hint="take another backup")
    newest = migrations()[-1].version
    if manifest.schema_version > newest:
        raise AmpherdError(
            f"{folder} was made by a later version (schema {manifest.schema_version}, this one "
            f"knows {newest})",
            hint="install that version first",
        )
    contents = look_into(folder / manifest.database, count=True)
    if contents.site_id != config.site.site_id:
        raise AmpherdError(
            f"{folder} is of the site {contents.site_id!r}, {config.path} describes "
            f"{config.site.site_id!r}",
            hint="choose the configuration of that site with --config",
        )
    stem, ours = Path(manifest.database).stem, config.store_path.stem
    if contents.archived and stem != ours:
        raise AmpherdError(
            f"{folder} has an archive, which finds its database only by the name {stem!r}",
            hint=f'write path = "{manifest.database}" into [store] of {config.path}',
        )
    return Checked(folder=folder, manifest=manifest, contents=contents)


def check_unused(path: Path) -> None:
    """Raise StoreLockedError when a process owns the database."""
    if not path.exists():
        return
    try:
        with path.open("r+b") as file:
            if sys.platform != "win32":
                import fcntl  # noqa: PLC0415 - not on Windows

                # DuckDB holds such a lock as long as it has the file open.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_UN)
    except OSError as error:
        raise StoreLockedError(
            f"{path} is in use: nothing was changed", hint="stop the server, then restore"
        ) from error


def restore(
    backup: Checked,
    config: Config,
    at: datetime,
    *,
    secrets: bool,
    started: Callable[[int], None],
    advance: Advance,
) -> Restored:
    """Put a backup in place; what was there is kept aside. Raises AmpherdError, changing nothing.

    The configuration and certificates are left alone: they are in the backup for whoever has to
    set up a new machine.
    """
    target = config.store_path
    check_unused(target)
    files = restored_files(backup.manifest, secrets=secrets)
    folder = target.parent
    staged = folder / f"{target.stem}{_STAGED}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, sum(file.bytes for file in files), what="the restored database")
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(mode=0o700)
        started(sum(file.bytes for file in files))
        for file in files:
            source = Source(
                path=backup.folder / file.name, name=_renamed(file.name, backup, target)
            )
            if copy_file(source, staged, advance).sha256 != file.sha256:
                _changed(file.name)
        aside = _swap(staged, target, at, keeps_secrets=not secrets)
    except OSError as error:
        raise AmpherdError(
            f"nothing was changed: {error.filename or folder}: {error.strerror}"
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Restored(files=tuple(file.name for file in files), aside=aside)


def restored_files(manifest: Manifest, *, secrets: bool) -> list[BackupFile]:
    """Return the files of a backup that are put beside the database."""
    return [
        file
        for file in manifest.files
        if (secrets or not file.secret)
        and file.name != CONFIGURATION
        and Path(file.name).parts[0] != TLS
    ]


def undo(config: Config, at: datetime) -> Restored:
    """Put back what the last restore replaced; what is there now is kept aside in turn."""
    target = config.store_path
    check_unused(target)
    kept = sorted(target.parent.glob(f"{target.stem}.{_ASIDE}-*"))
    if not kept:
        raise AmpherdError(
            f"nothing was restored to {target}, or what it replaced is gone",
            hint=f"it would be in {target.parent / f'{target.stem}.{_ASIDE}-TIME'}",
        )
    names = tuple(sorted(path.name for path in kept[-1].iterdir()))
    try:
        aside = _swap(kept[-1], target, at, keeps_secrets=True)
        kept[-1].rmdir()
    except OSError as error:
        raise AmpherdError(f"nothing was changed: {error.strerror}") from error
    return Restored(files=names, aside=aside)


def _swap(coming: Path, target: Path, at: datetime, *, keeps_secrets: bool) -> Path | None:
    """Move what is at the target aside and what comes into its place; all of it or nothing."""
    folder = target.parent
    new = {path.name for path in coming.iterdir()}
    going = [
        path
        for path in _belongings(target)
        if path.name in new or not (keeps_secrets and path.name.endswith(_PROOFS))
    ]
    aside = _free(folder / f"{target.stem}.{_ASIDE}-{at:%Y%m%dT%H%M%SZ}")
    moved: list[tuple[Path, Path]] = []
    try:
        if going:
            aside.mkdir(mode=0o700)
        steps = [(path, aside / path.name) for path in going]
        steps += [(coming / name, folder / name) for name in sorted(new)]
        for was, becomes in steps:
            was.rename(becomes)
            moved.append((was, becomes))
        _sync(folder)
    except BaseException:
        for was, now in reversed(moved):
            now.rename(was)
        if going and aside.is_dir():
            aside.rmdir()
        raise
    return aside if going else None


def _free(path: Path) -> Path:
    """Return the path, or one that sorts after it where something was set aside that second."""
    number = 1
    free = path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


_PROOFS = (".tokens.json", ".credentials.json", ".sql-token")


def _belongings(target: Path) -> Iterable[Path]:
    """Return the database, its log, its archive and its small files."""
    stem = target.stem
    ours = {target.name, f"{target.name}.wal", f"{target.name}.tmp", f"{stem}.archive"}
    for path in sorted(target.parent.glob(f"{stem}.*")):
        small = path.suffix == ".json" or path.name.endswith(_PROOFS)
        if path.name in ours or (small and path.is_file()):
            yield path


def _renamed(name: str, backup: Checked, target: Path) -> str:
    """Return a file's name beside the target: its database may have another name."""
    theirs = Path(backup.manifest.database)
    if name == theirs.name:
        return target.name
    rest = name.removeprefix(theirs.stem)
    return f"{target.stem}{rest}" if rest != name else name


def _changed(name: str) -> None:
    raise AmpherdError(f"{name} changed while it was copied", hint="is the backup's disk sound?")


def _sync(folder: Path) -> None:
    """Make renames last; not every system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
