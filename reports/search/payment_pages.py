"""Payments drawn for staff: one row, one payment with trail, facts and actions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.core.audit.models import AuditEntry
from merchant.core.callers import Caller
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.parts import Action, Fact, Notice, Trail, TrailMarks, TrailStep
from merchant.sales_channels.pages import CHANNEL_ICONS
from orders.order.queries import open_minor
from payments.gateways import registry
from payments.records import declines, words
from payments.records.models import Operation, Payment
from payments.records.pages import OperationRow, PaymentDetailPage, PaymentRow
from payments.vouchers.standing import refundable_minor
from reports.search.payment_timeline import timeline_of
from reports.search.queries import ListedPayment, PaymentStory

# How far money is, in order; a payment's `money_stage` is the step it has reached.
_STAGES = ("taken", "settled", "paid_out", "reconciled")
_STAGE_NAMES = (gettext_lazy("Captured"), gettext_lazy("Settled"), gettext_lazy("Paid out"), gettext_lazy("Reconciled"))
_WITHOUT_GATEWAY = ("cash", "gift_card", "store_credit", "exchange")
_MESSAGES_SHOWN = 20


def payment_row(payment: ListedPayment) -> PaymentRow:
    """Return a payment as lists show it."""
    return PaymentRow(
        id=str(payment.id),
        url=f"/payments/{payment.id}/",
        taken_at=payment.created_at,
        amount=Money(payment.amount_minor, payment.currency),
        status=shown_status(payment),
        method=words.method_words(payment.method, payment.card_brand),
        method_hint=f"•{payment.card_last4}" if payment.card_last4 else "",
        order_number=payment.order_number,
        order_url=f"/orders/{payment.order_id}/",
        place=payment.store_name or payment.channel_name,
        place_icon="store" if payment.store_name else CHANNEL_ICONS.get(payment.channel_kind, "globe"),
        trail=marks_of(payment),
    )


def shown_status(payment: Payment | ListedPayment) -> str:
    """Return what lists and pages show: money that is disputed, or was lost so, is told before anything else."""
    return "disputed" if payment.disputed_minor else payment.status


def marks_of(payment: ListedPayment) -> TrailMarks:
    """Return where the payment's money is, in one line."""
    if not payment.captured_minor:
        return TrailMarks(("none",) * len(_STAGES), _("None yet"))
    if payment.method in _WITHOUT_GATEWAY:
        return TrailMarks(("done",), _("In the till") if payment.method == "cash" else _("Taken"))
    reached = _reached(payment.money_stage)
    word = _short_words(payment) if payment.money_stage == "short" else str(_STAGE_NAMES[reached])
    return TrailMarks(tuple(_step_state(index, reached, "") for index in range(len(_STAGES))), word)


def trail_of(payment: Payment, settled: Iterable[dict[str, Any]] = ()) -> Trail:
    """Return where the payment's money is; `settled` adds days and payouts where they are known."""
    if not payment.captured_minor:
        return Trail(tuple(TrailStep(name, "none") for name in _STAGE_NAMES))
    if payment.method in _WITHOUT_GATEWAY:
        taken = TrailStep(
            _("Taken"), "done", payment.created_at, amount=Money(payment.captured_minor, payment.currency)
        )
        return Trail((taken,))
    reached = _reached(payment.money_stage)
    rows = list(settled)
    last = rows[-1] if rows else {}
    moments: list[Any] = [payment.created_at, last.get("booked_on"), last.get("announced_on"), last.get("arrived_on")]
    problems = {"short": _("payout came short"), "returned": _("payout was returned")}
    if reached == 2 and last.get("payout_status") in ("expected", "in_transit"):
        moments[3] = last.get("expected_on")
    steps = tuple(
        TrailStep(
            name,
            _step_state(index, reached, str(last.get("payout_status") or "")),
            moments[index],
            problems.get(str(last.get("payout_status")), "") if index == reached + 1 else "",
            _amount_at(payment, index, reached),
        )
        for index, name in enumerate(_STAGE_NAMES)
    )
    return Trail(steps)


def _reached(money_stage: str) -> int:
    """How many steps lie before the one that the money has reached; a payout that came short has reached "paid out"."""
    if money_stage == "short":
        return _STAGES.index("paid_out")
    return _STAGES.index(money_stage) if money_stage in _STAGES else 0


def _short_words(payment: ListedPayment) -> str:
    """A payout that came a few cents short lacks them of a few of its payments: the others are in the bank whole."""
    return _("Paid out short") if payment.missing_minor else _("In a payout that came short")


