"""Drive a central system with made-up traffic: `python -m ocpp_core.sim --url ws://HOST/ocpp`.

Stops cleanly on SIGINT and SIGTERM, and after `--duration` seconds of its clock.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ocpp_core.domain.clock import AlarmClock, PacedClock, SystemClock, sleep
from ocpp_core.sim.synthetic import Journal, run_simulator, synthetic_points


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m ocpp_core.sim", description=__doc__)
    parser.add_argument("--url", required=True, help="endpoint, without the identity")
    parser.add_argument("--chargers", type=int, default=10)
    parser.add_argument("--connectors", type=int, default=1, help="of each charger")
    parser.add_argument("--prefix", default="SIM-", help="identities are PREFIX001, PREFIX002, …")
    parser.add_argument("--password", help="of every charger (HTTP Basic)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stay", type=float, default=30.0, help="mean seconds a car stays")
    parser.add_argument("--gap", type=float, default=5.0, help="mean seconds between cars")
    parser.add_argument("--meter-interval", type=int, default=2, help="seconds, 0: no meter values")
    parser.add_argument("--speed", type=float, default=1.0, help="times real time")
    parser.add_argument("--duration", type=float, help="seconds until it stops by itself")
    parser.add_argument("--journal", type=Path, help="file for one JSON line per answered CALL")
    return parser.parse_args(argv)


async def main(options: argparse.Namespace) -> None:
    """Simulate until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not on every platform; there Ctrl-C raises KeyboardInterrupt instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    paced = PacedClock(SystemClock().now(), options.speed) if options.speed != 1 else None
    clock: AlarmClock = paced or SystemClock()
    with contextlib.ExitStack() as files:
        journal = None
        if options.journal is not None:
            journal = Journal(files.enter_context(options.journal.open("ab")), clock.now)
        work: list[asyncio.Future[object]] = [
            asyncio.ensure_future(
                run_simulator(
                    options.url,
                    synthetic_points(
                        options.chargers, connectors=options.connectors, prefix=options.prefix
                    ),
                    clock=clock,
                    seed=options.seed,
                    stay_s=options.stay,
                    gap_s=options.gap,
                    meter_interval_s=options.meter_interval,
                    password=options.password.encode() if options.password else None,
                    journal=journal,
                )
            )
        ]
        if paced is not None:
            work.append(asyncio.ensure_future(paced.run()))
        ends: list[asyncio.Future[object]] = [asyncio.ensure_future(stop.wait())]
        if options.duration is not None:
            ends.append(asyncio.ensure_future(sleep(clock, options.duration)))
        try:
            done, _ = await asyncio.wait({*work, *ends}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            for task in (*work, *ends):
                task.cancel()
            await asyncio.gather(*work, *ends, return_exceptions=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(arguments()))
    sys.exit(0)
