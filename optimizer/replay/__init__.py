"""What a time would have been under other rules, limits and prices, without sockets; pure."""

from optimizer.replay.ahead import FromHistory, nothing_ahead
from optimizer.replay.daily import Course, Day, DayQuality, Peaks, quality_of
from optimizer.replay.hindsight import hindsight
from optimizer.replay.information import Defaults, Information
from optimizer.replay.network import Network
from optimizer.replay.outcome import Money, Outcome, SlotOutcome, StayOutcome, Summary
from optimizer.replay.parallel import STRATEGIES, Progress, ReplayStopped, Task, run, run_all
from optimizer.replay.planned import Planned
from optimizer.replay.rules import EDF, EQUAL_SHARE, LLF, UNMANAGED, Rule
from optimizer.replay.series import Series
from optimizer.replay.setup import CarsGive, Interval, Pilots, Setup
from optimizer.replay.simulate import simulate
from optimizer.replay.situation import CarNow, Decision, Situation, Strategy
from optimizer.replay.stay import RecordedStay

__all__ = [
    "EDF",
    "EQUAL_SHARE",
    "LLF",
    "STRATEGIES",
    "UNMANAGED",
    "CarNow",
    "CarsGive",
    "Course",
    "Day",
    "DayQuality",
    "Decision",
    "Defaults",
    "FromHistory",
    "Information",
    "Interval",
    "Money",
    "Network",
    "Outcome",
    "Peaks",
    "Pilots",
    "Planned",
    "Progress",
    "RecordedStay",
    "ReplayStopped",
    "Rule",
    "Series",
    "Setup",
    "Situation",
    "SlotOutcome",
    "StayOutcome",
    "Strategy",
    "Summary",
    "Task",
    "hindsight",
    "nothing_ahead",
    "quality_of",
    "run",
    "run_all",
    "simulate",
]
