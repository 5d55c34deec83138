"""What pages of rules with two levels share: the merchant's own rules, and those of a store that has some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from merchant.core.audit.models import AuditEntry
from merchant.core.errors import AppError, NotFound
from merchant.core.pages import rules as parts
from merchant.core.pages.forms import error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Link
from merchant.core.pages.rules import Rule, RuleInvalid, RuleRow, RulesPage
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store

TEMPLATE = "merchant/merchants/rules.html"


class LevelRulesView(StaffPageView):
    """
    The rules of one level. `path` is the page of the merchant's, a store's lies below it; `action` is what the audit calls a change.

    Subclasses write `in_force` (an object with the value of every rule and `sources`) and `save`; `rows` and `read` only for rules that are not one value each.
    """

    right = {"GET": "store.read", "POST": "store.manage"}
    path: ClassVar[str]
    title: ClassVar[Promise]
    action: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]]
    store: Store | None = None

    def in_force(self, store_id: UUID | None) -> Any:
        """Mandatory: return what holds."""
        raise NotImplementedError

    def save(self, store_id: UUID | None, changes: dict[str, Any]) -> None:
        """Mandatory: change this level's own values; None is inherited again."""
        raise NotImplementedError

    def get(self, request: HttpRequest, store_id: UUID | None = None) -> HttpResponse:
        """Show what holds and where it comes from."""
        self._find(store_id)
        return self._show()

    def post(self, request: HttpRequest, store_id: UUID | None = None) -> HttpResponse:
        """Set this level's own values, and take away those whose field is empty. All or none."""
        self._find(store_id)
        if not self._may_change():
            raise NotFound()
        try:
            wanted = self.read(request.POST.dict())
        except RuleInvalid as error:
            return self._show(error)
        return self.act_once(request, lambda: self._save(wanted))

    def rows(self, found: Any, own: Mapping[str, Any], posted: Mapping[str, str] | None) -> tuple[RuleRow, ...]:
        """Defaults to one row a rule."""
        return tuple(
            parts.row_of(
                rule,
                value=getattr(found, rule.name),
                own=own[rule.name],
                source=self.source_name(found.sources[rule.name]),
                currency=self.currency,
                locale=current_locale(),
                posted=posted,
            )
            for rule in self.rules
        )

    def read(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Defaults to one value a rule. :raises RuleInvalid: for what cannot be."""
        return {rule.name: parts.read_rule(rule, fields, currency=self.currency) for rule in self.rules}

    @property
    def currency(self) -> str:
        """In which amounts are typed and shown: of the store, else the merchant's base."""
        return self.store.currency if self.store else self.caller.merchant.base_currency

    def source_name(self, level: str) -> str:
        """Return what a level is called."""
        if level == "store" and self.store:
            return self.store.name
        return self.caller.merchant.name if level == "merchant" else _("Tillsyn's own")

    def _find(self, store_id: UUID | None) -> None:
        if store_id is None:
            return
        self.require_store(store_id)
        self.store = Store.objects.filter(id=store_id).first()
        if self.store is None:
            raise NotFound()

    @property
    def _store_id(self) -> UUID | None:
        return self.store.id if self.store else None

    def _may_change(self) -> bool:
        return self.caller.has_right("store.manage") and (self.store is not None or self.caller.stores is None)

    def own_values(self) -> dict[str, Any]:
        """Return what is set on this very level, None for what is inherited."""
        return self._own(self.in_force(self._store_id))

    def _own(self, found: Any) -> dict[str, Any]:
        level = "store" if self.store else "merchant"
        return {name: getattr(found, name) if source == level else None for name, source in found.sources.items()}

    def _save(self, wanted: dict[str, Any]) -> str:
        own = self.own_values()
        changes = {name: value for name, value in wanted.items() if value != own[name]}
        if changes:
            self.save(self._store_id, changes)
            messages.success(self.request, _("Saved. It holds from now on."))
        else:
            messages.info(self.request, _("Nothing was different, so nothing was changed."))
        return self.request.path

    def _show(self, error: AppError | None = None) -> HttpResponse:
        found = self.in_force(self._store_id)
        subject = f"store:{self.store.id}" if self.store else "merchant"
        last = AuditEntry.objects.filter(subject=subject, action=self.action).order_by("-id").first()
        page = RulesPage(
            title=f"{self.title}, {self.source_name('store' if self.store else 'merchant')}",
            note=self._note(),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            rows=parts.marked(self.rows(found, self._own(found), self.request.POST.dict() if error else None), error),
            places=self._places(),
            back=Link(str(self.title), self.path) if self.store else Link(_("Settings"), "/settings/"),
            can_change=self._may_change(),
            empty_hint=_("What is left empty comes from the next level."),
            changed_by=last.actor_name if last else "",
            changed_at=last.at if last else None,
            errors=error_lines(error),
        )
        return self.page(TEMPLATE, page, current="settings", status=error.status if error else 200)

    def _note(self) -> str:
        merchant = self.caller.merchant.name
        if self.store:
            return _("For this location alone. What is not set here comes from {merchant}.").format(merchant=merchant)
        return _("For every location that sets nothing of its own. Amounts hold in each location's own currency.")

    def _places(self) -> tuple[Link, ...]:
        if self.store:
            return (Link(_("All locations"), self.path),)
        return tuple(Link(place.name, f"{self.path}{place.id}/") for place in places_of(self.caller).stores)
