"""Words that chargers spell in their own way."""

from __future__ import annotations

from collections.abc import Iterable


def spellings(words: Iterable[str]) -> dict[str, str]:
    """Return a table from each word, reduced by `reduced`, to the word as specified."""
    return {reduced(word): word for word in words}


def reduced(word: str) -> str:
    """Return a word without regard to case, blanks, hyphens and underscores."""
    return word.casefold().replace(" ", "").replace("_", "").replace("-", "")
