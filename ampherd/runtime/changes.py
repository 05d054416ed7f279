"""Word that something changed, for everybody who watches the site now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


class Changes:
    """Wakes everybody who watches the live view."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Tell the watchers; several notes before they look are one."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def watch(self) -> AsyncIterator[None]:
        """Yield after each change."""
        while True:
            changed = self._changed
            await changed.wait()
            yield
