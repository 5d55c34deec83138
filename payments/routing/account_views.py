"""One account at a processor for staff: what it is called, when it captures, and its keys, which nobody reads back."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.parts import Link
from merchant.core.pages.rules import read_whole
from merchant.core.staff_pages import StaffPageView
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.routing import account_services
from payments.routing.account_services import SECRETS, AccountChange


class AccountView(StaffPageView):
    """`/gateways/accounts/<id>/`."""

    right = "gateway.manage"

    def get(self, request: HttpRequest, account_id: UUID) -> HttpResponse:
        """Show what may be changed."""
        return self._form(_find(account_id))

    def post(self, request: HttpRequest, account_id: UUID) -> HttpResponse:
        """Change the account, once."""
        account = _find(account_id)
        try:
            return self.act_once(request, lambda: self._change(account))
        except AppError as error:
            return self._form(account, error)

    def _change(self, account: GatewayAccount) -> str:
        told = self.request.POST
        days = told.get("authorisation_days", "").strip()
        change = AccountChange(
            name=told.get("name", "").strip(),
            is_active=bool(told.get("is_active")),
            capture_mode=told.get("capture_mode", ""),
            authorisation_days=read_whole(days, least=1, most=60, name=_("Days an authorisation holds")) if days else None,
            secrets={name: told.get(name, "").strip() for name in SECRETS.get(account.gateway, ())},
        )  # fmt: skip
        account_services.change_account(account_id=account.id, change=change, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. It holds from now on."))
        return self.request.path

    def _form(self, account: GatewayAccount, error: AppError | None = None) -> HttpResponse:
        fields = answered(_fields(account), self.request.POST, error)
        page = FormPage(
            title=account.name,
            back=Link(_("Gateways & routing"), "/gateways/"),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Save"),
            notice=_("Keys are kept sealed and never shown again. An empty field leaves the key that is there.") if SECRETS.get(account.gateway) else "",
            errors=error_lines(error, fields),
        )  # fmt: skip
        return self.page("components/form_page.html", page, current="gateways", status=error.status if error else 200)


def _find(account_id: UUID) -> GatewayAccount:
    account: GatewayAccount | None = GatewayAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    return account


def _secret_names(account: GatewayAccount) -> tuple[str, ...]:
    return SECRETS.get(account.gateway, ())


def _fields(account: GatewayAccount) -> tuple[FormField, ...]:
    modes = [
        ("automatic", _("At once")),
        ("on_fulfilment", _("When goods are handed over")),
        ("day_close", _("At the end of the day")),
    ]
    fields = [FormField("name", _("Name"), text=account.name, is_required=True, length_max=80)]
    if registry.gateway(account.gateway).takes_payments:
        days = str(registry.authorisation_days(account))
        fields += [
            FormField("capture_mode", _("Payments are captured"), "choice", choices=choices_of(modes, account.capture_mode)),
            FormField("authorisation_days", _("Days an authorisation holds"), "number", text=days, length_max=2),
        ]  # fmt: skip
    known = registry.access(account).secrets
    words = {
        "report_hmac_key": _("HMAC key of the report webhook"),
        "report_api_key": _("Key of the user who fetches reports"),
    }
    fields += [
        FormField(name, words[name], "password", length_max=500, hint=_("There is one.") if known.get(name) else _("None yet."))
        for name in _secret_names(account)
    ]  # fmt: skip
    fields.append(FormField("is_active", _("In use"), "tick", text="on" if account.is_active else ""))
    return tuple(fields)
