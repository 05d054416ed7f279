"""What was consumed, used and earned: the store, its read side, tariffs, importers.

`analytics.open(url)` is the way in for whoever only wants to read.
"""

from analytics.reader import Reader
from analytics.reader import open_reader as open  # noqa: A004 -- `analytics.open(url)` is the promised name

__all__ = ["Reader", "open"]
