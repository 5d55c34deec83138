"""The accounts that files are of: the list, a new bank account, a new account at a processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.parts import Action, Link
from merchant.core.staff_pages import StaffPageView
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from payments.gateways.registry import REPORTED
from payments.reconciliation import queries
from payments.reconciliation.statements import account_services

PATH = "/imports/accounts/"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. `called` is what files call it, of a bank account its end."""

    name: str
    place: str
    called: str
    currency: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """The page of accounts."""

    banks: tuple[AccountRow, ...]
    processors: tuple[AccountRow, ...]
    actions: tuple[Action, ...]


class AccountListView(StaffPageView):
    """`/imports/accounts/`."""

    right = "settlement.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every account whose files can be imported."""
        banks = [AccountRow(one.name, _("Bank"), f"…{one.hint}", one.currency) for one in queries.list_bank_accounts()]
        processors = [
            AccountRow(
                one.name,
                _processors().get(one.gateway, one.gateway.capitalize()),
                one.external_id,
                one.currency,
                f"/gateways/accounts/{one.id}/" if self.caller.has_right("gateway.manage") else "",
            )
            for one in queries.list_report_accounts()
        ]
        actions: tuple[Action, ...] = ()
        if self.caller.has_right("gateway.manage"):
            actions = (
                Action(_("Add a bank account"), f"{PATH}bank/", "landmark"),
                Action(_("Add an account at a processor"), f"{PATH}processor/", "credit-card"),
            )
        page = AccountsPage(tuple(banks), tuple(processors), actions)
        return self.page("payments/reconciliation/accounts.html", page, current="imports")


class _NewAccountView(StaffPageView):
    """A form that adds one account. Subclasses say which."""

    right = "gateway.manage"
    title: Any
    notice: Any

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add the account, once."""
        try:
            return self.act_once(request, self._add)
        except AppError as error:
            return self._form(error)

    def fields(self) -> tuple[FormField, ...]:
        """Mandatory. Return what is asked beside name and currency."""
        raise NotImplementedError

    def add(self, told: dict[str, str]) -> str:
        """Mandatory. Add the account and return its name."""
        raise NotImplementedError

    def _add(self) -> str:
        name = self.add(self.request.POST.dict())
        messages.success(self.request, _("{name} was added; import its files now.").format(name=name))
        return "/imports/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        base = merchants.get_merchant(current_merchant_id()).base_currency
        fields: tuple[FormField, ...] = (
            FormField("name", _("Name"), is_required=True, length_max=80, hint=_("As your people call it.")),
            *self.fields(),
            FormField("currency", _("Currency"), text=base, is_required=True, length_max=3),
        )
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=str(self.title),
            back=Link(_("Accounts of files"), PATH),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Add the account"),
            notice=str(self.notice),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="imports", status=error.status if error else 200)


class NewBankAccountView(_NewAccountView):
    """`/imports/accounts/bank/`."""

    title = gettext_lazy("New bank account")
    notice = gettext_lazy(
        "Statements are recognised by this number. It is kept sealed; pages show its last four characters."
    )

    def fields(self) -> tuple[FormField, ...]:
        """Ask for its number."""
        hint = _("IBAN, or the number that stands in the bank's files; of Bankgiro files the bankgiro number.")
        return (FormField("number", _("Number"), is_required=True, length_max=60, hint=hint),)

    def add(self, told: dict[str, str]) -> str:
        """Add it."""
        account = account_services.open_bank_account(
            name=told.get("name", ""), number=told.get("number", ""), currency=told.get("currency", ""),
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return account.name


class NewReportAccountView(_NewAccountView):
    """`/imports/accounts/processor/`."""

    title = gettext_lazy("New account at a processor")
    notice = gettext_lazy("Its reports are read, matched and booked. No payment is ever sent there.")

    def fields(self) -> tuple[FormField, ...]:
        """Ask which processor, and what its reports call the account."""
        hint = _(
            "Adyen: the merchant account. Checkout.com: the entity. Elsewhere any name that tells your accounts apart."
        )
        return (
            FormField("processor", _("Processor"), "choice", choices=choices_of(list(_processors().items()))),
            FormField("external_id", _("Name in its reports"), is_required=True, length_max=80, hint=hint),
        )

    def add(self, told: dict[str, str]) -> str:
        """Add it."""
        account = account_services.open_report_account(
            processor=told.get("processor", ""), name=told.get("name", ""), external_id=told.get("external_id", ""),
            currency=told.get("currency", ""), now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return account.name


def _processors() -> dict[str, str]:
    """Return the processors whose reports are read: their own names, and a word for all others."""
    return {**REPORTED, "other": _("Another processor")}
