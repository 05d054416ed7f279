"""What is in a backup, so that it can be judged without its server."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from ocpp_core.domain.errors import AmpherdError

FORMAT = "ampherd backup 1"
MANIFEST = "manifest.json"
_NAME = re.compile(r"ampherd-.+-\d{8}T\d{6}Z")
_CHUNK = 4 * 1024 * 1024

type Advance = Callable[[int], None]
"""Told how many bytes more are done."""


class BackupFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    name: str
    """Path within the backup, with slashes."""
    bytes: int
    sha256: str
    secret: bool = False
    """Chargers or clients prove themselves with what is in it."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole backup."""

    format: str
    site_id: str
    made_at: datetime
    ampherd: str
    """Version that made it."""
    database: str
    """Name of the database file; the other files are named after it."""
    schema_version: int
    scheduled: bool
    """Made by the server itself: removed when there are enough newer ones."""
    secrets: bool
    files: list[BackupFile]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.bytes for file in self.files)


def backup_name(site_id: str, at: datetime) -> str:
    """Return the name of a backup's folder."""
    return f"ampherd-{re.sub(r'[^A-Za-z0-9_-]', '_', site_id)}-{at:%Y%m%dT%H%M%SZ}"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, last: a backup without one is not finished."""
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    with (folder / MANIFEST).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup should hold; raises AmpherdError."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise AmpherdError(
            f"{folder} is no backup: it has no {MANIFEST}",
            hint="a backup that was broken off has none either; take an earlier one",
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise AmpherdError(f"{path} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise AmpherdError(
            f"{folder} is in the form {manifest.format!r}, this version knows {FORMAT!r}",
            hint="restore it with the version that made it, then upgrade",
        )
    for file in manifest.files:
        if ".." in Path(file.name).parts or Path(file.name).is_absolute():
            raise AmpherdError(f"{path} names a file outside the backup: {file.name}")
    return manifest


def faults_of(folder: Path, manifest: Manifest, advance: Advance) -> list[str]:
    """Return what is not as the manifest says, one sentence each."""
    faults = []
    for file in manifest.files:
        path = folder / file.name
        try:
            size = path.stat().st_size
            if size != file.bytes:
                faults.append(f"{file.name} has {size} bytes, not {file.bytes}")
            elif digest(path, advance) != file.sha256:
                faults.append(f"{file.name} was changed: its checksum is another")
        except OSError as error:
            faults.append(f"{file.name} cannot be read: {error.strerror}")
    return faults


def backups_in(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Yield the finished backups of a folder, the oldest first."""
    found = []
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_dir() and _NAME.fullmatch(path.name) and (path / MANIFEST).is_file():
                try:
                    found.append((path, read_manifest(path)))
                except AmpherdError:
                    continue
    yield from sorted(found, key=lambda pair: pair[1].made_at)


def digest(path: Path, advance: Advance) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            advance(len(chunk))
    return found.hexdigest()
