"""The Django app `reports`."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the slices of `reports`."""

    name = "reports"

    def ready(self) -> None:
        """Make the kinds of jobs of this app known, count what needs somebody for the rail, and keep open screens current."""
        from merchant.core.outbox.relay import pump
        from merchant.core.outbox.services import on
        from merchant.core.pages import frame
        from reports.audit_log import checking  # noqa: F401
        from reports.audit_log.exporting import AUDIT
        from reports.customer_service.exporting import CUSTOMERS
        from reports.demo import trading  # noqa: F401
        from reports.exports import handlers as exports
        from reports.exports import tasks  # noqa: F401
        from reports.exports.formats.registry import register
        from reports.kpis.exporting import FORMATS
        from reports.overview.live import home_boxes
        from reports.overview.need_queries import count_needs
        from reports.search.live import changed_rows

        for format_ in (*FORMATS, CUSTOMERS, AUDIT):
            register(format_)
        frame.counts_from(count_needs)
        exports.register()
        on("*", changed_rows.note)
        on("*", home_boxes.note)
        pump("rows-on-screens", changed_rows.draw, after="outbox")
        pump("home-on-screens", home_boxes.draw)
