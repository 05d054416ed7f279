"""Run one benchmark and keep its numbers: `make bench NAME=plan`.

A benchmark is a module of this folder with `main() -> dict[str, object]`: it prints its own table
and returns the numbers behind it. They are written to `benchmarks/results/NAME.json` together with
what was printed and what is needed to judge it later: the machine, the versions, the revision.
`make docs` puts the tables into docs/performance.md.
"""

import contextlib
import importlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def names() -> list[str]:
    """Return every benchmark of this folder."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def machine() -> dict[str, object]:
    """Describe the hardware and the system, without anything that identifies the machine."""
    described: dict[str, object] = {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
    }
    cpu = re.search(r"model name\s*:\s*(.+)", _read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _read("/proc/meminfo"))
    if cpu:
        described["cpu"] = cpu[1]
    if memory:
        described["memory_gb"] = round(int(memory[1]) / 1024**2, 1)
    return described


def versions() -> dict[str, str]:
    """Return the installed version of each runtime dependency that pyproject.toml names."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {}
    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement)
        if name:
            try:
                installed[name[0]] = metadata.version(name[0])
            except metadata.PackageNotFoundError:
                continue  # not for this platform
    return installed


def revision() -> str | None:
    """Return the git revision, `-dirty` when the checkout differs from it; None outside git."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None


def settings() -> str:
    """Return the variables that change what is measured, as one would write them before make."""
    places = {"AMPHERD_DATA", "AMPHERD_BENCH_FOLDER"}
    names = sorted(name for name in os.environ if name.startswith("AMPHERD_"))
    return "".join(f"{name}={os.environ[name]} " for name in names if name not in places)


class _Said(io.TextIOBase):
    """Standard output that remembers what was written to it."""

    def __init__(self, to: TextIO) -> None:
        self.text = ""
        self._to = to

    def write(self, text: str, /) -> int:
        self.text += text
        return self._to.write(text)

    def flush(self) -> None:
        self._to.flush()


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named and write its result file."""
    known = names()
    if not arguments:
        print("make bench NAME=…  where NAME is one of", *known, sep="\n  ")
        return 0
    if len(arguments) != 1 or arguments[0] not in known:
        wrong = " ".join(arguments)
        print(f"there is no benchmark {wrong!r}, only {', '.join(known)}", file=sys.stderr)
        return 2
    name = arguments[0]
    run: Callable[[], dict[str, object]] = importlib.import_module(f"benchmarks.{name}").main
    started, begun = datetime.now(UTC), time.perf_counter()
    said = _Said(sys.stdout)
    with contextlib.redirect_stdout(said):
        result = run()
    record = {
        "benchmark": name,
        "command": f"{settings()}make bench NAME={name}",
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - begun, 1),
        "revision": revision(),
        "machine": machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": versions(),
        "printed": said.text.splitlines(),
        "result": result,
    }
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / f"{name}.json"
    written.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"written: {written.relative_to(HERE.parent)}", file=sys.stderr)
    return 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
