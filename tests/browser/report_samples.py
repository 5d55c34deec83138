"""Sample pages of reports and of scheduled exports."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.utils.safestring import SafeString

from merchant.core.money import Money
from merchant.core.pages.forms import FormPage
from merchant.core.pages.parts import Action, Choice, EmptyState, FilterBar, Link, ListFrame, Pager, Stat, TotalLine
from reports.exports.schedule_views import SchedulePage, ScheduleRow, schedule_fields
from reports.kpis import values
from reports.kpis.charts import TrendPoint, trend_chart
from reports.kpis.definitions import REPORTS
from reports.kpis.pages import (
    BridgeCard,
    BridgePage,
    BridgeStep,
    FactRow,
    FigureRow,
    IndicatorCard,
    IndicatorDay,
    IndicatorFigure,
    IndicatorPage,
    PeriodForm,
    ReportLink,
    ReportPage,
)
from reports.kpis.report import Unit

SALES = REPORTS["sales"]
NOTHING = EmptyState("chart-column", "Nothing in this period", "Choose other days or another calendar.")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def period(path: str, by: str = "day") -> PeriodForm:
    groupings = [
        ("day", "Day"),
        ("store", "Store"),
        ("channel", "Channel"),
        ("kind", "Tax rate"),
        ("fact", "Each fact"),
    ]
    return PeriodForm(
        path,
        date(2026, 11, 1),
        date(2026, 11, 22),
        tuple(Choice(words, value, value == by) for value, words in groupings),
        (Choice("Store day", "store", True), Choice("UTC day", "utc")),
        "Europe/Berlin",
    )


def amounts(sold: int, returned: int = 0, currency: str = "EUR") -> tuple[Stat, ...]:
    tax = (sold - returned) * 19 // 100
    minors = (sold, returned, tax, sold - returned + tax)
    return tuple(
        Stat(str(label), Money(minor, currency)) for label, minor in zip(SALES.measures.values(), minors, strict=True)
    )


def links() -> list[ReportLink]:
    return [ReportLink(str(one.title), str(one.note), f"/reports/{one.name}/") for one in REPORTS.values()]


def report(*, is_empty: bool = False) -> ReportPage:
    rows = tuple(
        FigureRow(
            f"{day} Nov",
            40 + day,
            amounts(50_000 + 1_713 * day, 310 * (day % 3)),
            f"/reports/sales/?by=fact&day={day}",
        )
        for day in range(9, 23)
    )
    return ReportPage(
        title="Sales",
        note=str(SALES.note),
        form=period("/reports/sales/"),
        group_label="Day",
        measures=tuple(map(str, SALES.measures.values())),
        totals=()
        if is_empty
        else (TotalLine("CHF", amounts(90_000, 0, "CHF")), TotalLine("EUR", amounts(1_284_050, 40_100))),
        empty=NOTHING,
        rows=() if is_empty else rows,
        kind_label="Tax rate",
        export_url="/exports/new/?subject=report_sales",
        chart=SafeString("")
        if is_empty
        else trend_chart(
            [
                TrendPoint(row.label, 50_000 + 1_713 * place, 48_000 + 2_100 * (place * 3 % 7))
                for place, row in enumerate(rows)
            ],
            title="Net sales (EUR), day by day",
            description="The same figures stand in the table below.",
            axis=lambda number, step: values.axis_text("money", number, step, "EUR"),
            now="now",
            before="before",
        ),
    )


def facts() -> ReportPage:
    rows = tuple(
        FactRow(
            date(2026, 11, 22),
            f"HEZ844B{letter}",
            "/orders/x/",
            "Hamburg Altona · In store",
            "19%",
            amounts(1_050 * place, 0),
        )
        for place, letter in enumerate("RSTUV", start=1)
    )
    whole = report()
    return ReportPage(
        whole.title, whole.note, period("/reports/sales/", "fact"), "Each fact", whole.measures, whole.totals[1:], NOTHING,
        facts=rows, kind_label="Tax rate", next_url="/reports/sales/?after=x", export_url=whole.export_url,
    )  # fmt: skip


def indicators() -> IndicatorPage:
    def card(
        key: str, label: str, note: str, figures: tuple[IndicatorFigure, ...], unit: Unit, *days: int
    ) -> IndicatorCard:
        points = [
            TrendPoint(f"{6 + place} Nov", number, number * 9 // 10 + 40 * (place % 5))
            for place, number in enumerate(days)
        ]
        return IndicatorCard(
            key, label, note, figures,
            trend_chart(points, title=f"{label}, day by day", description="The same figures stand in the table below.",
                axis=lambda number, step: values.axis_text(unit, number, step, "EUR"), units=values.scale_units(unit), now="now", before="before"),
            tuple(IndicatorDay(point.label, values.shown(unit, point.now, "EUR"), values.shown(unit, point.before, "EUR")) for point in points),
            "/reports/orders/",
        )  # fmt: skip

    def figure(
        value: str | Money, before: str | Money, change: str, tone: str, icon: str, currency: str = ""
    ) -> IndicatorFigure:
        return IndicatorFigure(
            value, "/reports/orders/?by=fact", currency, before, "/reports/orders/?by=fact&b=1", change, tone, icon
        )

    form = PeriodForm(
        "/reports/kpis/", date(2026, 11, 9), date(2026, 11, 22), (), (), "Europe/Berlin",
        comparisons=(Choice("The weeks before", "before", True), Choice("A year before", "year"), Choice("Nothing", "none")),
        gateways=(Choice("All gateways", "", True), Choice("Sandbox", "1")),
    )  # fmt: skip
    rising = [98_000 + 7_300 * (place * 5 % 7) for place in range(14)]
    rates = [9_620 + 31 * (place * 3 % 8) for place in range(14)]
    waits = [1_800 + 120 * (place * 5 % 9) for place in range(14)]
    cards = (
        card("orders-value", "Order value", str(REPORTS["orders"].note),
            (figure(eur(1_684_050), eur(1_512_900), "+11.3%", "good", "trending-up"),
             figure(Money(90_000, "CHF"), Money(95_500, "CHF"), "\u22125.8%", "warn", "trending-down")), "money", *rising),
        card("approvals-approval", "Approval rate", str(REPORTS["approvals"].note),
            (figure("97.1%", "97.9%", "\u22120.8 points", "warn", "trending-down"),), "share", *rates),
        card("processing-p95", "95 of 100 answered within", str(REPORTS["processing"].note), (figure("4.2 s", "4.6 s", "\u22128.7%", "good", "trending-down"),), "duration", *waits),
        IndicatorCard("fees-effective_fee", "Effective fee", str(REPORTS["fees"].note), (IndicatorFigure("—", "/reports/fees/?by=fact"),), SafeString(""), (), "/reports/fees/"),
    )  # fmt: skip
    return IndicatorPage(form, "9 Nov 2026 – 22 Nov 2026", "26 Oct 2026 – 8 Nov 2026", cards)


def bridge() -> BridgePage:
    def steps(*lines: tuple[str, int, bool]) -> tuple[BridgeStep, ...]:
        return tuple(BridgeStep(label, eur(minor), is_sum) for label, minor, is_sum in lines)

    to_processor = steps(
        ("By store day", 1_070_000, True), ("booked by the processor after the period", -41_250, False), ("in no report yet", -70_000, False),
        ("of earlier store days, booked in the period", 30_500, False), ("By processor day", 989_250, True),
    )  # fmt: skip
    to_utc = steps(
        ("By store day", 1_070_000, True), ("on another day at UTC", -1_250, False), ("By UTC day", 1_068_750, True)
    )
    form = PeriodForm("/reports/bridge/", date(2026, 11, 1), date(2026, 11, 22), (), (), "Europe/Berlin")
    cards = (
        BridgeCard("Sandbox, EUR", to_processor, to_utc, True),
        BridgeCard("Nordpay, EUR", to_processor, to_utc, False),
    )
    return BridgePage(form, cards, NOTHING)


def new_schedule() -> FormPage:
    kinds = (("payments", "Payments"), ("journals", "Journals as CSV"))
    return FormPage(
        title="New schedule",
        back=Link("Scheduled exports", "#"),
        action_url="#",
        idempotency_key="sample",
        fields=schedule_fields(kinds),
        button="Schedule",
        notice="Each file holds the period that ended the day before, and is made at 05:30 local time.",
    )


def schedules() -> SchedulePage:
    frame = ListFrame(
        title="Scheduled exports",
        bar=FilterBar("/exports/schedules/", clear_url="/exports/schedules/"),
        pager=Pager(shown=3),
        empty=EmptyState(
            "repeat", "No schedules yet", "A schedule makes the file of every day, week or month by itself."
        ),
        actions=(Action("New schedule", "/exports/schedules/new/", "plus", tone="primary"),),
    )
    made = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    rows = (
        ScheduleRow("1", "Daily payments", "Payments", "CSV", "every day", "by mail, books@example.com", "Mara Berg", made, True, "k"),
        ScheduleRow("2", "Tax of the month", "Tax per rate", "Excel", "every month, on the 1st", "into the drop folder", "Mara Berg", made, True, "k"),
        ScheduleRow(
            "4", "Books of the month", "SIE 4I", "CSV", "every closed month, once it is closed", "by mail, books@example.com", "Mara Berg", made, True, "k",
            "2026-10-31: These accounts have no number: fees of Nordpay.",
        ),
        ScheduleRow("3", "Old one (1a2b3c4d)", "Orders", "CSV", "every week, on Monday", "kept here", "Ines Wolf", made, False),
    )  # fmt: skip
    return SchedulePage(frame, rows)


PAGES = {
    "reports": ("reports/kpis/list.html", "reports", links),
    "report": ("reports/kpis/report.html", "reports", report),
    "report-facts": ("reports/kpis/report.html", "reports", facts),
    "report-empty": ("reports/kpis/report.html", "reports", lambda: report(is_empty=True)),
    "report-indicators": ("reports/kpis/indicators.html", "reports", indicators),
    "report-bridge": ("reports/kpis/bridge.html", "reports", bridge),
    "export-schedule-new": ("components/form_page.html", "exports", new_schedule),
    "export-schedules": ("reports/exports/schedules.html", "exports", schedules),
}
