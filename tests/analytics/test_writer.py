"""When the writer commits what waits."""

from __future__ import annotations

import pytest

from analytics.writer import CommitPolicy

_POLICY = CommitPolicy(window_s=0.02, stretch=2.0)


@pytest.mark.parametrize(
    ("elapsed_s", "waiting", "before", "due"),
    [
        (0.019, 500, 500, False),  # not before the window has ended
        (0.020, 50, 50, True),  # nobody else comes
        (0.020, 12, 10, False),  # more come: they may share this commit
        (0.040, 12, 10, True),
        (0.030, 180, 150, False),
        (0.030, 220, 190, True),  # many wait: sooner
        (0.020, 400, 300, True),
    ],
)
def test_a_commit_waits_for_more_only_while_more_come(
    elapsed_s: float, waiting: int, before: int, due: bool
) -> None:
    assert due == _POLICY.is_due(elapsed_s=elapsed_s, waiting=waiting, before=before)


def test_without_a_window_nothing_waits() -> None:
    policy = CommitPolicy(window_s=0)

    assert policy.is_due(elapsed_s=0.0, waiting=1, before=0)
