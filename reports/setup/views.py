"""The first page of an installation, the steps to the first sale, and the business to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from merchant.accounts.authentication import list_merchants
from merchant.accounts.models import User
from merchant.accounts.pages import work_for
from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages import frame
from merchant.core.pages.forms import answered, error_lines
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from reports.setup import checklist, forms, queries, services
from reports.setup.pages import FirstPage

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class FirstView(View):
    """`/setup/`: the first owner and business. Once anybody is known here it is over for ever."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form and the steps behind it."""
        if not queries.is_untouched():
            return HttpResponseRedirect("/")
        return self._form(request)

    @method_decorator(sensitive_post_parameters("password", "code"))
    def post(self, request: HttpRequest) -> HttpResponse:
        """Make business and owner, sign in, and open the demo too if that was wished."""
        if not queries.is_untouched():
            raise Http404
        try:
            founding = forms.read(request.POST.dict(), language=request.LANGUAGE_CODE)  # type: ignore[attr-defined]
            merchant, user = services.found(founding=founding, now=machine_now())
        except AppError as error:
            return self._form(request, error)
        user.backend = _BACKEND
        get_adapter().login(request, user)
        record_authentication(request, user, method="password", email=user.email)
        if request.POST.get("with_demo"):
            _try_demo(request, user)
        work_for(request, merchant.id)
        return HttpResponseRedirect("/")

    def _form(self, request: HttpRequest, error: AppError | None = None) -> HttpResponse:
        business = (*forms.business_fields(locale=current_locale()), *forms.other_fields())
        person = forms.person_fields(needs_code=bool(settings.SETUP_CODE))
        business = answered(business, request.POST, error)
        person = answered(person, request.POST, error)
        page = FirstPage(
            business=business,
            person=person,
            steps=checklist.list_steps(checklist.NOTHING_DONE),
            errors=error_lines(error, (*business, *person)),
        )
        context = {"page": page, "with_demo": bool(request.POST.get("with_demo"))}
        return render(request, "reports/setup/first.html", context, status=error.status if error else 200)


def _try_demo(request: HttpRequest, user: User) -> None:
    """Open the demo; a sandbox that does not run yet must not keep the owner out."""
    try:
        services.open_demo(user=user, now=machine_now())
        messages.success(request, _("A demo business is open too: choose it under your name."))
    except services.SANDBOX_AWAY as error:
        messages.warning(request, f"{error.message} {error.next_step}")


class ChecklistView(StaffPageView):
    """`/setup/steps/`."""

    right = "store.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the steps, also when all are done; htmx asks for them alone while one works."""
        page = checklist.build_checklist(self.caller, queries.progress())
        if self.is_part:
            return self.fragment("reports/setup/checklist.html", page)
        return self.page("reports/setup/steps.html", page, current="home")


class SandboxView(StaffPageView):
    """`/setup/sandbox/`."""

    right = "gateway.manage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the merchant's account at the sandbox. A repeat opens no second one, so it needs no key; the processor is asked, so no transaction is open."""
        now = business_now(self.caller.merchant_id)
        try:
            services.connect_test_gateway(webhook_base_url=settings.OWN_URL, now=now)
            messages.success(request, _("The sandbox is connected. Payments can be tried now."))
        except services.SANDBOX_AWAY as error:
            messages.warning(request, f"{error.message} {error.next_step}")
        return self.lead_to("/")


class TestPaymentView(StaffPageView):
    """`/setup/test-payment/`."""

    right = "link.create"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take a test payment, once."""
        return self.act_once(request, self._take)

    def _take(self) -> str:
        services.take_test_payment(now=business_now(self.caller.merchant_id))
        messages.info(self.request, _("The test payment is on its way; its step ticks itself."))
        return "/"


class OutsideView(StaffPageView):
    """A page that works for no merchant once it has asked who may: `post` leaves what is to be done in `after`."""

    after: Callable[[], HttpResponse] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the page, then do what it left."""
        response = super().dispatch(request, *args, **kwargs)
        if self.after is None:
            return response
        try:
            return self.after()
        except AppError as error:
            return self.refused(request, error)


class DemoView(OutsideView):
    """`/setup/demo/`. Who opens one is its owner, so only who may let people in may open it."""

    right = "staff.manage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the business to look at, or the one there is, and go there."""
        self.after = self._open
        return HttpResponse(status=204)

    def _open(self) -> HttpResponse:
        user = self.request.user
        assert isinstance(user, User)
        try:
            merchant = services.open_demo(user=user, now=machine_now())
        except services.SANDBOX_AWAY as error:
            messages.warning(self.request, f"{error.message} {error.next_step}")
            return self.lead_to("/")
        frame.forget()
        work_for(self.request, merchant.id)
        messages.success(
            self.request, _("This is the demo business. Its day is being traded; your own waits under your name.")
        )
        return self.lead_to("/")


class RestoreView(LoginRequiredMixin, View):
    """`/setup/demo/restore/`. Who owned nothing else works for no business while it is away, so nobody's right is asked: it is the person's own."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Bring the demo back and go there. A second press finds nothing to bring."""
        assert isinstance(request.user, User)
        try:
            merchant = services.restore_demo(user=request.user)
        except NotFound:
            raise Http404 from None
        frame.forget()
        work_for(request, merchant.id)
        messages.success(request, _("The demo business is back, as it was put away."))
        return HttpResponseRedirect("/")


class ArchiveView(OutsideView):
    """`/setup/demo/archive/`."""

    right = "staff.manage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put the demo away, and go to a business of one's own."""
        services.archive_demo(now=machine_now())
        self.after = self._leave
        return HttpResponse(status=204)

    def _leave(self) -> HttpResponse:
        user = self.request.user
        assert isinstance(user, User)
        frame.forget()
        others = list_merchants(user)
        if others:
            work_for(self.request, others[0])
        messages.success(self.request, _("The demo business is put away. Nothing of it was deleted."))
        return self.lead_to("/")
