"""What is learned of chargers, in words; pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ocpp_core.domain.charger_profile import Fact

WORDS: Mapping[str, tuple[str, str]] = {
    Fact.RATE_UNITS: ("takes limits in", ""),
    Fact.HIGHEST_STACK_LEVEL: ("highest stack level", ""),
    Fact.MAX_PERIODS: ("periods in a schedule, at most", ""),
    Fact.MAX_PROFILES: ("profiles that it keeps, at most", ""),
    Fact.MAX_KEYS: ("settings in a question, at most", ""),
    Fact.MAX_SET_ITEMS: ("settings in an order, at most", ""),
    Fact.SWITCHES_PHASES: ("says that it can switch phases", ""),
    Fact.OBEYS_PHASES: ("keeps to one phase when told to", ""),
    Fact.PURPOSES: ("purposes of profiles that it accepted", ""),
    Fact.REFUSED_PURPOSES: ("purposes of profiles that it refused", ""),
    Fact.ORDER_FORM: ("form of orders that it accepted", ""),
    Fact.TAKES_ZERO: ("accepts a limit of 0", ""),
    Fact.LOWEST_LIMIT_A: ("lowest limit above 0 that it accepted", "A"),
    Fact.REACTION_S: ("time until it keeps a lower limit, at most", "s"),
    Fact.REGISTER_MODE: ("its meter counts", ""),
    Fact.CLOCK_AHEAD_S: ("its clock is ahead by", "s"),
    Fact.ANSWERS_PINGS: ("answers pings", ""),
    Fact.SLOWEST_ANSWER_S: ("slowest answer", "s"),
}
"""Fact -> what it says, and the unit of its value."""

_EVIDENCE = {
    "shared": "another charger of the model showed it",
    "asked": "it said so",
    "observed": "it did so",
    "configured": "a person said so",
}
_VALUES = {
    "true": "yes",
    "false": "no",
    "lifetime": "over its lifetime",
    "session": "each session from 0",
}


def words(fact: str) -> str:
    """Say what a fact is about."""
    return WORDS.get(fact, (fact, ""))[0]


def value(fact: str, text: str) -> str:
    """Write the value of a fact with its unit."""
    unit = WORDS.get(fact, ("", ""))[1]
    shown = _VALUES.get(text, text.replace(",", ", "))
    return f"{shown} {unit}".strip()


def evidence(word: str) -> str:
    """Say why a fact is believed."""
    return _EVIDENCE.get(word, word)


def unknown(findings: pd.DataFrame) -> list[str]:
    """Return what a charger has neither said nor shown by these rows of `charger_findings`."""
    shown = set(findings.loc[findings["verified"].astype(bool), "fact"])
    return [words(fact) for fact in Fact if fact.value not in shown]
