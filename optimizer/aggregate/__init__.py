"""The aggregate engine: large sites by what all cars of a kind draw together.

Cars that weigh alike on every limit that can bind, and whose undelivered energy costs the same,
are one pool, and the program has one column for each pool and slot. What a pool can draw over a
set S of slots is at most f(S) = sum over its cars of min(highest energy within S, energy wanted),
a polymatroid; profiles under all these limits are exactly those that can be split among the cars
(max-flow, min-cut). The limits are added where a solution breaks them, so that the objective is
that of the full program, and the split is found afterwards and costs nothing.

Cells that are not like their pool's (part of a slot only, or dearer than it) stay columns of their
own, made when they pay: see `pools`.
"""

from optimizer.aggregate.engine import may_suit, rounds, solve

__all__ = ["may_suit", "rounds", "solve"]
