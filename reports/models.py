"""Index of the tables of `reports`."""

from reports.exports.models import ExportFile, ExportSchedule
from reports.overview.models import NeedOwner

__all__ = ["ExportFile", "ExportSchedule", "NeedOwner"]
