"""The work on an exception in words: whose, how old, until when, above whose limit, what was done and what can be undone."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.core.audit.models import AuditEntry
from merchant.core.callers import Caller
from merchant.core.clock import business_today
from merchant.core.money import Money
from merchant.core.pages.display import day_text, money_text
from merchant.core.pages.parts import Action, Choice, Notice, TimelineEntry
from merchant.core.pages.shell import current_locale
from payments.reconciliation.desk import limits, queries, services
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.ways import Standing
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench.pages import Filled, Work
from payments.reconciliation.workbench.words import reference_words

WAYS = {
    "write_off": gettext_lazy("written off"),
    "book": gettext_lazy("booked to an account"),
    "claim": gettext_lazy("claimed from the gateway"),
    "link": gettext_lazy("matched by hand"),
    "note": gettext_lazy("accepted"),
    "rounding": gettext_lazy("booked as a rounding difference"),
}
_ACTS = {
    "exception.resolved": ("circle-check", "good", gettext_lazy("Resolved by {who}: {way}")),
    "exception.reopened": ("undo-2", "warn", gettext_lazy("Taken back by {who}")),
    "exception.overtaken": (
        "undo-2",
        "good",
        gettext_lazy("It came after all, or was corrected; what was booked about it was taken back."),
    ),
    "exception.assigned": ("user-check", "idle", gettext_lazy("Given to {owner} by {who}")),
    "exception.snoozed": ("clock-fading", "idle", gettext_lazy("Waits until {until}, says {who}")),
    "exception.noted": ("pencil", "idle", gettext_lazy("Note by {who}")),
}


def today_of(caller: Caller) -> date:
    """Return the merchant's business day."""
    return business_today(caller.merchant)


def age_words(found: Deviation, today: date) -> str:
    """Return how many days an exception is old."""
    days = max(0, (today - found.business_date).days)
    return ngettext("{number} day", "{number} days", days).format(number=days) if days else _("today")


def due_words(found: Deviation, today: date) -> str:
    """Return by when somebody should have decided."""
    due = queries.due_on(found)
    day = day_text(due, shape="short", locale=current_locale(), today=today)
    return _("was due {day}").format(day=day) if due < today else _("due {day}").format(day=day)


def waits_words(found: Deviation, today: date) -> str:
    """Return until when nobody need look at it, "" where somebody should."""
    if found.snoozed_until is None or found.snoozed_until <= today:
        return ""
    day = day_text(found.snoozed_until, shape="short", locale=current_locale(), today=today)
    return _("waits until {day}").format(day=day)


def work_of(found: Deviation, *, caller: Caller, today: date) -> Work:
    """Return whose an exception is and what was done with it."""
    may_work = caller.has_right("reconciliation.resolve") and found.status == "open"
    owners: list[Choice] = []
    if may_work:
        owners = [
            Choice(str(one.user), str(one.id), is_selected=one.id == found.owner_id) for one in queries.list_workers()
        ]
    return Work(
        owner=str(found.owner.user) if found.owner else "",
        age=age_words(found, today),
        due=due_words(found, today),
        is_overdue=queries.due_on(found) < today,
        waits=waits_words(found, today),
        assign_url=f"/reconciliation/exceptions/{found.id}/assign/" if may_work else "",
        note_url=f"/reconciliation/exceptions/{found.id}/note/" if caller.has_right("reconciliation.resolve") else "",
        assign_key=str(uuid4()),
        note_key=str(uuid4()),
        owners=tuple(owners),
        due_on=found.due_on.isoformat() if found.due_on else "",
        history=tuple(_entry(one, today) for one in queries.list_history(found)),
    )


def _entry(act: AuditEntry, today: date) -> TimelineEntry:
    icon, tone, words = _ACTS.get(act.action, ("circle", "idle", gettext_lazy("{who}")))
    data = act.data
    facts = {
        "who": act.actor_name,
        "way": str(WAYS.get(data.get("way", ""), data.get("way", ""))),
        "owner": data.get("owner") or _("nobody"),
        "until": _until_text(data.get("until", ""), today),
    }
    second = _("approved by {who}").format(who=data["approved_by"]) if data.get("approved_by") else ""
    text = " · ".join(part for part in (data.get("note", ""), second) if part)
    return TimelineEntry(act.at, str(words).format(**facts), text, tone, icon)


