"""Importers of history: read a file, preview what it would become, write it in batches.

Every importer has the same two steps. `read_…(path, …)` gives a `Reading`: usable rows, and
rejected rows with line and reason; it changes nothing. `import_…(store, reading, …)` writes the
rows that are not there yet and gives an `ImportReport`, with whose id `undo_import` takes it back.
"""

from analytics.importers.files import SessionFormat, read_session_file
from analytics.importers.mapping import ACN, TRONDHEIM, FileMapping, SessionColumns, read_mapping
from analytics.importers.reading import ImportReport, Progress, Reading, RejectedRow
from analytics.importers.recorded import BilledLine, RecordedSession
from analytics.importers.rules import ImportRules, Overlaps
from analytics.importers.runs import undo_import
from analytics.importers.series import (
    PRICE_UNITS,
    EmissionRow,
    PowerQuantity,
    PowerRow,
    PriceRow,
    SeriesColumns,
    find_series,
    named_series,
    read_emissions,
    read_power,
    read_prices,
)
from analytics.importers.series_files import (
    EMISSION_UNITS,
    SeriesFile,
    SeriesKind,
    import_series,
)
from analytics.importers.series_writing import import_emissions, import_power, import_prices
from analytics.importers.sessions import read_sessions
from analytics.importers.tables import ColumnsUnclearError, CsvLayout, ZoneNeededError
from analytics.importers.writing import import_sessions, preview_sessions

__all__ = [
    "ACN",
    "EMISSION_UNITS",
    "PRICE_UNITS",
    "TRONDHEIM",
    "BilledLine",
    "ColumnsUnclearError",
    "CsvLayout",
    "EmissionRow",
    "FileMapping",
    "ImportReport",
    "ImportRules",
    "Overlaps",
    "PowerQuantity",
    "PowerRow",
    "PriceRow",
    "Progress",
    "Reading",
    "RecordedSession",
    "RejectedRow",
    "SeriesColumns",
    "SeriesFile",
    "SeriesKind",
    "SessionColumns",
    "SessionFormat",
    "ZoneNeededError",
    "find_series",
    "import_emissions",
    "import_power",
    "import_prices",
    "import_series",
    "import_sessions",
    "named_series",
    "preview_sessions",
    "read_emissions",
    "read_mapping",
    "read_power",
    "read_prices",
    "read_session_file",
    "read_sessions",
    "undo_import",
]
