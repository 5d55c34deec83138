"""What can be set, in one table: the page behind the rail's "Settings"."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class SettingsEntry:
    """One page of settings, and the right it needs."""

    title: str | Promise
    text: str | Promise
    icon: str
    url: str
    right: str


@dataclass(frozen=True, slots=True)
class SettingsGroup:
    """Pages that somebody looks for together."""

    key: str
    title: str | Promise
    entries: tuple[SettingsEntry, ...]


@dataclass(frozen=True, slots=True)
class SettingsHubPage:
    """The groups of which the reader may open something."""

    groups: tuple[SettingsGroup, ...]


SETTINGS_PAGES: tuple[SettingsGroup, ...] = (
    SettingsGroup(
        "counter",
        _("At the counter"),
        (
            SettingsEntry(_("Set-up"), _("From empty to the first sale, step by step; a demo business to look at."), "check-check", "/setup/steps/", "store.manage"),
            SettingsEntry(_("Locations"), _("Where you sell, what stands on receipts there, and the tills."), "store", "/settings/locations/", "store.read"),
            SettingsEntry(_("Return rules"), _("What is taken back without a receipt, by whom, and what is given for it."), "undo-2", "/settings/returns/", "store.read"),
            SettingsEntry(_("Discount limits"), _("What each role and a tablet take off a price alone."), "tag", "/settings/discounts/", "store.read"),
            SettingsEntry(_("Offline rules"), _("What tills may take while they are offline."), "wifi-off", "/settings/offline/", "store.read"),
            SettingsEntry(_("Tablets"), _("Which tablets sell at which till; pair one, revoke one."), "smartphone", "/settings/tablets/", "device.read"),
            SettingsEntry(_("Terminal settings"), _("What card terminals show, ask and print."), "calculator", "/terminals/settings/", "terminal.read"),
        ),
    ),
    SettingsGroup(
        "selling",
        _("Selling"),
        (
            SettingsEntry(_("Look of the shop"), _("Name, logo, colour and texts on the pages shoppers see."), "store", "/settings/brand/", "store.read"),
            SettingsEntry(_("Delivery"), _("Ways of delivery, what they cost and where they go."), "truck", "/settings/delivery/", "checkout.read"),
            SettingsEntry(_("Tax rates"), _("What is added or contained, by class and country."), "landmark", "/settings/taxes/", "catalog.read"),
            SettingsEntry(_("Coupons"), _("Codes that take something off a basket."), "tag", "/coupons/", "catalog.read"),
            SettingsEntry(_("Signs"), _("Printed QR codes of products and tables."), "square-dashed", "/signs/", "link.read"),
        ),
    ),
    SettingsGroup(
        "money",
        _("Money"),
        (
            SettingsEntry(_("Exchange rates"), _("What foreign currencies are worth in the books."), "globe", "/settings/exchange-rates/", "ledger.read"),
            SettingsEntry(_("Journal files"), _("Chart of accounts, company, financial year, numbers for DATEV."), "hand-coins", "/accounting/settings/", "accounting.manage"),
            SettingsEntry(_("Gateways & routing"), _("Which gateway account takes what."), "route", "/gateways/", "gateway.read"),
        ),
    ),
    SettingsGroup(
        "people",
        _("People and systems"),
        (
            SettingsEntry(_("Staff & roles"), _("Who works here, where, and up to how much they refund."), "users", "/staff/", "staff.read"),
            SettingsEntry(_("API keys"), _("Keys of webshops and partners."), "key-round", "/api-keys/", "key.manage"),
            SettingsEntry(_("Webhooks"), _("Which of your systems are told what happens."), "webhook", "/webhook-log/", "webhook.read"),
        ),
    ),
)  # fmt: skip
