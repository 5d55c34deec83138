"""What reasons, phases, movements and sources of disputes are called on staff pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REASONS = {
    "fraudulent": _("The cardholder says they did not pay"),
    "not_received": _("Goods not received"),
    "not_as_described": _("Not as described"),
    "duplicate": _("Charged twice"),
    "credit_not_processed": _("Promised money back did not come"),
    "cancelled": _("Cancelled"),
    "unrecognised": _("Not recognised on the statement"),
    "other": _("Another reason"),
}
PHASES = {
    "inquiry": _("Inquiry: no money has moved"),
    "chargeback": _("Chargeback"),
    "pre_arbitration": _("Second round"),
}
SOURCES = {
    "webhook": _("The processor"),
    "answer": _("The processor, to our answer"),
    "report": _("The settlement report"),
    "person": _("A person, by letter"),
}
# What a notice said -> title, tone, icon.
TOLD = {
    "open": (_("An answer is asked for"), "warn", "flag"),
    "under_review": (_("Our answer is being looked at"), "info", "send"),
    "won": (_("Won"), "good", "circle-check"),
    "lost": (_("Lost"), "bad", "octagon-x"),
}
MOVED = {
    "withdrawn": (_("Money withdrawn, at stake"), "warn", "hand-coins"),
    "returned": (_("Money given back"), "good", "undo-2"),
    "lost": (_("Booked as a loss"), "bad", "hand-coins"),
    "recovered": (_("The loss is at stake again"), "info", "hand-coins"),
}
ANSWERED = {
    ("evidence", "requested"): (_("Evidence is being sent"), "info", "send"),
    ("evidence", "taken"): (_("Evidence given"), "info", "send"),
    ("evidence", "refused"): (_("The processor did not take the evidence"), "bad", "octagon-x"),
    ("acceptance", "requested"): (_("Acceptance is being sent"), "info", "send"),
    ("acceptance", "taken"): (_("Accepted by us"), "back", "undo-2"),
    ("acceptance", "refused"): (_("The processor did not take the acceptance"), "bad", "octagon-x"),
}
