"""Coupons for staff: the list, a new one, one with the orders it was used for, and its end."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.catalog.models import Product
from inventory.pricing import coupons
from inventory.pricing.models import Coupon, CouponUse
from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.forms import FormPage, answered, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame
from merchant.core.pages.shell import current_locale
from merchant.core.pages.status import COUPON as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from orders.placing import coupon_forms, coupon_queries
from orders.placing.coupon_pages import KINDS, STATES, CouponListPage, CouponPage, CouponUseRow, coupon_row


class CouponListView(StaffPageView):
    """`/coupons/`."""

    right = "catalog.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of coupons, newest first."""
        here, now = Here.of(request), business_now(self.caller.merchant_id)
        rows = coupon_queries.find_coupons(states=here.params.get("status", ()), text=here.one("q"), now=now)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        actions: tuple[Action, ...] = ()
        if self.caller.has_right("catalog.manage"):
            actions = (Action(_("New coupon"), "/coupons/new/", "plus", tone="primary"),)
        frame = ListFrame(
            title=_("Coupons"),
            bar=here.bar(
                here.choice("status", _("State"), [(state, LOOKS[state].word) for state in STATES]),
                search_hint=_("code"),
            ),
            pager=here.pager(found),
            empty=EmptyState("tag", _("No coupons yet"), _("A coupon is a code that takes something off a basket.")),
            actions=actions,
        )
        rows_shown = tuple(coupon_row(row, now=now, locale=current_locale()) for row in found.rows)
        return self.page("orders/placing/coupons.html", CouponListPage(frame, rows_shown), current="coupons")


class NewCouponView(StaffPageView):
    """`/coupons/new/`."""

    right = "catalog.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the coupon, once."""
        try:
            return self.act_once(request, self._make)
        except AppError as error:
            return self._form(error)

    def _make(self) -> str:
        merchant = self.caller.merchant
        terms = coupon_forms.read(self.request.POST.dict(), currency=merchant.base_currency, zone=merchant.zone)
        coupon = coupons.create_coupon(now=business_now(merchant.id), **terms)
        messages.success(self.request, _("Coupon {code} is made.").format(code=coupon.code))
        return f"/coupons/{coupon.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        fields = coupon_forms.fields(currency=self.caller.merchant.base_currency)
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New coupon"),
            back=Link(_("Coupons"), "/coupons/"),
            action_url="/coupons/new/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Make the coupon"),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="coupons", status=error.status if error else 200)


class CouponView(StaffPageView):
    """`/coupons/<id>/`."""

    right = "catalog.read"

    def get(self, request: HttpRequest, coupon_id: UUID) -> HttpResponse:
        """Show what the coupon gives and the orders it was used for, newest first."""
        coupon, here = coupon_queries.get_coupon(coupon_id), Here.of(request)
        found = paged(
            CouponUse.objects.filter(coupon=coupon),
            after=here.one("after") or None,
            before=here.one("before") or None,
        )
        uses = coupon_queries.with_orders(found.rows)
        seen = tuple(_use_row(use) for use in uses if self._may_see(use))
        row = coupon_row(coupon, now=business_now(self.caller.merchant_id), locale=current_locale())
        actions: tuple[Action, ...] = ()
        if coupon.is_active and self.caller.has_right("catalog.manage"):
            actions = (Action(_("End the coupon"), f"{row.url}end/", "ban", "post", "danger", key=str(uuid4())),)
        page = CouponPage(
            row=row,
            facts=self._facts(coupon),
            uses=seen,
            pager=here.pager(found),
            hidden=len(uses) - len(seen),
            actions=actions,
        )
        return self.page("orders/placing/coupon.html", page, current="coupons")

    def _may_see(self, use: coupon_queries.Use) -> bool:
        return self.caller.has_right("order.read") and self.caller.may_use_store(use.order.store_id)

    def _facts(self, coupon: Coupon) -> tuple[Fact, ...]:
        facts = [Fact(_("Gives"), str(KINDS[coupon.kind])), Fact(_("Valid from"), coupon.starts_at)]
        if coupon.ends_at is not None:
            facts.append(Fact(_("Valid until"), coupon.ends_at))
        if coupon.minimum_minor:
            currency = coupon.currency or self.caller.merchant.base_currency
            minimum = money_text(Money(coupon.minimum_minor, currency), locale=current_locale())
            facts.append(Fact(_("Basket of at least"), minimum))
        if coupon.category:
            facts.append(Fact(_("Only for the category"), coupon.category))
        if coupon.product_id is not None:
            product = Product.objects.filter(id=coupon.product_id).first()
            facts.append(Fact(_("Only for the article"), product.name if product else str(coupon.product_id)))
        if coupon.uses_per_customer_max is not None:
            facts.append(Fact(_("Uses at most for each customer"), str(coupon.uses_per_customer_max)))
        return tuple(facts)


class EndCouponView(StaffPageView):
    """`/coupons/<id>/end/`."""

    right = "catalog.manage"

    def post(self, request: HttpRequest, coupon_id: UUID) -> HttpResponse:
        """End the coupon, once."""
        coupon_queries.get_coupon(coupon_id)
        return self.act_once(request, lambda: self._end(coupon_id))

    def _end(self, coupon_id: UUID) -> str:
        coupons.end_coupon(coupon_id=coupon_id, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("The coupon is over. Orders that hold it keep it."))
        return f"/coupons/{coupon_id}/"


def _use_row(use: coupon_queries.Use) -> CouponUseRow:
    return CouponUseRow(
        number=use.order.number,
        url=f"/orders/{use.order.id}/",
        used_at=use.row.used_at,
        total=Money(use.order.total_minor, use.order.currency),
        off=Money(use.order.discount_minor, use.order.currency),
        given_back_at=use.row.given_back_at,
    )
