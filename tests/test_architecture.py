"""The shape of the repository. Who may import whom: import-linter's contracts in pyproject.toml."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("ampherd", "analytics", "dashboards", "ocpp_core", "optimizer")
LOCKS = ("runtime.txt", "dev.txt")

MODULE_BUDGET = 600
"""Lines above which a module needs a reason here (house style 18)."""

EXPLAINED_LONG_MODULES: dict[str, str] = {}
"""Path of the module: why it is not split."""

CLOCK_READS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
INPUT_AND_OUTPUT = {
    "asyncio", "http", "logging", "multiprocessing", "os", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib",
}  # fmt: skip


def modules(folder: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / folder).rglob("*.py")))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def named_modules(tree: ast.AST, known: Iterable[str]) -> set[str]:
    """Return which of the known modules a module imports, whole or by names in them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(inside & set(known) or {node.module})
    return found & set(known)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=name(path))


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    foreign = [
        f"{name(path)}: {module}"
        for path in modules("ocpp_core/domain")
        for module in imports(parsed(path))
        if module.partition(".")[0] not in sys.stdlib_module_names
        and not f"{module}.".startswith("ocpp_core.domain.")
    ]

    assert [] == foreign


def test_the_domain_does_no_input_or_output() -> None:
    """Except for its clock, which can wait, and its ports, which name the future of a commit."""
    reaching_out = [
        f"{name(path)}: {module}"
        for path in modules("ocpp_core/domain")
        if path.stem not in {"clock", "ports"}
        for module in imports(parsed(path))
        if module.partition(".")[0] in INPUT_AND_OUTPUT
    ]

    assert [] == reaching_out


def test_importing_a_part_of_ocpp_core_does_not_import_the_others() -> None:
    """`import ocpp_core.domain` runs `ocpp_core/__init__.py`; import-linter does not see that."""
    assert [] == list(imports(parsed(ROOT / "ocpp_core" / "__init__.py")))


def test_no_modules_import_one_another_in_a_circle_not_even_for_types() -> None:
    known = {
        name(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for package in PACKAGES
        for path in modules(package)
    }
    graph = TopologicalSorter(
        {module: named_modules(parsed(path), known) - {module} for module, path in known.items()}
    )

    graph.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_only_a_clock_module_reads_the_clock(package: str) -> None:
    """The demo runs at 60 times real time: whoever needs the time is handed a clock."""
    reads = [
        f"{name(path)}:{node.lineno}: {read}"
        for path in modules(package)
        if path.stem not in {"clock", "ports"}
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and any(f".{ast.unparse(node)}".endswith(f".{read}") for read in CLOCK_READS)
        for read in [ast.unparse(node)]
    ]

    assert [] == reads


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_stay_within_the_budget(package: str) -> None:
    long = {
        name(path): lines
        for path in modules(package)
        if (lines := len(path.read_text("utf-8").splitlines())) > MODULE_BUDGET
    }

    assert {} == {path: n for path, n in long.items() if path not in EXPLAINED_LONG_MODULES}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_hashes_everything(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    requirements = [line for line in text.splitlines() if line and line[0] not in " #"]

    assert "://" not in text
    assert [] == [
        line for line in requirements if not re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+ ", line)
    ]
    assert len(requirements) == len(re.findall(r"== ?\S+[^\n]*\\\n    --hash=sha256:", text))


def test_both_locks_agree() -> None:
    runtime, dev = (_versions(lock) for lock in LOCKS)

    assert runtime.items() <= dev.items()


def test_duckdb_and_its_extensions_have_one_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = [line for line in project["dependencies"] if "duckdb" in line and "==" in line]
    locked = _versions("runtime.txt")

    assert 1 == len(pins)
    assert {pins[0].removeprefix("duckdb==")} == {
        version for package, version in locked.items() if package.startswith("duckdb")
    }


def test_no_committed_file_names_a_place_on_somebody_s_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    place = re.compile(rb"(?<![\w.])/(root|home/\w+|Users/\w+)/")

    assert [] == [
        path
        for path in listed.stdout.split("\0")
        if path and (ROOT / path).is_file() and place.search((ROOT / path).read_bytes())
    ]


def _versions(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", text, flags=re.MULTILINE))
