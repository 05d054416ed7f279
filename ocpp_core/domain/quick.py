"""Values that are made for every message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

__all__ = ["quick_dataclass", "quick_maker"]

if TYPE_CHECKING:
    from dataclasses import dataclass as quick_dataclass
else:

    def quick_dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], type]:
        """Make a dataclass that only the type checker freezes.

        A frozen dataclass sets each field through `object.__setattr__`. A stored message, with 16
        fields, takes 1.7 us to make that way and 0.5 us this way.
        """
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)


def quick_maker[**P, T](made: Callable[P, T]) -> Callable[P, T]:
    """Return a function that makes a quick dataclass as the class itself does, in half the time.

    CPython packs the keywords of a call into a dictionary where a class is called, and not where
    a function is: 0.22 us for a stored message instead of 0.50, 0.10 for four fields instead of
    0.22 (CPython 3.13).
    """
    cls: Any = made
    known: dict[str, Any] = {"_new": object.__new__, "_cls": cls}
    heads, steps = ["*"], ["made = _new(_cls)"]
    for field in fields(cls):
        head = field.name
        if field.default is not MISSING:
            head += f"=_default_{field.name}"
            known[f"_default_{field.name}"] = field.default
        elif field.default_factory is not MISSING:
            raise TypeError(f"{cls.__name__}.{field.name}: its default is made anew each time")
        heads.append(head)
        steps.append(f"made.{field.name} = {field.name}")
    body = "; ".join((*steps, "return made"))
    exec(f"def make({', '.join(heads)}): {body}", known)  # noqa: S102 - as dataclasses do it
    make: Callable[P, T] = known["make"]
    return make
