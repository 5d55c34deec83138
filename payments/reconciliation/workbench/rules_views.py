"""`/reconciliation/rules/`: what holds, what would change under other rules, and saving them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.errors import AppError, NotFound
from merchant.core.filters import typed_id
from merchant.core.jobs.models import Job
from merchant.core.money import Money
from merchant.core.pages.display import day_text, field_amount, money_text
from merchant.core.pages.forms import error_lines
from merchant.core.pages.parts import Action, Choice, Link
from merchant.core.pages.rules import read_amount, read_whole
from merchant.core.pages.shell import current_locale
from payments.gateways.models import GatewayAccount
from payments.reconciliation.desk import dry_run, limits, rules
from payments.reconciliation.desk.dry_run import Trial
from payments.reconciliation.desk.rules import ROUNDING_ACCOUNTS, WINDOW_DAYS_MAX
from payments.reconciliation.matching import rules_now
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.matching.rules_now import Rules
from payments.reconciliation.workbench import options as bench_options
from payments.reconciliation.workbench import work as bench_work
from payments.reconciliation.workbench.decision_views import DeskView
from payments.reconciliation.workbench.rules_pages import (
    LimitField,
    MatchRulesPage,
    TrialKind,
    TrialPage,
    TrialRow,
    TrialSide,
    VersionRow,
)

_ADDRESS = "/reconciliation/rules/"
_ROLES = {
    "owner": gettext_lazy("Owner"),
    "manager": gettext_lazy("Manager"),
    "accountant": gettext_lazy("Accountant"),
    "api_key": gettext_lazy("API keys"),
}


class RulesFormView(DeskView):
    """What both buttons of the form need. `?account=` names one gateway account; without it the rules are the merchant's."""

    def account(self) -> GatewayAccount | None:
        """Return the gateway account of the address, None for the merchant. :raises NotFound: if it is another's."""
        asked = self.request.GET.get("account", "")
        if not asked:
            return None
        key = typed_id(asked)
        found: GatewayAccount | None = GatewayAccount.objects.filter(id=key).first() if key else None
        if found is None:
            raise NotFound()
        return found

    def wanted(self, account: GatewayAccount | None) -> Rules:
        """Return what the form says. :raises RuleInvalid: for what cannot be."""
        fields, currency = self.request.POST, account.currency if account else self.caller.merchant.base_currency
        return Rules(
            card_window_days=read_whole(fields.get("card_window_days", ""), least=0, most=WINDOW_DAYS_MAX, name=_("Days of a card row")),
            payout_window_days=read_whole(fields.get("payout_window_days", ""), least=0, most=WINDOW_DAYS_MAX, name=_("Days of a payout")),
            rounding_max_minor=read_amount(fields.get("rounding", ""), currency=currency, name=_("Largest rounding difference")),
            rounding_account=fields.get("rounding_account", ""),
        )  # fmt: skip

    def limits_wanted(self, account: GatewayAccount | None) -> dict[str, int | None] | None:
        """Return what each role decides alone as the form says it, None for an account, which has none. :raises RuleInvalid: for what is no amount."""
        if account is not None:
            return None
        base = self.caller.merchant.base_currency
        typed = {role: self.request.POST.get(f"limit_{role}", "").strip() for role in limits.DECIDERS}
        return {
            role: read_amount(text, currency=base, name=str(_ROLES[role])) if text else None
            for role, text in typed.items()
        }

    def show(self, account: GatewayAccount | None, error: AppError | None) -> HttpResponse:
        """Return the page of a level, with what was refused above the form."""
        page = _page(account, base=self.caller.merchant.base_currency, error=error, posted=self.request.POST.dict(),
            can_change=self.caller.has_right("reconciliation.rules"))  # fmt: skip
        status = error.status if error else 200
        return self.page("payments/reconciliation/rules.html", page, current="reconciliation", status=status)


