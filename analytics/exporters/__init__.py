"""Exporters: every question of the Reader as CSV, Parquet or XLSX, and sessions as OCPI CDRs."""

from analytics.exporters.catalogue import Exportable, Parameter, exportable, exportables
from analytics.exporters.cdrs import Cdrs, cdrs_of
from analytics.exporters.files import MEDIA_TYPES, FileFormat, csv_bytes, written
from analytics.exporters.operator import Operator

__all__ = [
    "MEDIA_TYPES",
    "Cdrs",
    "Exportable",
    "FileFormat",
    "Operator",
    "Parameter",
    "cdrs_of",
    "csv_bytes",
    "exportable",
    "exportables",
    "written",
]
