"""What every test shares. Markers, warnings and timeouts are set in pyproject.toml."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A shared build machine is slow now and then; pytest-timeout catches what really hangs.
# There, properties are tried on the same examples every time; elsewhere on new ones.
settings.register_profile("ampherd", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ampherd")


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put `__main__` back: Streamlit's AppTest replaces it, and then no process can be spawned."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
