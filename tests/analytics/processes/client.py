"""Reads a running store: once, and again for each line of its standard input."""

import json
import sys
from datetime import timedelta

import analytics
from tests.analytics.builders import NOON

with analytics.open(sys.argv[1], token=sys.argv[2]) as reader:
    while True:
        frame = reader.sessions(NOON, NOON + timedelta(days=1))
        told = {
            "sessions": len(frame),
            "energy_kwh": frame["energy_kwh"].sum(),
            "zone": str(frame["started_at"].dt.tz),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            break
