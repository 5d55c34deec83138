"""`/fees/contracts/`: what gateway accounts may charge, version by version."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now, business_today
from merchant.core.errors import AppError, NotFound
from merchant.core.filters import typed_id
from merchant.core.pages.display import field_amount
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, ListFrame
from merchant.core.pages.shell import current_locale
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.fees import forms, pages, queries, services
from payments.fees.models import FeeContract
from payments.fees.pages import PATH, PRICINGS, ContractForm, ContractListPage, ContractPage
from payments.gateways.models import GatewayAccount

_PRICE_NAMES = ("method", "brand", "region", "card_kind", "percent", "fixed", "minimum", "maximum")


class _ContractsPage(StaffPageView):
    def today(self) -> date:
        """Return the merchant's business day."""
        return business_today(self.caller.merchant)


class ContractListView(_ContractsPage):
    """The versions, the latest entered first."""

    right = "settlement.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of versions."""
        here, today = Here.of(request), self.today()
        found = paged(queries.list_contracts(), after=here.one("after") or None, before=here.one("before") or None)
        new = Action(_("New version"), f"{PATH}new/", "plus", tone="primary")
        frame = ListFrame(
            title=_("Fee contracts"),
            bar=here.bar(),
            pager=here.pager(found),
            empty=EmptyState(
                "hand-coins",
                _("No fee contracts yet"),
                _("Enter what a processor agreed to charge; each fee is held against it."),
            ),
            actions=(new,) if self.caller.has_right("fee.manage") else (),
        )
        rows = tuple(pages.contract_row(row, today=today, locale=current_locale()) for row in found.rows)
        return self.page("payments/fees/contracts.html", ContractListPage(frame, rows), current="payouts")


class ContractView(_ContractsPage):
    """One version."""

    right = "settlement.read"

    def get(self, request: HttpRequest, contract_id: UUID) -> HttpResponse:
        """Show what it says."""
        contract, today, locale = queries.get_contract(contract_id), self.today(), current_locale()
        terms = queries.terms_of(contract)
        actions = [Action(_("Last month under it"), f"{PATH}{contract.id}/dry-run/", "calculator")]
        if contract.valid_from > today and self.caller.has_right("fee.manage"):
            actions.append(Action(_("Change"), f"{PATH}{contract.id}/change/", "pencil", tone="primary"))
        page = ContractPage(
            row=pages.contract_row(contract, today=today, locale=locale),
            prices=pages.price_rows(terms, queries.settled_in(contract), locale=locale),
            facts=pages.contract_facts(contract, terms),
            actions=tuple(actions),
        )
        return self.page("payments/fees/contract.html", page, current="payouts")


