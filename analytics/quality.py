"""What is checked in the data, declared once: what it means, by which rule, and what was done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that may be wrong with data."""

    name: str
    """As in the column `check_name`."""
    rule: str
    """When it is told, with its source where it has one."""
    done: str
    """What Ampherd did about it, or what is left to a person."""


_DECLARED = (
    Check(
        name="corrected sessions",
        rule="Registers fell, jumped, counted from the session's start, or the start was not "
        "metered (OCPP 2.0.1 J02.FR.16 and 17: registers rise and are not re-based).",
        done="A rule corrected the energy; the session names it, the raw values are kept.",
    ),
    Check(
        name="doubtful sessions",
        rule="The registers say less than nothing, or more than the connector can deliver.",
        done="Not billed beyond what readings prove; look at its messages and decide.",
    ),
    Check(
        name="assumed course",
        rule="Imported, or metered without a register.",
        done="The energy is spread as if it had been charged at the rating; sums are right, peaks "
        "are not.",
    ),
    Check(
        name="gaps in readings",
        rule="A quarter of an hour of a session without any reading, between others.",
        done="Its energy is spread evenly between the readings before and after. Ask the charger "
        "for a shorter MeterValueSampleInterval.",
    ),
    Check(
        name="wrong unit",
        rule="Over the period the mean power and the rise of the register differ by a factor "
        "between 500 and 2000, as when kWh are labelled Wh.",
        done="Nothing is changed by guessing: confirm the factor of the model, then sessions are "
        "worked out anew.",
    ),
    Check(
        name="clock drift",
        rule="The median stamp of a day is more than a minute off our clock; queued messages do "
        "not count.",
        done="Times are shown as the charger said and corrected beside; sessions stay on their "
        "own clock.",
    ),
    Check(
        name="energy between sessions",
        rule="The register stood higher at a start than at the stop before it (OCPP 2.0.1 "
        "J02.FR.16: one register for all sessions).",
        done="The energy belongs to nobody and is in no bill; it is in the charger's own counter.",
    ),
    Check(
        name="register fell between sessions",
        rule="The register stood lower at a start than at the stop before it: the meter was "
        "changed, or starts anew with each session.",
        done="Each session counts from its own start.",
    ),
    Check(
        name="long open sessions",
        rule="No stop for more than two days before the last message.",
        done="It stays open until its stop comes; see the likely reasons below.",
    ),
    Check(
        name="adopted transactions",
        rule="News of a transaction whose start never came.",
        done="The session counts from the first news of it; a late start fills it in.",
    ),
    Check(
        name="inferred stops",
        rule="A stop that named another transaction (OCPP 1.6 erratum 3.18: an id of -1).",
        done="Matched by connector, token and times.",
    ),
    Check(
        name="missing stops",
        rule="The stop never came, and later news of the connector shows that the car is gone.",
        done="Ended by a rule, as the session says; a late stop takes its place.",
    ),
    Check(
        name="energy without a price",
        rule="No price of the site's energy is known for the time.",
        done="Missing from the energy cost and told as its known share; import the prices.",
    ),
    Check(
        name="odd messages",
        rule="A message bends OCPP's rules; the Messages page says which.",
        done="Taken all the same where its meaning is clear; kept raw.",
    ),
    Check(
        name="refused messages",
        rule="A message could not be taken.",
        done="Answered with a CALLERROR, so that a charger keeps what counts; kept raw.",
    ),
    Check(
        name="unreadable frames",
        rule="A frame is no OCPP message.",
        done="Kept raw; nobody could be answered.",
    ),
    Check(
        name="doubtful samples",
        rule="A value with an unknown unit, an impossible number or a missing stamp.",
        done="Kept with its doubt and in no sum.",
    ),
    Check(
        name="rejected rows",
        rule="A row of an imported file could not be used.",
        done="Kept with line and reason; mend the file and import it again.",
    ),
)

CHECKS = {check.name: check for check in _DECLARED}
"""Every check by its name."""
