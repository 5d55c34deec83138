"""Gateways and routing for staff: how accounts are, by which rules they are chosen, and what a payment would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from merchant.core.numbers import whole_number
from merchant.core.pages.display import moment_text
from merchant.core.pages.forms import FormField, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from payments.routing import forms, queries, rule_pages, services
from payments.routing.pages import (
    RoutingPage,
    RulePage,
    ShareField,
    account_row,
    method_choices,
    place_choices,
    rule_rows,
)
from payments.routing.rules import Decided, Facts, Rule


class RoutingView(StaffPageView):
    """`/gateways/`: accounts, rules, and the dry run, whose facts stand in the address."""

    right = "gateway.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show everything; with an amount in the address also which route it would take."""
        errors: tuple[str, ...] = ()
        decided: Decided | None = None
        if request.GET.get("amount"):
            try:
                decided = services.route(self._facts(request)).decided
            except (AmountMalformed, AmountPrecision, ValueError):
                errors = (_("Write the amount like 12.50 and the moment as a day and a time."),)
        return self.page("payments/routing/gateways.html", self._page(decided, errors), current="gateways")

    def _page(self, decided: Decided | None, errors: tuple[str, ...]) -> RoutingPage:
        plan, accounts = queries.current_plan(), queries.list_accounts(now=machine_now())
        rules, merchant, asked = queries.rules_of(plan), self.caller.merchant, self.request.GET.dict()
        locale = locale_of(self.request.LANGUAGE_CODE)  # type: ignore[attr-defined]
        made = ""
        if plan is not None:
            at = moment_text(plan.made_at, shape="full", zone=merchant.zone, locale=locale)
            made = _("Version {number}, {who}, {moment}").format(number=plan.version, who=plan.made_by, moment=at)
        places = places_of(self.caller)
        names = {account.id: account.name for account in accounts}
        names |= {str(place.id): place.name for place in (*places.stores, *places.channels)}
        return RoutingPage(
            accounts=tuple(account_row(account) for account in accounts),
            rules=rule_rows(rules, names=names, currency=merchant.base_currency, locale=locale),
            version=plan.version if plan else 0,
            made_text=made,
            can_manage=self.caller.has_right("routing.manage"),
            can_change_accounts=self.caller.has_right("gateway.manage"),
            methods=method_choices([asked.get("method", "card")]),
            channels=place_choices(places.channels, [asked.get("channel", "")]),
            stores=place_choices(places.stores, [asked.get("store", "")]),
            asked=asked,
            key=str(uuid4()),
            decided=decided,
            errors=errors,
        )

    def _facts(self, request: HttpRequest) -> Facts:
        asked, merchant = request.GET, self.caller.merchant
        currency = asked.get("currency", "").strip().upper() or merchant.base_currency
        moment = asked.get("at") or business_now(merchant.id).astimezone(ZoneInfo(merchant.zone)).isoformat()
        at = datetime.fromisoformat(moment).replace(tzinfo=None)
        return Facts(
            method=asked.get("method", "card"),
            currency=currency,
            amount_minor=Money.parse(asked["amount"].strip().replace(",", "."), currency).minor,
            at=at.isoformat(timespec="seconds"),
            channel=asked.get("channel", ""),
            store=asked.get("store", ""),
            brand=asked.get("brand", "").strip().lower(),
            country=asked.get("country", "").strip().upper(),
        )


class RuleView(StaffPageView):
    """`/gateways/rules/new/` and `/gateways/rules/<number>/`: the form of one rule, and its answer."""

    right = {"GET": "routing.manage", "POST": "routing.manage"}

    def get(self, request: HttpRequest, number: str = "0") -> HttpResponse:
        """Show the form."""
        place = _place(number)
        rules = list(queries.rules_of(queries.current_plan()))
        return self._form(_at(rules, place) if place else None, place)

    def post(self, request: HttpRequest, number: str = "0") -> HttpResponse:
        """Save the rules with this one changed, or added last."""
        place = _place(number)
        try:
            rule = forms.read_rule(request.POST, currency=self.caller.merchant.base_currency)
            return self.act_once(request, lambda: self._save(rule, place))
        except NotFound:
            raise
        except AppError as error:
            return self._form(None, place, error)

    def _save(self, rule: Rule, number: int) -> str:
        rules = list(queries.rules_of(queries.current_plan()))
        if number:
            _at(rules, number)
            rules[number - 1] = rule
        else:
            rules.append(rule)
        save(self, rules)
        messages.success(self.request, _("The rule is in force from the next payment on."))
        return "/gateways/"

    def _form(self, rule: Rule | None, number: int, error: AppError | None = None) -> HttpResponse:
        plan = queries.current_plan()
        wrong = rule_pages.reasons(error)
        page = RulePage(
            action_url=self.request.path,
            title=_("Change a rule") if number else _("Add a rule"),
            version=plan.version if plan else 0,
            idempotency_key=str(uuid4()),
            names=self._filled(rule_pages.name_fields(rule), wrong),
            shares=tuple(
                self._share(account.id, account.name, rule) for account in queries.list_accounts(now=machine_now())
            ),
            conditions=self._filled(
                rule_pages.condition_fields(
                    rule, places=places_of(self.caller), currency=self.caller.merchant.base_currency
                ),
                wrong,
            ),
            errors=error_lines(error),
            shares_error=wrong.get(forms.SHARES, ""),
        )
        return self.page("payments/routing/rule.html", page, current="gateways", status=error.status if error else 200)

    def _filled(self, fields: tuple[FormField, ...], wrong: Mapping[str, str]) -> tuple[FormField, ...]:
        if self.request.method != "POST":
            return fields
        return tuple(replace(field.filled(self.request.POST), error=wrong.get(field.name, "")) for field in fields)

    def _share(self, account: str, name: str, rule: Rule | None) -> ShareField:
        posted = self.request.POST
        if self.request.method == "POST":
            return ShareField(account, name, posted.get(f"share_{account}", ""), account in posted.getlist("fallback"))
        percents = {share.account: str(share.percent) for share in rule.shares} if rule else {}
        return ShareField(account, name, percents.get(account, ""), bool(rule and account in rule.fallback))


class RuleMoveView(StaffPageView):
    """`/gateways/rules/<number>/move/`: one place up or down, or out."""

    right = "routing.manage"

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        """Move it and save the next version."""
        place = _place(number)
        return self.act_once(request, lambda: self._move(place, request.POST.get("to", "")))

    def _move(self, number: int, to: str) -> str:
        rules = list(queries.rules_of(queries.current_plan()))
        rule = _at(rules, number)
        rules.remove(rule)
        if to != "out":
            rules.insert(max(0, number - 2 if to == "up" else number), rule)
        save(self, rules)
        return "/gateways/"


def save(view: StaffPageView, rules: Sequence[Rule]) -> None:
    """Keep the rules as the next version, drawn from the one the form names."""
    version = whole_number(view.request.POST.get("version", ""))
    services.save_plan(
        rules=rules, based_on=-1 if version is None else version, note=view.request.POST.get("note", ""),
        now=business_now(view.caller.merchant_id),
    )  # fmt: skip


def _place(text: str) -> int:
    """Return the place of a rule named in an address, 0 for a new one. :raises NotFound: for what is no place."""
    if not text.isdecimal() or len(text) > 4:
        raise NotFound()
    return int(text)


def _at(rules: Sequence[Rule], number: int) -> Rule:
    if not 1 <= number <= len(rules):
        raise NotFound()
    return rules[number - 1]