class NewContractView(_ContractsPage):
    """The form of a new version; `?from=<id>` begins with what another says."""

    right = "fee.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        drawn_from = typed_id(request.GET.get("from", ""))
        return self._form(queries.get_contract(drawn_from) if drawn_from else None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the version, once."""
        try:
            return self.act_once(request, self._agree)
        except NotFound:
            raise
        except AppError as error:
            return self._form(None, error)

    def _agree(self) -> str:
        fields = self.request.POST
        account = GatewayAccount.objects.filter(id=typed_id(fields.get("account", ""))).first()
        if account is None:
            raise NotFound()
        currency = fields.get("currency", "").strip().upper()
        contract = services.agree_contract(
            account_id=account.id,
            currency=currency,
            valid_from=forms.read_day(fields),
            terms=forms.read_terms(fields, currency=currency or account.currency),
            note=fields.get("note", ""),
            today=self.today(),
            now=business_now(self.caller.merchant_id),
        )
        messages.success(self.request, _("Fees are held against it from its day on."))
        return f"{PATH}{contract.id}/"

    def _form(self, drawn_from: FeeContract | None, error: AppError | None = None) -> HttpResponse:
        accounts = GatewayAccount.objects.exclude(gateway="manual").order_by("name", "id")
        chosen = str(drawn_from.gateway_account_id) if drawn_from else ""
        own: tuple[FormField, ...] = (
            FormField(
                "account", _("Gateway account"), "choice",
                choices=choices_of([(str(one.id), f"{one.name}, {one.currency}") for one in accounts], chosen),
            ),
            FormField(
                "currency", _("Settlement currency"), length_max=3, text=drawn_from.currency if drawn_from else "",
                hint=_("Empty for the account's own."),
            ),
        )  # fmt: skip
        return draw_form(self, drawn_from, own, title=_("New fee contract"), error=error)


class ChangeContractView(_ContractsPage):
    """The form of a version that is not in force yet."""

    right = "fee.manage"

    def get(self, request: HttpRequest, contract_id: UUID) -> HttpResponse:
        """Show it. :raises ContractInForce: if it holds already."""
        contract = queries.get_contract(contract_id)
        if contract.valid_from <= self.today():
            raise services.ContractInForce(day=contract.valid_from)
        return draw_form(self, contract, (), title=_("Change a fee contract"))

    def post(self, request: HttpRequest, contract_id: UUID) -> HttpResponse:
        """Change it, once."""
        contract = queries.get_contract(contract_id)
        try:
            return self.act_once(request, lambda: self._change(contract))
        except services.ContractInForce:
            raise
        except AppError as error:
            return draw_form(self, contract, (), title=_("Change a fee contract"), error=error)

    def _change(self, contract: FeeContract) -> str:
        fields = self.request.POST
        services.change_contract(
            contract_id=contract.id,
            valid_from=forms.read_day(fields),
            terms=forms.read_terms(fields, currency=queries.settled_in(contract)),
            note=fields.get("note", ""),
            today=self.today(),
            now=business_now(self.caller.merchant_id),
        )
        return f"{PATH}{contract.id}/"


def draw_form(
    view: _ContractsPage,
    contract: FeeContract | None,
    own: tuple[FormField, ...],
    *,
    title: str,
    error: AppError | None = None,
) -> HttpResponse:
    """Return the page of the form, with what was typed where it was refused, else with what `contract` says."""
    posted = view.request.POST
    fields = (*own, *_fields(contract, view.today()))
    fields = answered(fields, posted, error)
    form = FormPage(
        title=title,
        back=Link(_("Fee contracts"), PATH),
        action_url=view.request.path,
        idempotency_key=str(uuid4()),
        fields=fields,
        button=_("Save the version"),
        notice=_("A version that is in force cannot be changed; a new one takes its place from its day on."),
        errors=error_lines(error, fields),
    )
    prices = _typed_prices(posted.dict()) if error else _agreed_prices(contract)
    page = ContractForm(form, prices, title)
    return view.page("payments/fees/contract_form.html", page, current="payouts", status=error.status if error else 200)


def _fields(contract: FeeContract | None, today: date) -> tuple[FormField, ...]:
    """Return the fields that both forms have."""

    def money(name: str) -> str:
        return field_amount(getattr(contract, name), queries.settled_in(contract)) if contract else ""

    day = contract.valid_from if contract and contract.valid_from > today else today
    pairs = [(value, str(label)) for value, label in PRICINGS.items()]
    says_nothing = _("Empty: the contract says nothing, and nothing is judged.")
    percent = pages.written_percent(contract.basis_points) if contract else ""
    return (
        FormField("valid_from", _("From the day"), "date", text=day.isoformat(), is_required=True),
        FormField(
            "pricing",
            _("Pricing"),
            "choice",
            choices=choices_of(pairs, contract.pricing if contract else "blended"),
            hint=_("Interchange plus adds interchange and scheme fees as the report gives them."),
        ),
        FormField("percent", _("Percent of a sale"), "decimal", percent, _("Such as 1.40."), True, 10),
        FormField("fixed", _("Fixed part of a sale"), "decimal", money("fixed_minor"), length_max=20),
        FormField("minimum", _("Least for a sale"), "decimal", money("minimum_minor"), length_max=20),
        FormField("maximum", _("Most for a sale"), "decimal", money("maximum_minor"), length_max=20),
        FormField("refund", _("A refund costs"), "decimal", money("refund_fixed_minor"), length_max=20),
        FormField("chargeback", _("A chargeback costs"), "decimal", money("chargeback_fixed_minor"), says_nothing, length_max=20),
        FormField("payout", _("A payout costs"), "decimal", money("payout_fixed_minor"), says_nothing, length_max=20),
        FormField("monthly", _("A month costs"), "decimal", money("monthly_minor"), says_nothing, length_max=20),
        FormField("note", _("Note"), text=contract.note if contract else "", length_max=200),
    )  # fmt: skip


def _agreed_prices(contract: FeeContract | None) -> tuple[pages.PriceField, ...]:
    agreed = queries.terms_of(contract).prices if contract else ()
    currency = queries.settled_in(contract) if contract else ""
    blank = range(len(agreed), len(agreed) + forms.PRICES_BLANK)
    return (
        *(pages.price_field(number, price, currency) for number, price in enumerate(agreed)),
        *(pages.price_field(number, None, currency) for number in blank),
    )


def _typed_prices(posted: dict[str, str]) -> tuple[pages.PriceField, ...]:
    numbers = [int(name[8:]) for name in posted if name.startswith("percent_") and name[8:].isdecimal()]
    lines = sorted(set(numbers))[: services.PRICES_MAX + forms.PRICES_BLANK]
    return tuple(
        pages.price_field(
            number, None, "", {name: posted.get(f"{name}_{number}", "") for name in _PRICE_NAMES} | {"typed": "1"}
        )
        for number in lines
    )