def _amount_at(payment: Payment, index: int, reached: int) -> Money | None:
    if index == 0:
        return Money(payment.captured_minor, payment.currency)
    if index == 3 and (payment.money_stage == "short" or (reached == 3 and payment.unsettled_minor)):
        outside = payment.unsettled_minor + payment.missing_minor
        return Money(payment.captured_minor - payment.refunded_minor - outside, payment.currency)
    return Money(payment.settled_minor, payment.currency) if index == 1 and reached >= 1 else None


def _step_state(index: int, reached: int, payout_status: str) -> str:
    if index <= reached:
        return "done"
    if index == reached + 1:
        return "held" if payout_status in ("short", "returned") else "next"
    return "none"


def payment_page(
    story: PaymentStory, settled: list[dict[str, Any]], audit: list[AuditEntry], *, caller: Caller, locale: str
) -> PaymentDetailPage:
    """Return one payment explained, with the actions `caller` has a right to."""
    payment = story.payment
    left = refundable_minor(payment)
    refunded = Money(payment.refunded_minor, payment.currency)
    rest = _("{amount} refunded").format(amount=money_text(refunded, locale=locale)) if refunded else ""
    return PaymentDetailPage(
        id=str(payment.id),
        amount=Money(payment.amount_minor, payment.currency),
        status=shown_status(payment),
        rest_text=rest,
        can_refund=Money(left, payment.currency) if left else None,
        trail=trail_of(payment, settled),
        facts=_facts(story, settled),
        timeline=timeline_of(story, settled, audit),
        operations=tuple(_operation_row(operation) for operation in reversed(story.operations)),
        actions=_actions(story, caller),
        notice=_notice(story, caller, locale),
        raw_log=tuple(
            json.dumps(one.data, indent=1, ensure_ascii=False, sort_keys=True)
            for one in reversed(story.evidence)
            if one.data
        )[:_MESSAGES_SHOWN],
        page_url=f"/payments/{payment.id}/",
        title=_("Payment {number}").format(number=payment.order.number),
    )


def _facts(story: PaymentStory, settled: list[dict[str, Any]]) -> tuple[Fact, ...]:
    payment = story.payment
    channel = payment.order.channel
    place = ", ".join(str(part) for part in (payment.store or channel, payment.register) if part)
    method = " ".join(
        part
        for part in (
            words.method_words(payment.method, payment.card_brand),
            f"•{payment.card_last4}" if payment.card_last4 else "",
        )
        if part
    )
    facts = [
        Fact(_("Order"), payment.order.number, f"/orders/{payment.order_id}/"),
        Fact(_("Taken at"), place, note=channel.name if payment.store else ""),
        Fact(_("Method"), method, note=str(words.METHODS.get(payment.method, "")) if payment.card_brand else ""),
        Fact(_("Business day"), payment.business_date),
    ]
    if payment.gateway_account:
        reason = story.routing_reason
        facts.append(Fact(_("Gateway"), payment.gateway_account.name, "/gateways/" if reason else "", reason))
    if payment.disputed_minor:
        disputed = Money(payment.disputed_minor, payment.currency)
        facts.append(Fact(_("Disputed"), disputed, "/disputes/?q=" + str(payment.id)))
    facts += _money_facts(payment)
    if settled:
        fees = Money(sum(row["fee_minor"] for row in settled), settled[0]["currency"])
        facts.append(Fact(_("Fees"), fees, f"/imports/{settled[-1]['report_id']}/", settled[-1]["report_name"]))
    if settled and settled[-1]["payout_id"]:
        facts.append(Fact(_("Payout"), settled[-1]["payout_reference"], f"/payouts/{settled[-1]['payout_id']}/"))
    if settled and settled[-1]["bank_line_id"]:
        facts.append(Fact(_("In the bank"), settled[-1]["arrived_on"], f"/bank-lines/{settled[-1]['bank_line_id']}/"))
    if payment.gateway_reference:
        facts.append(Fact(_("Their reference"), payment.gateway_reference, is_identifier=True))
    return (*facts, Fact(_("Identifier"), str(payment.id), is_identifier=True))


def _money_facts(payment: Payment) -> list[Fact]:
    facts = []
    if payment.tendered_minor:
        tendered = Money(payment.tendered_minor, payment.currency)
        facts.append(Fact(_("Given"), tendered, note=_("the rest was change")))
    if payment.rounding_minor:
        rounding = Money(payment.rounding_minor, payment.currency)
        facts.append(Fact(_("Cash rounding"), rounding, note=_("there are no smaller coins")))
    if payment.decline_code:
        told = str(declines.advice(payment.decline_code).cashier)
        note = f"{told} ({payment.decline_code})"
        facts.append(Fact(_("Reason"), words.decline_words(payment.decline_code).capitalize(), note=note))
    if payment.tip_minor:
        facts.append(Fact(_("Tip in it"), Money(payment.tip_minor, payment.currency)))
    if payment.initiation != "customer":
        facts.append(Fact(_("Begun by"), str(words.INITIATIONS[payment.initiation])))
    if payment.status == "authorised" and payment.authorisation_ends_at:
        facts.append(Fact(_("Held until"), payment.authorisation_ends_at))
    if payment.auth_code:
        facts.append(Fact(_("Authorisation code"), payment.auth_code, is_identifier=True))
    return facts


