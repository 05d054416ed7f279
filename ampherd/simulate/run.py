"""Running a made-up fleet until its time is over or somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path

from ampherd.simulate.profile import Simulation
from ocpp_core.domain.clock import AlarmClock, PacedClock, SystemClock, sleep
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.sim.fleet import Fleet, FleetSummary
from ocpp_core.sim.journal import Journal
from ocpp_core.sim.link import LinkPolicy

PROGRESS_S = 2.0
"""Between two looks at a running simulation, s of the wall clock."""


class Run:
    """One simulation; `summary` may be asked at any time."""

    def __init__(self, url: str, simulation: Simulation, *, journal: Path | None = None) -> None:
        self._simulation = simulation
        self._journal = journal
        self._files = contextlib.ExitStack()
        self._paced = (
            PacedClock(SystemClock().now(), simulation.speed) if simulation.speed != 1 else None
        )
        self._clock: AlarmClock = self._paced or SystemClock()
        self._begun = self._clock.now()
        self._last: FleetSummary | None = None
        self.fleet = Fleet(
            url,
            simulation.mix,
            clock=self._clock,
            password=simulation.password,
            passwords=simulation.passwords,
            tls=_tls(simulation) if url.startswith("wss:") else None,
            policy=LinkPolicy(call_timeout_s=simulation.answer_timeout_s),
            on_answered=self._open_journal(),
        )

    @property
    def elapsed_s(self) -> float:
        """Time since the start by the simulation's clock, s."""
        return (self._clock.now() - self._begun).total_seconds()

    def summary(self) -> FleetSummary:
        """Return how it goes, or, after the end, how it stood before everybody hung up."""
        return self._last or self.fleet.summary()

    async def run(self, look: Callable[[], None]) -> None:
        """Simulate; returns after the duration. `look` is called now and then."""
        with self._files:
            work: list[asyncio.Future[None]] = [asyncio.ensure_future(self.fleet.run())]
            work.append(asyncio.ensure_future(_looks(look)))
            if self._paced is not None:
                work.append(asyncio.ensure_future(self._paced.run()))
            if self._simulation.duration_s is not None:
                end = sleep(self._clock, self._simulation.duration_s)
                work.append(asyncio.ensure_future(end))
            try:
                done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    await task
            finally:
                self._last = self.fleet.summary()
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    def _open_journal(self) -> Journal | None:
        if self._journal is None:
            return None
        try:
            file = self._files.enter_context(self._journal.open("ab"))
        except OSError as error:
            raise ConfigurationError(
                f"the journal {self._journal} cannot be written: {error.strerror}"
            ) from None
        return Journal(file, self._clock.now)


async def _looks(look: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_S)
        look()


def _tls(simulation: Simulation) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=None if simulation.ca_file is None else str(simulation.ca_file)
        )
        if simulation.certificate_file is not None:
            context.load_cert_chain(simulation.certificate_file, simulation.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the certificates cannot be used: {error}") from None
    return context
