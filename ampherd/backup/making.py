"""Making a backup: which files, in which order, and how many are kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ampherd import __version__
from ampherd.backup.copying import Source, check_room, copy_file, write_copy
from ampherd.backup.manifest import (
    FORMAT,
    Advance,
    Manifest,
    backup_name,
    backups_in,
    write_manifest,
)
from ampherd.config import Config
from analytics.contents import look_into
from analytics.snapshot import FrozenFile
from ocpp_core.domain.errors import AmpherdError

PARTIAL = ".partial"
_SECRET = (".tokens.json", ".credentials.json", ".sql-token")
_PASSING = (".addresses.json",)
CONFIGURATION = "site.toml"
TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a backup should be."""

    folder: Path
    """In which it is made, under a name of its own."""
    secrets: bool = False
    scheduled: bool = False
    bytes_per_s: float = 0.0
    """Most that is copied in a second; 0: as fast as it goes."""


def sources_of(config: Config, *, secrets: bool) -> list[Source]:
    """Return the files beside the database that a backup holds; secrets only when wanted."""
    return [*_beside(config.store_path, secrets=secrets), *(_secrets(config) if secrets else ())]


def make_backup(
    config: Config,
    frozen: FrozenFile,
    wanted: Wanted,
    at: datetime,
    *,
    started: Callable[[int], None],
    advance: Advance,
) -> Path:
    """Copy everything and return the folder; raises AmpherdError, and leaves nothing half done."""
    others = sources_of(config, secrets=wanted.secrets)
    total = frozen.size_bytes + sum(source.path.stat().st_size for source in others)
    name = backup_name(config.site.site_id, at)
    whole, partial = wanted.folder / name, wanted.folder / f"{name}{PARTIAL}"
    try:
        wanted.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_room(wanted.folder, total, what="the backup")
        partial.mkdir(mode=0o700)
    except FileExistsError as error:
        raise AmpherdError(f"{partial} is there already", hint="try again in a second") from error
    except OSError as error:
        raise AmpherdError(f"{wanted.folder} cannot be used: {error.strerror}") from error
    try:
        started(total)
        write_manifest(partial, _copied(config, frozen, wanted, at, partial, advance))
        partial.rename(whole)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise AmpherdError(f"the backup broke off: {error.strerror or error}") from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return whole


def _copied(
    config: Config,
    frozen: FrozenFile,
    wanted: Wanted,
    at: datetime,
    folder: Path,
    advance: Advance,
) -> Manifest:
    database = Source(path=frozen.path, name=frozen.path.name)
    speed = wanted.bytes_per_s
    files = [write_copy(database, frozen.chunks(), folder, advance, bytes_per_s=speed)]
    if not frozen.intact():
        raise AmpherdError(
            "the database file was written to while it was copied", hint="make it again"
        )
    contents = look_into(folder / database.name)
    # Those that the copy knows: what was archived since is still in its tables.
    archived = [
        Source(path=config.store_path.parent / name, name=name) for name in contents.archived
    ]
    files += [
        copy_file(source, folder, advance, bytes_per_s=speed)
        for source in (*sources_of(config, secrets=wanted.secrets), *archived)
    ]
    return Manifest(
        format=FORMAT,
        site_id=config.site.site_id,
        made_at=at,
        ampherd=__version__,
        database=database.name,
        schema_version=contents.schema_version,
        scheduled=wanted.scheduled,
        secrets=wanted.secrets,
        files=files,
    )


def prune(folder: Path, site_id: str, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups that the server made of this site by itself."""
    made = [path for path, m in backups_in(folder) if m.scheduled and m.site_id == site_id]
    surplus = made[:-keep]
    for path in surplus:
        shutil.rmtree(path)
    for left in folder.glob(f"ampherd-*{PARTIAL}"):  # of a server that was killed
        shutil.rmtree(left, ignore_errors=True)
    return surplus


def _beside(store: Path, *, secrets: bool) -> Iterator[Source]:
    for path in sorted(store.parent.glob(f"{store.stem}.*")):
        suffix = path.name[len(store.stem) :]
        secret = suffix in _SECRET
        wanted = path.is_file() and (suffix.endswith(".json") or secret)
        if wanted and suffix not in _PASSING and (secrets or not secret):
            yield Source(path=path, name=path.name, secret=secret)


def _secrets(config: Config) -> Iterator[Source]:
    """Yield the configuration, which may hold passwords, and the site's own certificates."""
    yield Source(path=config.path, name=CONFIGURATION, secret=True)
    folder = config.security.folder
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            inside = path.relative_to(folder).as_posix()
            yield Source(path=path, name=f"{TLS}/{inside}", secret=True)
