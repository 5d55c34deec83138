"""The steps put together: what is done, what does the next one, and what is offered to whom."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from merchant.accounts.queries import find_put_away
from merchant.core.callers import Caller
from merchant.core.pages.parts import Action, Notice
from merchant.merchants.queries import get_merchant
from reports.setup import queries
from reports.setup.pages import ChecklistPage, Step
from reports.setup.queries import Progress

# Merchants that have done everything: nobody undoes it, so they are not asked about again.
_complete: set[UUID] = set()
NOTHING_DONE = Progress(*[False] * 8)


def find_checklist(caller: Caller) -> ChecklistPage | None:
    """Return the steps for who may do them, None once all are done and in a business to look at, where nothing is to be set up. At most one statement."""
    if not caller.has_right("store.manage") or caller.stores is not None or caller.merchant_id in _complete:
        return None
    if get_merchant(caller.merchant_id).is_demo:
        return None
    progress = queries.progress()
    if progress.is_complete:
        _complete.add(caller.merchant_id)
        return None
    return build_checklist(caller, progress)


def build_checklist(caller: Caller, progress: Progress) -> ChecklistPage:
    """Return the steps as they stand."""
    steps = tuple(step for step in list_steps(progress) if caller.has_right(_RIGHTS[step.key]))
    demo, text = _demo(caller)
    return ChecklistPage(
        steps=steps,
        done=sum(step.is_done for step in steps),
        is_working=any(step.is_working for step in steps),
        demo=demo,
        demo_text=text,
    )


_RIGHTS = {
    "store": "store.manage",
    "product": "catalog.manage",
    "gateway": "gateway.manage",
    "payment": "link.create",
    "terminal": "terminal.manage",
    "staff": "staff.manage",
    "bank": "gateway.manage",
}


def list_steps(progress: Progress) -> tuple[Step, ...]:
    """Return every step, in the order they are done."""
    test = Action(_("Take a test payment"), "/setup/test-payment/", "zap", "post", key=str(uuid4()))
    connect = Action(_("Connect the sandbox"), "/setup/sandbox/", "zap", "post", key=str(uuid4()))
    is_testing = progress.is_testing and not progress.has_payment
    return (
        Step(
            "store", _("Add a location"), _("Where you sell. It has its first till at once."), progress.has_store,
            actions=(Action(_("Add a location"), "/settings/locations/new/", "store"),),
        ),
        Step(
            "product", _("Add what you sell"), _("Type the first product, or take in the list you have."), progress.has_product,
            actions=(Action(_("New product"), "/products/new/", "plus"), Action(_("Import a CSV file"), "/products/import/", "download")),
        ),
        Step(
            "gateway", _("Connect a payment gateway"), _("The sandbox behaves like a real processor, and no money moves."), progress.has_gateway,
            actions=(connect,),
        ),
        Step(
            "payment", _("Take a test payment"), _("One press sells a test piece by card and follows it until it is paid."), progress.has_payment,
            is_testing, (test,) if progress.has_gateway and not is_testing else (),
        ),
        Step(
            "terminal", _("Pair a card terminal"), _("Register it, show its code, and type the code on it."), progress.has_terminal,
            actions=(Action(_("Add a terminal"), "/terminals/new/", "calculator"),),
        ),
        Step(
            "staff", _("Invite somebody"), _("They get a mail with a link and choose their own password."), progress.has_staff,
            actions=(Action(_("Invite staff"), "/staff/", "users"),),
        ),
        Step(
            "bank", _("Add your bank account"), _("Then what processors pay out is looked for in its statements."), progress.has_bank,
            actions=(Action(_("Add a bank account"), "/imports/accounts/bank/", "landmark"), Action(_("Import a statement"), "/imports/", "download")),
        ),
    )  # fmt: skip


def _demo(caller: Caller) -> tuple[Action | None, str]:
    """Return what is offered of the business to look at: opening it, or in it putting it away."""
    if get_merchant(caller.merchant_id).is_demo:
        notice = demo_notice(caller)
        return (notice.action, notice.text) if notice else (None, "")
    if caller.user_id is not None and find_put_away(caller.user_id) is not None:
        text = _("Your demo business was put away. It comes back as it was.")
        return Action(
            _("Bring the demo business back"), "/setup/demo/restore/", "undo-2", "post", key=str(uuid4())
        ), text
    text = _(
        "A business of its own with goods, tills and a day's trade. It stays apart from yours and is put away when you are done."
    )
    return Action(_("Look at a demo business"), "/setup/demo/", "shopping-bag", "post", key=str(uuid4())), text


def demo_notice(caller: Caller) -> Notice | None:
    """Return what Home says of a demo business to its owner, with the press that puts it away; None anywhere else."""
    if not get_merchant(caller.merchant_id).is_demo:
        return None
    action = Action(_("Put the demo away"), "/setup/demo/archive/", "x", "post", key=str(uuid4()))
    return Notice(
        "info",
        _("This is a demo business."),
        _("Nothing here is real. Put away, it is gone from your businesses; nothing of it is deleted."),
        "shopping-bag",
        action if caller.has_right("staff.manage") else None,
    )