def _until_text(day: str, today: date) -> str:
    return day_text(date.fromisoformat(day), shape="short", locale=current_locale(), today=today) if day else ""


def asked_for(found: Deviation) -> Filled | None:
    """Return what the caller asked a second person for and may still send, so that the form sends just that. None where nothing, and once it was refused."""
    asked = queries.find_asked(found) if found.status == "open" else None
    if asked is None or asked.status == "refused":
        return None
    choice = services.choice_of(found, asked)
    return Filled(choice.way, choice.note, choice.account)


def limit_notice(found: Deviation, standing: Standing, *, caller: Caller, today: date) -> Notice | None:
    """Return whether the caller decides about this alone, or whom it waits for. None where there is no limit or nothing to decide about."""
    limit = limits.current_limits().get(caller.role or "api_key", 0)
    if limit is None or not standing.minor or found.status != "open":
        return None
    words = money_text(Money(limit, caller.merchant.base_currency), locale=current_locale())
    asked = queries.find_asked(found)
    if asked is not None and asked.status == "granted":
        who = str(asked.decided_by.user) if asked.decided_by else ""
        title = _("{who} agrees.").format(who=who)
        return Notice("good", title, _("Resolve it now, in the way that was asked for."), "check-check")
    if asked is not None and asked.status == "refused":
        who = str(asked.decided_by.user) if asked.decided_by else ""
        return Notice("warn", _("{who} refused.").format(who=who), _("Resolve it in another way, or ask again."), "ban")
    if asked is not None:
        return Notice("info", _("Waiting for a second person."), _("Their word appears here."), "hourglass")
    is_above = limits.needs_second_person(
        role=caller.role, way="write_off", minor=standing.minor, currency=found.currency, day=today
    )
    if is_above:
        title = _("With this you would decide more alone today than your limit of {limit}.").format(limit=words)
        return Notice("info", title, _("Resolving it asks a second person first."), "lock")
    left = money_text(
        Money(limit - limits.decided_alone(day=today), caller.merchant.base_currency), locale=current_locale()
    )
    return Notice(
        "info", _("{left} of your {limit} a day are left.").format(left=left, limit=words), _("No second person needed."), "lock"
    )  # fmt: skip


def undo_of(found: Deviation, *, caller: Caller, back: str = "") -> Action | None:
    """Return the button that takes a decision back, None where there is none to take back or its batch is closed."""
    if not caller.has_right("reconciliation.resolve") or queries.find_decision(found) is None:
        return None
    if queries.find_closing(queries.batch_of(found)) is not None:
        return None
    url = f"/reconciliation/exceptions/{found.id}/undo/" + (f"?batch={back}" if back else "")
    return Action(_("Undo"), url, "undo-2", "post", key=str(uuid4()), shortcut="u")


def last_decision(*, caller: Caller, batch: str) -> Notice | None:
    """Return what the caller decided last, with a way back."""
    if not caller.has_right("reconciliation.resolve"):
        return None
    decision = queries.list_decisions(actor_key=caller.actor.key).first()
    undo = undo_of(decision.deviation, caller=caller, back=batch) if decision else None
    if decision is None or undo is None:
        return None
    if together := _decided_together(decision):
        return together
    amount = money_text(Money(decision.amount_minor, decision.currency), locale=current_locale())
    title = f"{reference_words(decision.deviation)}, {amount}:"
    return Notice("good", title, str(WAYS[decision.way]), "circle-check", undo)


def _decided_together(decision: Decision) -> Notice | None:
    """Return what the caller decided last about several at once, with a way back for all of it."""
    if decision.selection_id is None:
        return None
    number = queries.list_decisions().filter(selection_id=decision.selection_id).count()
    if number < 2:
        return None
    words = ngettext("{number} at once:", "{number} at once:", number).format(number=number)
    url = f"/reconciliation/exceptions/decide/{decision.selection_id}/undo/"
    undo = Action(_("Undo all"), url, "undo-2", "post", key=str(uuid4()), shortcut="u")
    return Notice("good", words, str(WAYS[decision.way]), "circle-check", undo)
