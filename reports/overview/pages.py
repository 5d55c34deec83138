"""Home as plain data: today's takings, what needs a person, where the money is, stores and gateways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from merchant.core.money import Money
from merchant.core.pages.parts import Action, FlowBox, Link, Notice, Stat
from reports.overview.charts import TakingsPoint, takings_chart
from reports.setup.pages import ChecklistPage


@dataclass(frozen=True, slots=True)
class ChannelShare:
    """One channel's part of the takings. `share_permille` (0 to 1000) is relative to the largest channel."""

    label: str
    amount: Money
    share_text: str
    share_permille: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One thing that needs a person. `subject` is the strong first word or amount of the line."""

    id: str
    tone: str
    icon: str
    subject: Money | str
    title: str
    text: str
    action: Link


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One store today. Terminals in words, with the tone and icon of the worst of them."""

    name: str
    url: str
    takings: Money
    orders: int
    average: Money | None
    terminals_tone: str
    terminals_icon: str
    terminals_word: str
    first_sale_at: datetime | None = None
    stock_low: int = 0
    orders_url: str = ""
    terminals_url: str = ""


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """A gateway's approval rate in percent, as text; `health` is a value of the gateway family, `url` opens what its normal rate is made of."""

    name: str
    used_for: str
    rate_now: str
    rate_normal: str
    health: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class NeedsBox:
    """What needs the person, drawn alone when it has changed. `needs_count` is how many there are, also those that are not listed."""

    needs: tuple[NeedRow, ...]
    needs_count: int
    inbox_url: str = "/inbox/"


@dataclass(frozen=True, slots=True)
class HomePage:
    """`takings` is in the scope's main currency, `takings_also` one Money for each other one; they are never added."""

    business_date: date
    compared_with: str
    takings: Money
    takings_also: tuple[Money, ...]
    stats: tuple[Stat, ...]
    points: tuple[TakingsPoint, ...]
    day_label: str
    past_label: str
    channels: tuple[ChannelShare, ...]
    needs: tuple[NeedRow, ...]
    needs_count: int
    flow: tuple[FlowBox, ...]
    flow_note: str
    stores: tuple[StoreRow, ...]
    gateways: tuple[GatewayRow, ...]
    gateways_note: str = ""
    inbox_url: str = ""
    takings_url: str = ""
    terminals_url: str = "/terminals/"
    export_url: str = ""
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    checklist: ChecklistPage | None = None
    # False for people whose role does not include the figures of the business.
    has_figures: bool = True

    @property
    def chart(self) -> SafeString:
        """The running takings as SVG."""
        return takings_chart(
            self.points,
            title=gettext("Net takings by hour, running total"),
            description=gettext("The same figures stand in the table below."),
            day_label=self.day_label,
            past_label=self.past_label,
        )