class MatchRulesView(RulesFormView):
    """What holds, and saving something else."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.rules"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what holds and where it comes from."""
        return self.show(self.account(), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save a new version."""
        account = self.account()
        try:
            wanted, alone = self.wanted(account), self.limits_wanted(account)
            return self.act_once(request, lambda: self._save(account, wanted, alone))
        except NotFound:
            raise
        except AppError as error:
            return self.show(account, error)

    def _save(self, account: GatewayAccount | None, wanted: Rules, alone: dict[str, int | None] | None) -> str:
        seen = self.request.POST.get("version", "")
        rules.save_rules(
            gateway_account_id=account.id if account else None, rules=wanted, role_limits=alone, now=self.now,
            seen_version=int(seen) if seen.isdigit() and len(seen) < 9 else None, role=self.caller.role,
        )  # fmt: skip
        messages.success(self.request, _("Saved. Runs from now on go by these rules; what is matched stays."))
        return _address(account)


class DryRunCreateView(RulesFormView):
    """`/reconciliation/rules/try/`: what the rules of the form would have done last month."""

    right = {"POST": "reconciliation.rules"}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put the dry run in the queue and lead to it."""
        account = self.account()
        try:
            wanted = self.wanted(account)
            return self.act_once(request, lambda: self._ask(account, wanted))
        except NotFound:
            raise
        except AppError as error:
            return self.show(account, error)

    def _ask(self, account: GatewayAccount | None, wanted: Rules) -> str:
        first, last = last_month(bench_work.today_of(self.caller))
        job = dry_run.request_dry_run(Trial(wanted, account.id if account else None, first, last))
        return f"{_ADDRESS}dry-runs/{job.id}/"


class DryRunView(DeskView):
    """`/reconciliation/rules/dry-runs/<id>/`."""

    right = "reconciliation.read"

    def get(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Show what would change, or how far the dry run is."""
        page = _trial_page(dry_run.get_dry_run(run_id))
        if self.is_part:
            return self.fragment("payments/reconciliation/trial.html", page)
        return self.page("payments/reconciliation/dry_run.html", page, current="reconciliation")


def last_month(today: date) -> tuple[date, date]:
    """Return the days a dry run looks at: the last thirty."""
    return today - timedelta(days=30), today


def _address(account: GatewayAccount | None) -> str:
    return f"{_ADDRESS}?account={account.id}" if account else _ADDRESS


def _page(
    account: GatewayAccount | None, *, base: str, error: AppError | None, posted: dict[str, str], can_change: bool
) -> MatchRulesPage:
    held, version = rules_now.current_rules(account.id if account else None)
    own = version is not None and version.gateway_account_id == (account.id if account else None)
    currency = account.currency if account else base
    typed = posted if error else {}
    alone = limits.current_limits()
    query = f"?account={account.id}" if account else ""
    return MatchRulesPage(
        action_url=f"{_ADDRESS}{query}",
        try_url=f"{_ADDRESS}try/{query}",
        idempotency_key=str(uuid4()),
        places=(Link(_("All gateway accounts"), _ADDRESS), *(Link(one.name, _address(one)) for one in GatewayAccount.objects.order_by("name", "id"))),
        place=account.name if account else _("All gateway accounts"),
        source=_source(account, version),
        version=version.version if version and own else 0,
        card_window_days=typed.get("card_window_days", held.card_window_days),  # type: ignore[arg-type]
        payout_window_days=typed.get("payout_window_days", held.payout_window_days),  # type: ignore[arg-type]
        rounding=typed.get("rounding", field_amount(held.rounding_max_minor, currency)),
        currency=currency,
        accounts=tuple(Choice(str(bench_options.ACCOUNTS[name]), name, is_selected=name == typed.get("rounding_account", held.rounding_account)) for name in ROUNDING_ACCOUNTS),
        limits=() if account else tuple(
            LimitField(f"limit_{role}", str(words), typed.get(f"limit_{role}", "" if alone[role] is None else field_amount(alone[role] or 0, base)))
            for role, words in _ROLES.items()
        ),
        versions=tuple(_version(row, currency) for row in rules.list_versions(account.id if account else None)),
        can_change=can_change,
        errors=error_lines(error),
    )  # fmt: skip


def _source(account: GatewayAccount | None, version: MatchRules | None) -> str:
    if version is None:
        return _("Nobody has set any; these are the defaults.")
    if account is not None and version.gateway_account_id is None:
        return _("This account has no rules of its own; these are the merchant's.")
    return _("Version {number}, saved by {who}.").format(number=version.version, who=version.saved_by)


def _version(row: MatchRules, currency: str) -> VersionRow:
    words = _("cards {card} days, payouts {payout} days, rounding up to {amount}").format(
        card=row.card_window_days,
        payout=row.payout_window_days,
        amount=money_text(Money(row.rounding_max_minor, currency), locale=current_locale()),
    )
    return VersionRow(row.version, words, row.saved_by, row.saved_at)


def _trial_page(job: Job) -> TrialPage:
    trial = dry_run.trial_of(job.payload)
    days = tuple(day_text(day, shape="dated", locale=current_locale()) for day in (trial.first, trial.last))
    words = _("{first} to {last}: cards {card} days, payouts {payout} days").format(
        first=days[0], last=days[1], card=trial.rules.card_window_days, payout=trial.rules.payout_window_days
    )
    account = f"?account={trial.gateway_account_id}" if trial.gateway_account_id else ""
    back = Action(_("Back to the rules"), f"{_ADDRESS}{account}", "chevron-left")
    url, title = f"{_ADDRESS}dry-runs/{job.id}/", _("Dry run")
    told = job.result
    if job.status != "done" or not told:
        return TrialPage(url, title, words, job.status, job.status in ("queued", "running"), job.last_error, back=back)
    return TrialPage(
        url, title, words, job.status, False, "", told["matches_before"], told["matches_after"], _side(told["gained"]), _side(told["lost"]),
        told["payouts_gained"], told["payouts_lost"], told["within_tolerance"],
        tuple(TrialKind(kind, *pair) for kind, pair in told["exceptions"].items()), back,
    )  # fmt: skip


def _side(told: dict[str, object]) -> TrialSide:
    minor: dict[str, int] = told["minor"]  # type: ignore[assignment]
    rows: list[dict[str, object]] = told["rows"]  # type: ignore[assignment]
    return TrialSide(
        int(str(told["number"])),
        tuple(Money(amount, currency) for currency, amount in minor.items()),
        tuple(TrialRow(str(row["reference"]), Money(int(str(row["amount_minor"])), str(row["currency"]))) for row in rows),
    )  # fmt: skip
