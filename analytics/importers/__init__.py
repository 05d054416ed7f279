"""Importers of history: read a file, preview what it would become, write it in batches.

Every importer has the same two steps. `read_…(path, …)` gives a `Reading`: usable rows, and
rejected rows with line and reason; it changes nothing. `import_…(store, reading, …)` writes the
rows that are not there yet and gives an `ImportReport`.
"""

from analytics.importers.reading import ImportReport, Reading, RejectedRow
from analytics.importers.series import (
    PowerQuantity,
    PowerRow,
    PriceRow,
    import_power,
    import_prices,
    read_power,
    read_prices,
)
from analytics.importers.sessions import (
    ACN,
    TRONDHEIM,
    RecordedSession,
    SessionColumns,
    read_sessions,
)
from analytics.importers.writing import import_sessions

__all__ = [
    "ACN",
    "TRONDHEIM",
    "ImportReport",
    "PowerQuantity",
    "PowerRow",
    "PriceRow",
    "Reading",
    "RecordedSession",
    "RejectedRow",
    "SessionColumns",
    "import_power",
    "import_prices",
    "import_sessions",
    "read_power",
    "read_prices",
    "read_sessions",
]
