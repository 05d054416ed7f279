"""A file for whoever helps: what was found and how the site is set up, without its secrets."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from ampherd import __version__
from ampherd.config import Config
from ampherd.config.faults import dotted
from ampherd.config.shown import leaves
from ampherd.doctor.examine import Report
from ocpp_core.domain.errors import AmpherdError

_HIDDEN = frozenset({"token", "group", "driver", "password", "password_file", "password_env"})
"""Keys of the configuration whose values say who somebody is, or prove it."""
_README = """\
Made by `ampherd doctor --bundle`: what it found, the settings in force, versions, numbers of rows
and counters. Not in it: passwords, tokens, keys, certificates, messages of chargers, names of
drivers. Names of the site, its circuits and chargers are in it.
"""


def write_bundle(path: Path, config: Config | None, report: Report, notes: str) -> None:
    """Write the file, readable by its owner only; raises AmpherdError."""
    content = {
        "README.txt": _README,
        "findings.json": _json([asdict(one) for one in report.findings]),
        "findings.txt": notes,
        "versions.json": _json(versions()),
        "tables.json": _json(report.tables),
        "counters.json": _json(report.counters),
    }
    if config is not None:
        content["configuration.json"] = _json(settings(config))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with (
            os.fdopen(handle, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, text in content.items():
                archive.writestr(name, text)
    except FileExistsError:
        raise AmpherdError(f"{path} is there already", hint="choose another name") from None
    except OSError as error:
        raise AmpherdError(f"{path} cannot be written: {error.strerror}") from error


def settings(config: Config) -> dict[str, object]:
    """Return every setting in force, without what must not leave the machine."""
    return {
        dotted(path): "********" if str(path[-1]) in _HIDDEN else value
        for path, value in leaves(config.spec, ())
    }


def versions() -> dict[str, str]:
    """Return what runs here."""
    found = {
        "ampherd": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for name in ("duckdb", "duckdb-extension-quack", "pulp", "highspy", "websockets", "streamlit"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
