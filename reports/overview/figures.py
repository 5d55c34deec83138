"""The takings of today and of the same weekday before, asked from different sides; each figure with the rows that come to it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_date
from django.utils.translation import gettext as _

from merchant.core.money import Money, rounded_share
from merchant.core.pages.display import count_text, percent_text
from merchant.core.pages.parts import Stat
from reports.overview.charts import TakingsPoint
from reports.overview.pages import ChannelShare
from reports.overview.queries import Day

WEEK = timedelta(days=7)


class Figures:
    """The takings of both days, asked from different sides. All in one currency, except `also`."""

    def __init__(
        self,
        day: Day,
        today: date,
        currency: str,
        chosen: dict[str, str],
    ) -> None:
        self.today, self.past, self.currency = today, today - WEEK, currency
        self.orders, self.chosen = day.orders, chosen
        self.all = day.takings
        self.rows = [row for row in day.takings if row["currency"] == currency]

    def net(self, day: date, *, name: str = "net_minor") -> int:
        """Return the sum of one column of a day, in the main currency."""
        return sum(row[name] for row in self.rows if row["business_date"] == day)

    def payments_url(self, day: date, **narrowed: str) -> str:
        """Return the payments of a day, added up, in the part of the business that is looked at."""
        query = {"date_from": day.isoformat(), "date_to": day.isoformat(), "totals": "1"}
        return f"/payments/?{urlencode(query | self.chosen | narrowed)}"

    def orders_url(self, **narrowed: str) -> str:
        """Return the facts behind the day's orders."""
        query = {"by": "fact", "date_from": self.today.isoformat(), "date_to": self.today.isoformat()}
        return f"/reports/orders/?{urlencode(query | self.chosen | narrowed)}"

    @property
    def is_comparable(self) -> bool:
        """Whether anything was taken on the day that today is compared with, up to this hour."""
        return self.net(self.past, name="so_far_minor") > 0

    def also(self) -> tuple[Money, ...]:
        """Return what was taken today in other currencies, one amount each."""
        others: dict[str, int] = defaultdict(int)
        for row in self.all:
            if row["currency"] != self.currency and row["business_date"] == self.today:
                others[row["currency"]] += row["net_minor"]
        return tuple(Money(minor, currency) for currency, minor in sorted(others.items()))

    def stats(self, locale: str) -> tuple[Stat, ...]:
        """Return the figures beside the takings; each opens its rows."""
        so_far, before = self.net(self.today), self.net(self.past, name="so_far_minor")
        number, value = self.placed()
        stats = []
        if before > 0:
            change = 100 * (so_far - before) / before
            tone, icon = ("good", "trending-up") if change >= 0 else ("warn", "trending-down")
            stats.append(
                Stat(
                    _("vs last {weekday}").format(weekday=_weekday(self.past, locale)),
                    percent_text(change, locale=locale, with_plus=True),
                    tone=tone,
                    icon=icon,
                )
            )
        every = sum(row["orders"] for row in self.orders)
        stats.append(Stat(_("Orders paid"), count_text(every, locale=locale), self.orders_url()))
        if number:
            average = Money(rounded_share(value, 1, number), self.currency)
            stats.append(Stat(_("Average order"), average, self.orders_url()))
        refunded = Money(self.net(self.today, name="refunded_minor"), self.currency)
        stats.append(
            Stat(
                _("Refunded"),
                refunded,
                self.payments_url(self.today, status="partly_refunded,refunded"),
            )
        )
        return tuple(stats)

    def placed(self, store_id: UUID | None = None) -> tuple[int, int]:
        """Return how many orders were paid today and what they come to, in the main currency; of one store if it is named."""
        rows = [row for row in self.orders if row["currency"] == self.currency and store_id in (None, row["store_id"])]
        return sum(row["orders"] for row in rows), sum(row["value_minor"] for row in rows)

    def points(self, hour_now: int) -> tuple[TakingsPoint, ...]:
        """
        Return the running totals of both days, hour by hour; none of today for hours still to come.

        A store further east is ahead of the merchant's clock: what it sold counts as soon as it is there, so that the line ends at the figure above it.
        """
        by_hour: dict[tuple[date, int], int] = defaultdict(int)
        for row in self.rows:
            by_hour[row["business_date"], row["hour"]] += row["net_minor"]
        hours = [hour for _day, hour in by_hour]
        if not hours:
            return ()
        hour_now = max([hour_now, *(hour for day, hour in by_hour if day == self.today)])
        first, last = min(*hours, hour_now), max(*hours, hour_now)
        nothing = Money(0, self.currency)
        points, today, past = [TakingsPoint(f"{first % 24:02}:00", nothing, nothing)], 0, 0
        for hour in range(first, last + 1):
            today, past = today + by_hour[self.today, hour], past + by_hour[self.past, hour]
            reached = Money(today, self.currency) if hour <= hour_now else None
            points.append(TakingsPoint(f"{(hour + 1) % 24:02}:00", Money(past, self.currency), reached))
        return tuple(points)

    def channels(self, locale: str) -> tuple[ChannelShare, ...]:
        """Return each channel's part of today's takings, the largest first."""
        sums: dict[tuple[str, UUID], int] = defaultdict(int)
        for row in self.rows:
            if row["business_date"] == self.today:
                sums[row["channel"], row["channel_id"]] += row["net_minor"]
        total, largest = sum(sums.values()), max(sums.values(), default=0)
        return tuple(
            ChannelShare(
                label=name,
                amount=Money(minor, self.currency),
                share_text=percent_text(100 * minor / total, locale=locale) if total > 0 else "",
                share_permille=max(0, minor * 1000 // largest) if largest > 0 else 0,
                url=self.payments_url(self.today, channel=str(channel_id)),
            )
            for (name, channel_id), minor in sorted(sums.items(), key=lambda item: -item[1])
        )

    def of_store(self, store_id: UUID) -> tuple[int, datetime | None]:
        """Return what a store took today, and when it began."""
        rows = [row for row in self.rows if row["store_id"] == store_id and row["business_date"] == self.today]
        return sum(row["net_minor"] for row in rows), min((row["first_at"] for row in rows), default=None)


def _weekday(day: date, locale: str) -> str:
    return format_date(day, "EEEE", locale=locale)
