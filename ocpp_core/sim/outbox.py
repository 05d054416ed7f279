"""What a charger has to tell, in order: news that only counts now, and transactions that must last.

Source: OCPP 1.6 section 3.7 (transaction-related messages are queued and delivered in order; others
may overtake them) and 3.7.1 (how often they are retried).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ocpp_core.sim.wire import NoAnswer, Outcome, Payload, new_message_id


@dataclass(slots=True, kw_only=True)
class Letter:
    """One CALL to be sent."""

    action: str
    payload: Callable[[], Payload]
    """Built when it is sent: a transaction's id may not be known before."""
    number: int
    transaction: str = ""
    """Name of the transaction that it tells of."""
    message_id: str = field(default_factory=new_message_id)
    outcome: asyncio.Future[Outcome]
    """How the first attempt ended, how the link's end ended it, or that it has to wait for the
    retry of an earlier one."""
    on_outcome: Callable[[Outcome], object] | None = None
    """Told when it is delivered or given up for good."""
    attempts: int = 0
    due: datetime | None = None
    """Not to be tried again before."""


class Outbox:
    """Two lanes: `urgent` dies with the link, `lasting` is kept until answered."""

    def __init__(self) -> None:
        self._urgent: deque[Letter] = deque()
        self._lasting: deque[Letter] = deque()
        self._count = 0
        self._backlog = 0
        """Number of the last letter from before the link came up."""
        self.discarded: list[Letter] = []
        """Lasting letters that were given up after too many attempts."""

    @property
    def lasting(self) -> int:
        """How many transaction messages wait."""
        return len(self._lasting)

    def holds(self, transaction: str | None) -> bool:
        """Tell whether messages of a transaction (None: of any) wait (OCPP 2.0.1 E14)."""
        return (
            bool(self._lasting)
            if transaction is None
            else any(letter.transaction == transaction for letter in self._lasting)
        )

    def add(
        self,
        action: str,
        payload: Callable[[], Payload],
        *,
        lasting: bool,
        on_outcome: Callable[[Outcome], object] | None = None,
        transaction: str = "",
    ) -> Letter:
        """Put a letter at the end of its lane."""
        self._count += 1
        letter = Letter(
            action=action,
            payload=payload,
            number=self._count,
            outcome=asyncio.get_running_loop().create_future(),
            on_outcome=on_outcome,
            transaction=transaction,
        )
        (self._lasting if lasting else self._urgent).append(letter)
        return letter

    def next(self, now: datetime) -> Letter | None:
        """Return the oldest letter that may be sent now; it stays until `done` or `retry`.

        What is urgent overtakes the backlog from before the link came up.
        """
        lasting = self._lasting[0] if self._lasting else None
        if lasting is not None and lasting.due is not None and lasting.due > now:
            lasting = None
        urgent = self._urgent[0] if self._urgent else None
        if lasting is None or urgent is None:
            return lasting or urgent
        if lasting.number <= self._backlog:
            return urgent
        return min(lasting, urgent, key=lambda letter: letter.number)

    def backlog(self) -> tuple[Letter, ...]:
        """Return the transaction messages from before the link came up, in order."""
        return tuple(letter for letter in self._lasting if letter.number <= self._backlog)

    @property
    def next_due(self) -> datetime | None:
        """When the first waiting transaction message may be tried again."""
        return self._lasting[0].due if self._lasting else None

    def done(self, letter: Letter, outcome: Outcome) -> None:
        """Take a letter out: it was delivered, or there is no use in trying again."""
        lane = self._lasting if self.is_lasting(letter) else self._urgent
        # The link may have died meanwhile and taken the urgent lane with it.
        if lane and lane[0] is letter:
            lane.popleft()
        _settle(letter, outcome)
        if letter.on_outcome is not None:
            letter.on_outcome(outcome)

    def give_up(self, letter: Letter, outcome: Outcome) -> None:
        """Take a lasting letter out after its last attempt, and remember it."""
        self.discarded.append(letter)
        self.done(letter, outcome)

    def retry(self, letter: Letter, outcome: Outcome, due: datetime | None) -> None:
        """Leave a lasting letter at the head of its lane for a later attempt.

        Whoever waits for those behind it is told that it takes longer.
        """
        letter.due = due
        _settle(letter, outcome)
        for behind in self._lasting:
            _settle(behind, NoAnswer(link_lost=False))

    def delay(self, letter: Letter) -> None:
        """Tell who waits for a letter that the one before it is to be tried again first."""
        _settle(letter, NoAnswer(link_lost=False))

    def is_lasting(self, letter: Letter) -> bool:
        """Tell whether a letter is the head of the lasting lane."""
        return bool(self._lasting) and self._lasting[0] is letter

    def link_up(self) -> None:
        """Take what waits now for a backlog."""
        self._backlog = self._count

    def link_lost(self) -> None:
        """Drop what only counted on the link that died; the rest may be sent on the next one."""
        lost, self._urgent = self._urgent, deque()
        for letter in lost:
            _settle(letter, NoAnswer(link_lost=True))
            if letter.on_outcome is not None:
                letter.on_outcome(NoAnswer(link_lost=True))
        for letter in self._lasting:
            letter.due = None
            _settle(letter, NoAnswer(link_lost=True))


def _settle(letter: Letter, outcome: Outcome) -> None:
    if not letter.outcome.done():
        letter.outcome.set_result(outcome)
