"""How hard the tests that try random cases try: AMPHERD_TEST_DEPTH times as many as usual."""

import os

DEPTH = float(os.environ.get("AMPHERD_TEST_DEPTH", "1"))


def times(usual: int) -> int:
    """Return how many cases to try where `usual` are enough for every day."""
    return max(1, round(usual * DEPTH))
