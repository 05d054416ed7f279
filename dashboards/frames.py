"""Raw OCPP frames as people read them: who said what, what was odd, tokens masked."""

from __future__ import annotations

import json
import re
from zoneinfo import ZoneInfo

import pandas as pd

from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import masked

_TOKEN = re.compile(r'("(?:idTag|parentIdTag|idToken|additionalIdToken)"\s*:\s*")([^"]*)(")')

OUTCOMES = {
    "answered": "answered",
    "refused": "refused with an error",
    "sent": "sent, no answer yet",
    "timed-out": "not answered in time",
    "link-lost": "the link broke before an answer",
    "unreadable": "no readable OCPP message",
}
"""What an outcome means, for people."""

COLUMNS = ("time", "charger", "from", "message", "outcome", "what was odd")


def without_tokens(text: str) -> str:
    """Return a frame with every driver's token masked but for its last four characters."""
    return _TOKEN.sub(lambda m: f"{m[1]}{masked(IdToken(m[2]))}{m[3]}", text)


def pretty(text: str | None) -> str:
    """Return a frame laid out over lines, or as it is where it is no JSON."""
    if not text:
        return ""
    shown = without_tokens(text)
    try:
        return json.dumps(json.loads(shown), indent=2, ensure_ascii=False)
    except ValueError:
        return shown


def findings_of(row: pd.Series) -> list[str]:
    """Return what was odd about a message, a sentence each."""
    return [line for line in str(row["findings"] or "").splitlines() if line]


def table(messages: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Return messages as a table for people, in the order given."""
    if messages.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    odd = messages["findings"].fillna("")
    more = odd.str.count("\n")
    first = odd.str.partition("\n")[0]
    return pd.DataFrame(
        {
            "time": messages["at"].dt.tz_convert(zone).dt.tz_localize(None),
            "charger": messages["charge_point_id"],
            "from": messages["direction"].map({"from-charger": "charger", "to-charger": "us"}),
            "message": messages["action"].where(messages["action"] != "", "(unreadable)"),
            "outcome": messages["outcome"].map(lambda word: OUTCOMES.get(word, word)),
            "what was odd": first.where(more < 1, first + more.map(lambda n: f" (+{n} more)")),
        }
    )


def lines(messages: pd.DataFrame) -> bytes:
    """Return messages as JSON lines, oldest first, tokens masked; for `ampherd replay-frames`."""
    rows = []
    for row in messages.iloc[::-1].to_dict("records"):
        answer = row["answer"]
        rows.append(
            {
                "at": row["at"].isoformat(),
                "charge_point_id": row["charge_point_id"],
                "direction": row["direction"],
                "ocpp_version": row["ocpp_version"],
                "action": row["action"],
                "message_id": row["message_id"],
                "outcome": row["outcome"],
                "findings": row["findings"] or "",
                "frame": without_tokens(row["frame"]),
                "answer": None if answer is None or pd.isna(answer) else without_tokens(answer),
            }
        )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
