"""Reports: one workbook for a month, which an accountant can use."""

from analytics.reports.month import Month, month_report

__all__ = ["Month", "month_report"]
