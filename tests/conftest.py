"""What every test shares. Markers, warnings and timeouts are set in pyproject.toml."""

import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.depth import DEPTH

# A shared build machine is slow now and then; pytest-timeout catches what really hangs.
# Properties are tried on the same examples every time; on new ones where more are asked for.
settings.register_profile("ampherd", deadline=None, derandomize=DEPTH <= 1)
settings.load_profile("ampherd")

# Long as well, though not marked slow: what they try is worth trying in every quick run.
LONG = frozenset({"test_backup.py", "test_idempotence.py", "test_promise.py"})


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let several workers begin with long modules, so that none waits for another's at the end.

    xdist by itself begins with the modules of most tests; the longest have few. One worker alone
    keeps its order: nobody wants to wait for the slow tests to hear of a quick one that fails.
    """
    if not hasattr(config, "workerinput"):
        return
    long = {item.path for item in items if item.get_closest_marker("slow")}
    long |= {item.path for item in items if item.path.name in LONG}
    tests = Counter(item.path for item in items)
    place = {path: number for number, path in enumerate(tests)}
    items.sort(key=lambda item: (item.path not in long, -tests[item.path], place[item.path]))


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put `__main__` back: Streamlit's AppTest replaces it, and then no process can be spawned."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
