"""Values that are made for every message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

__all__ = ["quick_dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as quick_dataclass
else:
    from dataclasses import dataclass

    def quick_dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], type]:
        """Make a dataclass that only the type checker freezes.

        A frozen dataclass sets each field through `object.__setattr__`. A stored message, with 16
        fields, takes 1.7 us to make that way and 0.5 us this way.
        """
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)
