"""
The operators' pages at /ops/: every table of every app to look at, people and groups to change.

Operators are superusers with a second factor; they look over the wall between merchants, so nothing of a merchant can be changed here. Secrets, even
hashed or sealed, are not shown.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render, resolve_url
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils.functional import cached_property

from merchant.accounts.models import User
from merchant.core.pages.showcase import draw_all
from merchant.core.tenancy import acting_for

APPS = ("merchant", "inventory", "orders", "payments", "terminals", "reports")
# Looked at through the pages of staff or not at all: sealed keys, stored answers with what they answered, and people, who have a page of their own here.
NOT_SHOWN = frozenset({"DataKey", "StoredAnswer", "User"})
# A field with one of these in its name is not shown.
SECRET_WORDS = ("hash", "secret", "token", "wrapped", "password")
# A column of binary or nested data says nothing in a list.
_LISTED = 8
_PLAIN = (
    models.CharField,
    models.UUIDField,
    models.IntegerField,
    models.BooleanField,
    models.DateField,
    models.DateTimeField,
    models.EmailField,
)
# Counting a table of millions costs seconds; nobody leafs through more pages than this.
_COUNTED_MAX = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to a bound."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, at most the bound."""
        return int(self.object_list[:_COUNTED_MAX].count())  # type: ignore[attr-defined]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table to look at, of all merchants."""

    actions = None
    ordering = ("-pk",)
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows of every merchant."""
        manager = getattr(self.model, "across_merchants", self.model._default_manager)
        rows: models.QuerySet[Any] = manager.get_queryset()
        return rows.order_by(*self.ordering)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the first plain columns."""
        plain = [
            field.name
            for field in self.model._meta.concrete_fields
            if isinstance(field, _PLAIN) and not _is_secret(field)
        ]
        return plain[:_LISTED]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return every field that is no secret."""
        found = [*self.model._meta.concrete_fields, *self.model._meta.many_to_many]
        return [
            field.name for field in found if not _is_secret(field) and not isinstance(field, models.CompositePrimaryKey)
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show one row, on behalf of its merchant."""
        row = self.get_object(request, unquote(object_id), None) if object_id else None
        merchant_id = getattr(row, "merchant_id", None)
        with acting_for(merchant_id) if merchant_id else nullcontext():
            response = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People: name, password, whether they may sign in, whether they are operators. Nobody is deleted; their acts stay theirs."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


def _is_secret(field: Any) -> bool:
    return any(word in field.name for word in SECRET_WORDS)


def may_operate(request: HttpRequest) -> bool:
    """Say whether the person is an operator: an active superuser with a second factor."""
    user = request.user
    return (
        isinstance(user, User) and user.is_active and user.is_staff and user.is_superuser and bool(is_mfa_enabled(user))
    )


def plural_of(name: str) -> str:
    """Return what many of a table's rows are called: Django only adds an s, and tables such as "return rules" are many already."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    if name.endswith(("ss", "x", "ch", "sh")):
        return f"{name}es"
    return name if name.endswith("s") else f"{name}s"


def operators_login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Lead to the one sign-in or to setting up a second factor. The admin's own form knows neither second factor nor lockout, so it is never shown."""
    user = request.user
    if not isinstance(user, User):
        return HttpResponseRedirect(f"{resolve_url('account_login')}?{urlencode({'next': request.get_full_path()})}")
    if user.is_superuser and user.is_staff and not is_mfa_enabled(user):
        return HttpResponseRedirect(resolve_url("mfa_activate_totp"))
    return render(request, "operators_only.html", status=403)


def components_page(request: HttpRequest) -> HttpResponse:
    """`/ops/components/`: what every page is made of, in both themes."""
    return render(request, "components_page.html", draw_all(get_token(request)))


def _ops_urls() -> list[Any]:
    return [path("components/", admin.site.admin_view(components_page), name="components"), *_tables_urls()]


_tables_urls = admin.site.get_urls
admin.site.get_urls = _ops_urls  # type: ignore[method-assign]
admin.site.has_permission = may_operate  # type: ignore[method-assign]
admin.site.login = operators_login  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = "Tillsyn, for operators"

for _label in APPS:
    for _model in apps.get_app_config(_label).get_models():
        if _model.__name__ not in NOT_SHOWN and not _model._meta.auto_created:
            _model._meta.verbose_name_plural = plural_of(str(_model._meta.verbose_name))
            admin.site.register(_model, ReadOnlyAdmin)
