"""Index of the tables of `reports`."""

from reports.exports.models import ExportFile

__all__ = ["ExportFile"]
