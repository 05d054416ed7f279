"""Several replays at once, in processes of their own, and what can be replayed by its name.

Workers are fresh interpreters that import this package alone. What they find is what one process
finds; they leave Ctrl-C to their parent, which ends them, and end by themselves when it is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
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
    "lp-history": "our planner, with what the days before say of peaks or of cars to come",
    HINDSIGHT: "the most energy, then the least cost, with everything known beforehand: a bound",
}
"""What can be compared, in the order of tables."""

_POLL_S = 0.2


class ReplayStopped(KeyboardInterrupt):
    """Ctrl-C came before every task was done; holds what those are that were."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__(f"stopped after {len(outcomes)} replays")
        self.outcomes = tuple(outcomes)


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
            ahead = FromHistory.for_what_is_told(task.information, task.before)
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
    """Run tasks, in processes where more than one may run; what comes of it is the same.

    Ctrl-C raises ReplayStopped.
    """
    if progress is not None:
        progress.start(len(tasks), f"{len(tasks)} strategies")
    done: dict[int, Outcome] = {}
    try:
        if workers <= 1 or len(tasks) <= 1:
            told = None if progress is None else progress.advanced
            for number, task in enumerate(tasks):
                done[number] = run(task, told)
        else:
            _in_processes(tasks, min(workers, len(tasks)), progress, done)
    except KeyboardInterrupt:
        raise ReplayStopped(_in_order(tasks, done)) from None
    finally:
        if progress is not None:
            progress.finish("")
    return _in_order(tasks, done)


def _in_order(tasks: Sequence[Task], done: Mapping[int, Outcome]) -> tuple[Outcome, ...]:
    # What came back from a process holds a copy of its setup.
    return tuple(replace(done[n], setup=tasks[n].setup) for n in sorted(done))


def _tell_nobody(strategy: str, share: float) -> None:
    del strategy, share


_told: Queue[tuple[str, float]] | None = None


def _begin(told: Queue[tuple[str, float]]) -> None:
    """In a worker: leave Ctrl-C to the parent, and keep where to tell how far one is."""
    global _told  # noqa: PLW0603 (a process has one)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _told = told


def _end_with_parent() -> None:
    """A parent that was killed ends nobody, and a worker would wait for its next task for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: Task) -> Outcome:
    def advanced(strategy: str, share: float) -> None:
        if _told is not None:
            _told.put((strategy, share))

    return run(task, advanced)


def _in_processes(
    tasks: Sequence[Task], workers: int, progress: Progress | None, done: dict[int, Outcome]
) -> None:
    context = multiprocessing.get_context("spawn")
    told: Queue[tuple[str, float]] = context.Queue()
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        max_workers=workers, mp_context=context, initializer=_begin, initargs=(told,)
    )
    try:
        futures = {pool.submit(_work, task): number for number, task in enumerate(tasks)}
        waiting: set[Future[Outcome]] = set(futures)
        while waiting:
            ready, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in ready:
                done[futures[future]] = future.result()
            _pass_on(told, progress)
    except BaseException:
        # Ctrl-C, or a strategy that failed: nobody waits for the others.
        pool.shutdown(wait=False, cancel_futures=True)
        workers_left = set(multiprocessing.active_children()) - others
        for process in workers_left:
            process.terminate()
        for process in workers_left:
            process.join()
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
