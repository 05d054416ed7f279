"""Several replays at once, in processes of their own, and what can be replayed by its name.

Workers are fresh interpreters that import this package alone. What they find is what one process
finds; they leave Ctrl-C to their parent, which ends them.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing.queues import Queue
from queue import Empty
from typing import Protocol

from ocpp_core.domain.plan import PlanOptions
from optimizer import DEFAULT_OPTIONS
from optimizer.replay.ahead import FromHistory
from optimizer.replay.hindsight import hindsight
from optimizer.replay.information import DEFAULTS, Defaults, Information
from optimizer.replay.outcome import Outcome
from optimizer.replay.planned import Planned
from optimizer.replay.rules import EDF, EQUAL_SHARE, LLF, UNMANAGED
from optimizer.replay.setup import Setup
from optimizer.replay.simulate import simulate
from optimizer.replay.situation import Strategy
from optimizer.replay.stay import RecordedStay

HINDSIGHT = "hindsight"
STRATEGIES = {
    "unmanaged": "everybody at full power at once, whatever the limits",
    "edf": "earliest departure first",
    "llf": "who can wait least first",
    "equal-share": "everybody alike",
    "lp": "our planner, of the cars that are there",
    "lp-history": "our planner, which also expects what the days before were like",
    HINDSIGHT: "the best that was possible, everything known beforehand: a bound",
}
"""What can be compared, in the order of tables."""

_POLL_S = 0.2


class Progress(Protocol):
    """Told how far replays are."""

    def start(self, total: int, words: str) -> None:
        """Begin `total` replays."""
        ...

    def advanced(self, strategy: str, share: float) -> None:
        """A strategy is done to this share."""
        ...

    def finish(self, words: str) -> None:
        """Everything is done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One strategy on one setup."""

    strategy: str
    """One of `STRATEGIES`."""
    setup: Setup
    information: Information = Information.PERFECT
    defaults: Defaults = DEFAULTS
    before: tuple[RecordedStay, ...] = ()
    """Stays of the past that forecasts learn from."""
    options: PlanOptions = DEFAULT_OPTIONS


def strategy_of(task: Task) -> Strategy:
    """Return the strategy of a task; raises KeyError for hindsight, which does not decide."""
    rules: dict[str, Strategy] = {rule.name: rule for rule in (UNMANAGED, EDF, LLF, EQUAL_SHARE)}
    match task.strategy:
        case "lp":
            return Planned(options=task.options)
        case "lp-history":
            ahead = FromHistory(before=task.before)
            return Planned(name="lp-history", options=task.options, ahead=ahead)
        case name:
            return rules[name]


def run(task: Task, advanced: Callable[[str, float], None] | None = None) -> Outcome:
    """Run a task here."""
    told = _tell_nobody if advanced is None else advanced
    if task.strategy == HINDSIGHT:
        outcome = hindsight(task.setup)
        told(task.strategy, 1.0)
        return outcome
    return simulate(
        task.setup,
        strategy_of(task),
        information=task.information,
        defaults=task.defaults,
        before=task.before,
        advanced=lambda share: told(task.strategy, share),
    )


def run_all(
    tasks: Sequence[Task], *, workers: int = 1, progress: Progress | None = None
) -> tuple[Outcome, ...]:
    """Run tasks, in processes where more than one may run; what comes of it is the same."""
    if progress is not None:
        progress.start(len(tasks), f"{len(tasks)} strategies")
    if workers <= 1 or len(tasks) <= 1:
        told = None if progress is None else progress.advanced
        outcomes = [run(task, told) for task in tasks]
    else:
        outcomes = _in_processes(tasks, min(workers, len(tasks)), progress)
    if progress is not None:
        progress.finish("")
    # What came back from a process holds a copy of its setup.
    return tuple(
        replace(outcome, setup=task.setup) for outcome, task in zip(outcomes, tasks, strict=True)
    )


def _tell_nobody(strategy: str, share: float) -> None:
    del strategy, share


_told: Queue[tuple[str, float]] | None = None


def _begin(told: Queue[tuple[str, float]]) -> None:
    """In a worker: leave Ctrl-C to the parent, and keep where to tell how far one is."""
    global _told  # noqa: PLW0603 (a process has one)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _told = told


def _work(task: Task) -> Outcome:
    def advanced(strategy: str, share: float) -> None:
        if _told is not None:
            _told.put((strategy, share))

    return run(task, advanced)


def _in_processes(tasks: Sequence[Task], workers: int, progress: Progress | None) -> list[Outcome]:
    context = multiprocessing.get_context("spawn")
    told: Queue[tuple[str, float]] = context.Queue()
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        max_workers=workers, mp_context=context, initializer=_begin, initargs=(told,)
    )
    try:
        futures = [pool.submit(_work, task) for task in tasks]
        waiting: set[Future[Outcome]] = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            _pass_on(told, progress)
        return [future.result() for future in futures]
    except BaseException:
        # Ctrl-C, or a strategy that failed: nobody waits for the others.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        told.close()


def _pass_on(told: Queue[tuple[str, float]], progress: Progress | None) -> None:
    while True:
        try:
            strategy, share = told.get_nowait()
        except Empty:
            return
        if progress is not None:
            progress.advanced(strategy, share)
