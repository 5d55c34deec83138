"""`/orders/<id>/transfer/`: what a customer quotes to pay by bank transfer; `/transfers/`: the transfers that paid orders; which reference is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, FormPage, choices_of, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from payments.reconciliation import queries
from payments.reconciliation.matching.transfers import SCORES, reference_kind_of, transfer_references
from payments.reconciliation.models import Match
from payments.reconciliation.statements import account_services

TRANSFERS = "/transfers/"


def kind_words() -> dict[str, str]:
    """Return the references a customer may quote, in words."""
    return {"ocr": _("OCR number"), "rf": _("Creditor reference (RF)"), "number": _("Order number")}


def rule_words() -> dict[str, str]:
    """Return how a transfer found its order, in words."""
    words = kind_words()
    return {
        "transfer_rf": words["rf"], "transfer_ocr": words["ocr"], "transfer_order_number": words["number"],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TransferSlip:
    """What is to be paid, to which account, with which reference; `others` are found as well."""

    title: str
    back: Link
    facts: tuple[Fact, ...]
    others: tuple[Fact, ...]


class OrderTransferView(StaffPageView):
    """The slip of one order, to be read out or printed."""

    right = "order.read"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show what to quote."""
        order = orders.get_own_order(self.caller, order_id)
        said, words = transfer_references(order.number), kind_words()
        account = queries.find_bank_account(order.currency)
        kind = reference_kind_of(account, country=self.caller.merchant.country)
        left = Money(max(0, order.total_minor - order.secured_minor), order.currency)
        facts = (
            Fact(_("To pay"), left),
            Fact(_("To"), self.caller.merchant.name, note=f"{account.name} …{account.hint}" if account else ""),
            Fact(words[kind], _shown(kind, said), is_identifier=True, note=_("to be quoted with the transfer")),
        )
        others = tuple(Fact(words[one], _shown(one, said), is_identifier=True) for one in words if one != kind)
        title = _("Bank transfer for {order}").format(order=order.number)
        page = TransferSlip(title, Link(order.number, f"/orders/{order.id}/"), facts, others)
        return self.page("payments/reconciliation/transfer_slip.html", page, current="orders")


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A bank line, or its part, that paid an order."""

    booked_on: date
    order: str
    order_url: str
    amount: Money
    how: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class TransferListPage:
    """The list, newest first."""

    list: ListFrame
    rows: tuple[TransferRow, ...]


class TransferListView(StaffPageView):
    """`/transfers/`."""

    right = "reconciliation.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the transfers that paid orders."""
        here, words = Here.of(request), rule_words()
        rows: QuerySet[Match] = queries.list_transfers(
            rules=[one for one in here.params.get("rule", ()) if one in SCORES]
        )
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        facts = queries.transfer_facts(found.rows)
        frame = ListFrame(
            title=_("Customers' bank transfers"),
            bar=here.bar(here.choice("rule", _("Found by"), list(words.items()))),
            pager=here.pager(found),
            empty=EmptyState(
                "landmark", _("No transfers yet"), _("A bank line that names an order pays it, and appears here.")
            ),
            actions=self._actions(),
        )
        lines = tuple(
            TransferRow(
                booked_on=facts[match.id]["booked_on"],
                order=facts[match.id]["number"],
                order_url=f"/orders/{facts[match.id]['order_id']}/",
                amount=Money(match.amount_minor, match.currency),
                how=words[match.rule],
                text=facts[match.id]["text"],
                url=f"/bank-lines/{match.statement_line_id}/",
            )
            for match in found.rows
        )
        return self.page(
            "payments/reconciliation/transfers.html", TransferListPage(frame, lines), current="reconciliation"
        )

    def _actions(self) -> tuple[Action, ...]:
        if not self.caller.has_right("gateway.manage"):
            return ()
        return (Action(_("References"), f"{TRANSFERS}references/", "settings"),)


class ReferenceKindView(StaffPageView):
    """`/transfers/references/`: which reference each bank account asks for."""

    right = "gateway.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save it, once."""
        try:
            return self.act_once(request, self._save)
        except AppError as error:
            return self._form(error)

    def _save(self) -> str:
        wanted = {str(one.id): self.request.POST.get(str(one.id), "") for one in queries.list_bank_accounts()}
        account_services.set_reference_kinds(kinds=wanted, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. All kinds are still found on statements."))
        return TRANSFERS

    def _form(self, error: AppError | None = None) -> HttpResponse:
        fields = tuple(
            FormField(
                str(one.id), f"{one.name} …{one.hint}", "choice",
                choices=choices_of(list(kind_words().items()), chosen=reference_kind_of(one, country=self.caller.merchant.country)),
            )
            for one in queries.list_bank_accounts()
        )  # fmt: skip
        page = FormPage(
            title=_("References of bank transfers"),
            back=Link(_("Customers' bank transfers"), TRANSFERS),
            action_url=f"{TRANSFERS}references/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Save"),
            notice=_("What customers are asked to quote when they pay to the account."),
            errors=error_lines(error),
        )
        return self.page(
            "components/form_page.html", page, current="reconciliation", status=error.status if error else 200
        )


def _shown(kind: str, said: dict[str, str]) -> str:
    """Return a reference in groups of four, as people read it out; an order number as it is."""
    text = said[kind]
    return text if kind == "number" else " ".join(text[at : at + 4] for at in range(0, len(text), 4))
