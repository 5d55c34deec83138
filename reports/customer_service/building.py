"""A customer drawn for staff: one row, one person with everything the merchant has with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from babel import Locale, UnknownLocaleError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.callers import Caller
from merchant.core.masking import mask_email, mask_name, mask_phone
from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, Notice, Stat
from merchant.core.pages.shell import current_locale
from merchant.core.telling import count_words
from merchant.customers import queries as customers
from merchant.customers.models import PURPOSES, Customer
from orders.order.models import Order
from orders.order.pages import OrderRow
from payments.records import words
from payments.vouchers.queries import state_of
from reports.customer_service.pages import ConsentRow, CustomerPage, CustomerRow, Line, Reveal, Section
from reports.customer_service.queries import ORDERS_MAX, CustomerStory, Standing
from reports.customer_service.timeline import build_timeline, openable
from reports.search.order_pages import PAPERS, order_row
from reports.search.payment_pages import shown_status
from reports.search.queries import Marks, listed_order

PURPOSE_WORDS = {
    "marketing_mail": gettext_lazy("News by e-mail"),
    "marketing_sms": gettext_lazy("News by text message"),
    "profiling": gettext_lazy("Offers made from what was bought"),
}


def customer_row(customer: Customer, standing: Standing, *, is_masked: bool) -> CustomerRow:
    """Return a customer as lists show it."""
    return CustomerRow(
        id=str(customer.id),
        url=f"/customers/{customer.id}/",
        name=name_of(customer, is_masked=is_masked),
        email=mask_email(customer.email) if is_masked else customer.email,
        phone=mask_phone(customer.phone) if is_masked else customer.phone,
        orders=standing.orders,
        spent=tuple(Money(part.kept_minor, part.currency) for part in standing.bought),
        last_at=standing.last_at,
        since=customer.created_at,
    )


def name_of(customer: Customer, *, is_masked: bool) -> str:
    """Return how the person is called, as far as the reader may know."""
    if customer.erased_at:
        return _("Erased")
    name = customer.name or customer.email.partition("@")[0]
    return (mask_name(name) if is_masked else customer.name or customer.email) or _("Without a name")


def customer_page(
    story: CustomerStory, *, caller: Caller, is_masked: bool, now: datetime, error: str = ""
) -> CustomerPage:
    """Return one person with what `caller` may do; `error` says why a wish to see them in full was refused."""
    customer = story.customer
    rows = [_order(story, order, caller) for order in story.orders]
    here, may = f"/customers/{customer.id}/", caller.has_right("customer.manage") and customer.erased_at is None
    may_ask = is_masked and caller.has_right("customer.reveal") and customer.erased_at is None
    same = [
        Fact(name_of(other, is_masked=is_masked), other.created_at, f"/customers/{other.id}/")
        for other in story.likely_same
    ]
    return CustomerPage(
        id=str(customer.id),
        name=name_of(customer, is_masked=is_masked),
        stats=_stats(story.standing),
        facts=_facts(customer, is_masked=is_masked),
        orders=tuple(row for row in rows if row.status != "draft"),
        carts=tuple(row for row in rows if row.status == "draft"),
        sections=_sections(story, caller, now, is_masked=is_masked),
        consents=_consents(story),
        timeline=build_timeline(story, caller, is_masked=is_masked),
        actions=_actions(customer, caller) if customer.erased_at is None else (),
        privacy=_privacy(customer, caller) if may else (),
        all_orders_url=f"/orders/?customer={customer.id}" if len(rows) >= ORDERS_MAX else "",
        notice=_gone(customer),
        reveal=Reveal(f"{here}reveal/", error) if may_ask else None,
        consent_url=f"{here}consents/" if may else "",
        likely_same=tuple(same) if may else (),
    )  # fmt: skip


def _sections(story: CustomerStory, caller: Caller, now: datetime, *, is_masked: bool) -> tuple[Section, ...]:
    """Payments and messages are always looked for; the rest is shown where there is some."""
    always = _payments(story, caller), _messages(story, is_masked=is_masked)
    rest = (
        _refunds(story, caller),
        _disputes(story, caller),
        _vouchers(story, caller, now),
        _cards(story),
        _papers(story, caller),
    )
    return (always[0], *(section for section in rest if section.lines), always[1])


def _order(story: CustomerStory, order: Order, caller: Caller) -> OrderRow:
    marks = Marks(story.items.get(order.id, 0), order.id in story.unknown)
    row = order_row(listed_order(order), marks, is_masked=caller.is_masked)
    return replace(row, url=openable(caller, "order.read", order.store_id, row.url))


def _stats(standing: Standing) -> tuple[Stat, ...]:
    kept = [Stat(_("Bought and kept"), Money(part.kept_minor, part.currency)) for part in standing.bought]
    return (Stat(_("Orders"), count_words(standing.orders)), *kept)


def _facts(customer: Customer, *, is_masked: bool) -> tuple[Fact, ...]:
    email, phone = customer.email, customer.phone
    facts = [
        Fact(_("E-mail"), (mask_email(email) if is_masked else email) or "—"),
        Fact(_("Phone"), (mask_phone(phone) if is_masked else phone) or "—"),
    ]
    if customer.former_emails:
        former = [mask_email(one) if is_masked else one for one in customer.former_emails]
        facts.append(Fact(_("Also known as"), ", ".join(former)))
    return (*facts, Fact(_("Customer since"), customer.created_at), Fact(_("Language"), _language(customer.locale)))


def _actions(customer: Customer, caller: Caller) -> tuple[Action, ...]:
    actions, sells = [], caller.stores is None
    if caller.has_right("customer.manage"):
        actions.append(Action(_("Change"), f"/customers/{customer.id}/change/", "pencil"))
    if caller.has_right("link.create") and sells:
        actions.append(Action(_("Payment link"), f"/payment-links/new/?customer={customer.id}", "link"))
    if caller.has_right("checkout.create") and sells:
        actions.append(Action(_("New order"), f"/orders/new/?customer={customer.id}", "plus", tone="primary"))
    return tuple(actions)


def _privacy(customer: Customer, caller: Caller) -> tuple[Action, ...]:
    if caller.stores is not None:
        return ()
    here = f"/customers/{customer.id}/"
    return (
        Action(_("What we hold"), f"{here}holdings/", "download", "post", key=str(uuid4())),
        Action(_("Join with another record"), f"{here}join/", "users"),
        Action(_("Erase"), f"{here}erase/", "ban", tone="danger"),
    )


def _gone(customer: Customer) -> Notice | None:
    if customer.erased_at is None:
        return None
    text = _("Name and addresses are gone. Receipts, invoices and amounts stay as the law asks.")
    return Notice("info", _("This person was erased."), text, "ban")


def _payments(story: CustomerStory, caller: Caller) -> Section:
    lines = tuple(
        Line(
            words.method_words(payment.method, payment.card_brand), payment.created_at,
            openable(caller, "payment.read", payment.store_id, f"/payments/{payment.id}/"),
            " ".join(part for part in (f"•{payment.card_last4}" if payment.card_last4 else "", payment.order.number) if part),
            Money(payment.amount_minor, payment.currency), "payment", shown_status(payment),
        )
        for payment in story.payments
    )  # fmt: skip
    return Section("payments", _("Payments"), lines, _("No payment yet."))


def _refunds(story: CustomerStory, caller: Caller) -> Section:
    stores = {payment.id: payment.store_id for payment in story.payments}
    lines = tuple(
        Line(
            _("Refund"), refund.requested_at, openable(caller, "payment.read", stores.get(refund.payment_id), f"/payments/{refund.payment_id}/"),
            refund.reference, Money(refund.amount_minor, refund.currency), "operation", refund.status,
        )
        for refund in story.refunds
    )  # fmt: skip
    return Section("refunds", _("Money given back"), lines)


def _disputes(story: CustomerStory, caller: Caller) -> Section:
    lines = tuple(
        Line(
            dispute.external_id or _("Dispute"), dispute.opened_at,
            openable(caller, "dispute.read", dispute.payment.store_id if dispute.payment else None, f"/disputes/{dispute.id}/"),
            dispute.payment.order.number if dispute.payment else "", Money(dispute.amount_minor, dispute.currency), "dispute", dispute.status,
        )
        for dispute in story.disputes
    )  # fmt: skip
    return Section("disputes", _("Disputes"), lines)


def _vouchers(story: CustomerStory, caller: Caller, now: datetime) -> Section:
    may = caller.has_right("voucher.read")
    kinds = {"gift_card": _("Gift card"), "store_credit": _("Store credit")}
    lines = tuple(
        Line(
            f"{kinds.get(card.kind, card.kind)} {card.hint}", card.created_at, f"/gift-cards/{card.id}/" if may else "",
            _("still on it"), Money(card.balance_minor, card.currency), "voucher", state_of(card, now),
        )
        for card in story.vouchers
    )  # fmt: skip
    return Section("vouchers", _("Gift cards and store credit"), lines)


def _cards(story: CustomerStory) -> Section:
    lines = tuple(
        Line(
            f"{card.card_brand.title()} •{card.card_last4}".strip(), card.created_at,
            note=_("consent taken back") if card.revoked_at else _("may be charged again, by consent"),
        )
        for card in story.cards
    )  # fmt: skip
    return Section("cards", _("Cards on file"), lines, has_amounts=False)


def _papers(story: CustomerStory, caller: Caller) -> Section:
    stores = {order.id: order.store_id for order in story.orders}
    lines = tuple(
        Line(
            f"{PAPERS.get(paper.kind, paper.kind)} {paper.number}", paper.issued_at,
            openable(caller, "order.read", stores.get(paper.order_id) if paper.order_id else None, f"/orders/{paper.order_id}/"),
            amount=Money(paper.total_minor, paper.currency),
        )
        for paper in story.papers
    )  # fmt: skip
    return Section("papers", _("Receipts and invoices"), lines)


def _messages(story: CustomerStory, *, is_masked: bool) -> Section:
    lines = tuple(
        Line(
            mail.kind.replace("_", " ") if is_masked or not mail.subject else mail.subject, mail.created_at,
            note=mask_email(mail.recipient) if is_masked else mail.recipient, family="delivery", status=mail.status,
        )
        for mail in story.messages
    )  # fmt: skip
    return Section("messages", _("Messages"), lines, _("No mail was sent yet."), has_amounts=False)


def _consents(story: CustomerStory) -> tuple[ConsentRow, ...]:
    standing = customers.standing_consents(list(story.consents))
    rows = []
    for purpose in PURPOSES:
        said, label = standing.get(purpose), str(PURPOSE_WORDS[purpose])
        if said is None:
            rows.append(ConsentRow(purpose, label, None, key=str(uuid4())))
            continue
        note = ", ".join(part for part in (said.source, said.recorded_by) if part)
        rows.append(ConsentRow(purpose, label, said.is_given, said.said_at, note, str(uuid4())))
    return tuple(rows)


def _language(locale: str) -> str:
    """Return a customer's language as the reader calls it."""
    try:
        return Locale.parse(locale.replace("-", "_")).get_display_name(current_locale()) or locale
    except (ValueError, UnknownLocaleError):
        return locale
