"""kill -9 under load: is everything that was acknowledged in the database?"""

from __future__ import annotations

from pathlib import Path

import analytics
from benchmarks._peers import Peer, Running, looped, mortal, running
from ocpp_core.domain.clock import SystemClock
from ocpp_core.sim.load import LoadOptions, Onlooker, run_load

KILLS = 3
ACKNOWLEDGED_BEFORE_A_KILL = 35_000
LONGEST_S = 60.0
"""Of the load before a kill; a server that is too slow for it fails the run."""

type Acknowledged = set[tuple[str, str]]
"""Charger and message id."""


def crash(peer: Peer, database: Path, stations: int) -> dict[str, int]:
    """Kill the server again and again, each time under load, and count what is missing.

    Raises RuntimeError when an acknowledged message is not stored once, or two transactions have
    one number.
    """
    acknowledged: Acknowledged = set()
    cut_off = 0
    for _ in range(KILLS):
        with mortal(peer) as server:
            cut_off += _load_until_killed(server, stations, acknowledged)
    with running([peer]):
        pass  # it recovers, and leaves in order
    found = {
        "kills": KILLS,
        "acknowledged": len(acknowledged),
        "cut_off": cut_off,
        **_compared(database, acknowledged),
    }
    print(
        f"\nkill -9 under load: {KILLS} times, {len(acknowledged):,} acknowledged, "
        f"{cut_off:,} cut off unanswered, {found['missing']} missing, "
        f"{found['stored_twice']} stored twice, "
        f"{found['transactions']:,} transactions, {found['numbers_given_twice']} numbers twice"
    )
    if found["missing"] or found["stored_twice"] or found["numbers_given_twice"]:
        raise RuntimeError(f"the server lost or doubled what it acknowledged: {found}")
    return found


def _load_until_killed(server: Running, stations: int, acknowledged: Acknowledged) -> int:
    """Return how many messages were under way at the end."""
    enough = len(acknowledged) + ACKNOWLEDGED_BEFORE_A_KILL

    def take_note(name: str, message_id: str) -> None:
        acknowledged.add((name, message_id))
        if len(acknowledged) == enough:
            server.process.kill()  # every other charger waits for an answer

    options = LoadOptions(
        url=f"ws://127.0.0.1:{server.port}/ocpp", stations=stations, duration_s=LONGEST_S
    )
    report = looped(run_load(options, SystemClock(), Onlooker(acknowledged=take_note)))
    if len(acknowledged) < enough or report.connected < stations or not report.lost:
        raise RuntimeError(f"the server was not killed under load: {report}")
    return report.lost


def _compared(database: Path, acknowledged: Acknowledged) -> dict[str, int]:
    with analytics.open(database) as reader:
        rows = reader.sql(
            "SELECT charge_point_id, message_id FROM ocpp_message "
            "WHERE direction = 'from-charger' AND outcome = 'answered'"
        )
        numbers = reader.sql(
            "SELECT CAST(json_extract(answer, '$[2].transactionId') AS BIGINT) AS number "
            "FROM ocpp_message WHERE action = 'StartTransaction' AND outcome = 'answered'"
        )["number"]
        sessions = reader.sql("SELECT transaction_id FROM session")["transaction_id"]
    names, ids = rows["charge_point_id"].tolist(), rows["message_id"].tolist()
    stored = set(zip(names, ids, strict=True))
    return {
        "stored": len(rows),
        "missing": len(acknowledged - stored),
        "stored_twice": len(rows) - len(stored),
        "transactions": len(sessions),
        "numbers_given_twice": int(sessions.duplicated().sum() + numbers.duplicated().sum()),
    }
