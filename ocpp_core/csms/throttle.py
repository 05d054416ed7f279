"""Slows down password guessing: so many failures of one address and identity within a window."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class FailureWindow:
    """Counts wrong passwords by address and identity; the wall clock is given as `time`."""

    REMEMBERED = 10_000
    """Pairs kept; the oldest go first, so that a flood of identities cannot fill the memory."""

    def __init__(self, *, failures: int, window_s: float, time: Callable[[], float]) -> None:
        self._allowed = failures
        self._window_s = window_s
        self._time = time
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def allows(self, address: str, identity: str) -> bool:
        """Tell whether a password may be tried now."""
        since = self._time() - self._window_s
        recent = [at for at in self._failures.get((address, identity), ()) if at > since]
        return len(recent) < self._allowed

    def failed(self, address: str, identity: str) -> None:
        """Take note of a wrong password."""
        key, now = (address, identity), self._time()
        recent = [at for at in self._failures.pop(key, ()) if at > now - self._window_s]
        self._failures[key] = [*recent, now]
        while len(self._failures) > self.REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, identity: str) -> None:
        """Forget the failures of whoever knows the password."""
        self._failures.pop((address, identity), None)