def _operation_row(operation: Operation) -> OperationRow:
    note = (
        ngettext("asked {number} time", "asked {number} times", operation.looks).format(number=operation.looks)
        if operation.looks and operation.status == "unknown"
        else ""
    )
    return OperationRow(
        kind=str(words.KINDS.get(operation.kind, operation.kind)),
        status=operation.status,
        amount=Money(operation.amount_minor, operation.currency),
        asked_at=operation.requested_at,
        our_reference=operation.reference,
        gateway_reference=operation.gateway_reference,
        note=note or words.decline_words(operation.decline_code),
    )


def _actions(story: PaymentStory, caller: Caller) -> tuple[Action, ...]:
    payment, address = story.payment, f"/payments/{story.payment.id}"
    actions = []
    is_unknown = story.open_operation is not None and story.open_operation.status == "unknown"
    if refundable_minor(payment) > 0 and caller.has_right("refund.create") and not is_unknown:
        actions.append(Action(_("Refund"), f"{address}/refund/", "undo-2", "dialog", "primary", shortcut="r"))
    to_capture = payment.authorised_minor - payment.voided_minor - payment.captured_minor - payment.capturing_minor
    if to_capture > 0 and caller.has_right("payment.capture"):
        actions.append(Action(_("Capture"), f"{address}/capture/", "credit-card", "dialog"))
        if not payment.capturing_minor:
            word = _("Release the rest") if payment.captured_minor else _("Void")
            actions.append(Action(word, f"{address}/void/", "ban", "post", key=str(uuid4())))
        if payment.status == "authorised" and not payment.capturing_minor and _can_grow(payment):
            actions.append(Action(_("Add a tip"), f"{address}/tip/", "hand-coins", "dialog"))
            if open_minor(payment.order):
                actions.append(Action(_("Raise"), f"{address}/increase/", "plus", "dialog"))
    if payment.captured_minor and payment.gateway_account_id and caller.has_right("dispute.answer"):
        actions.append(Action(_("Record a dispute"), f"{address}/dispute/", "flag", "dialog"))
    return tuple(actions)


def _can_grow(payment: Payment) -> bool:
    account = payment.gateway_account
    return account is not None and "increment" in registry.gateway(account.gateway).abilities


def _notice(story: PaymentStory, caller: Caller, locale: str) -> Notice | None:
    if story.payment.taken_back_minor or any(one.kind == "take_back" for one in story.operations):
        return _taken_back_notice(story, locale)
    if story.payment.status == "authorised" and story.payment.end_warned_at is not None:
        text = _("Capture it before, or ask the customer again.")
        return Notice("warn", _("The bank holds this money for less than a day."), text, "hourglass")
    operation = story.open_operation
    if operation is None or operation.status not in ("unknown", "submitted", "action_required"):
        return None
    amount = money_text(Money(operation.amount_minor, operation.currency), locale=locale)
    ask = Action(_("Ask now"), f"/payments/{story.payment.id}/ask/", "refresh-cw", "post", key=str(uuid4()))
    ask_now = ask if caller.has_right("payment.capture") else None
    if operation.status == "unknown":
        title = _("{amount} has no answer yet.").format(amount=amount)
        text = _unknown_words(operation)
        return Notice("warn", title, text, "circle-question-mark", ask_now)
    return Notice(
        "info",
        _("{amount} is under way.").format(amount=amount),
        _("The answer appears here by itself."),
        "send",
        ask_now,
    )


def _unknown_words(operation: Operation) -> str:
    if operation.kind == "refund":
        return _(
            "The customer may have the money back already. The gateway is being asked until it answers; do not refund again."
        )
    if operation.kind in ("capture", "void"):
        return _("The gateway is being asked until it answers; nothing is charged twice.")
    return _("The card may have been charged. The gateway is being asked until it answers; do not charge again.")


def _taken_back_notice(story: PaymentStory, locale: str) -> Notice:
    back = [one for one in story.operations if one.kind == "take_back"][-1]
    amount = money_text(Money(back.amount_minor, back.currency), locale=locale)
    if back.reason == "refund":
        title = _("A refund of {amount} did not reach the customer.").format(amount=amount)
        return Notice("bad", title, _("The processor has the money again. Refund it another way."), "triangle-alert")
    title = _("The processor took {amount} back.").format(amount=amount)
    return Notice("bad", title, _("The order owes this amount again. Ask the customer to pay."), "triangle-alert")
