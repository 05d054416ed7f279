"""Is in the middle of a migration until it is killed."""

import sys
import time
from pathlib import Path

import duckdb

from analytics.schema.migrations import Migration, migrate
from tests.analytics.builders import NOON
from tests.analytics.test_schema import NEXT, OLD


def halt() -> bool:
    sys.stdout.write("in the middle\n")
    sys.stdout.flush()
    time.sleep(600)
    return True


path = Path(sys.argv[1])
with duckdb.connect(path) as connection:
    connection.create_function("halt", halt, [], "BOOLEAN", side_effects=True)
    halting = Migration(
        version=NEXT.version, name=NEXT.name, sql=f"{NEXT.sql}; DELETE FROM thing; SELECT halt()"
    )
    migrate(connection, path, NOON, (OLD, halting))
