"""What each role may do, in sentences for whoever gives it. The rights themselves are in `access.py`."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROLE_SENTENCES: dict[str, tuple[str | Promise, str | Promise]] = {
    "owner": (_("Everything, everywhere, for the whole business."), _("Gives rights, makes API keys, closes periods of the books.")),
    "manager": (
        _("Runs stores: sells, refunds, approves what is above others' limits, closes the day, changes settings."),
        _("No API keys, no rights of others, no gateway accounts, no closing of the books."),
    ),
    "cashier": (
        _("Works at the counter: sells, takes goods back within the limit, opens and counts the drawer, hands goods over."),
        _("No reports, no settings, nothing of other stores."),
    ),
    "accountant": (
        _("Reads everything, imports and reconciles, answers disputes, writes invoices, closes periods, exports."),
        _("Sells nothing and gives nothing back."),
    ),
    "support": (
        _("Finds orders, payments and messages of customers, whose names and addresses are masked, and sends mails again."),
        _("Moves no money. Sees somebody in full only for a reason that is written down."),
    ),
    "auditor": (_("Reads everything, the audit log too."), _("Changes nothing.")),
}  # fmt: skip
