"""A PostgreSQL server of our own for as long as it is needed, as a user who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs; Debian keeps them off the PATH. None: none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").is_file()), None)


@contextmanager
def server(programs: Path, *, durable: bool = True) -> Iterator[str]:
    """Start a server that listens on a socket file alone, and yield how to reach it (libpq)."""
    user = _user()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        _run(
            programs / "initdb", "--auth=trust", "--no-sync", "-U", "ampherd", "-D", data, user=user
        )
        options = ["-c", "listen_addresses=", "-k", folder]
        if not durable:
            options += ["-c", "fsync=off"]
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _run(programs / "pg_isready", "-h", folder, "-t", "30", user=user, tries=100)
            yield f"dbname=postgres user=ampherd host={folder}"
        finally:
            process.terminate()
            process.wait()


def _user() -> str | None:
    """Return who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(*command: Path | str, user: str | None, tries: int = 1) -> None:
    for left in reversed(range(tries)):
        done = subprocess.run(
            command, user=user, cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
        if not left:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")
