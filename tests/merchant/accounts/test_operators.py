"""The operators' pages: for superusers with a second factor, to look at everything and change people only."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from merchant.accounts.models import User
from merchant.admin import APPS, NOT_SHOWN, plural_of
from merchant.core.clock import machine_now
from merchant.core.tenancy import MerchantModel, acting_for
from tests.factories import a_device, a_merchant, a_register, a_staff_member, a_store, an_operation

pytestmark = pytest.mark.django_db


def an_operator(*, has_second_factor: bool = True) -> Client:
    user = User.objects.create_superuser(f"op{User.objects.count()}@example.com", "a long sentence nobody guesses")
    if has_second_factor:
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_only_an_operator_with_a_second_factor_gets_in() -> None:
    owner = Client()
    owner.force_login(a_staff_member(a_merchant()).user, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert Client().get("/ops/login/")["Location"].startswith(reverse("account_login"))
    refused = owner.get("/ops/", follow=True)
    assert refused.status_code == 403
    assert "python manage.py createsuperuser" in refused.content.decode()
    assert "owner or manager can change that" not in refused.content.decode()
    assert an_operator(has_second_factor=False).get("/ops/login/")["Location"] == reverse("mfa_activate_totp")
    assert an_operator().get("/ops/").status_code == 200


def test_the_page_of_components_is_for_operators() -> None:
    page = an_operator().get("/ops/components/")

    assert page.status_code == 200
    assert "timeline.html" in page.content.decode()
    assert Client().get("/ops/components/").status_code == 302


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("delivery", "deliveries"),
        ("tax class", "tax classes"),
        ("audit entry", "audit entries"),
        ("return rules", "return rules"),
        ("api key", "api keys"),
        ("payment", "payments"),
    ],
)
def test_tables_are_called_what_many_of_them_are(one: str, many: str) -> None:
    assert plural_of(one) == many


def test_the_list_of_tables_has_no_word_that_is_none() -> None:
    page = an_operator().get("/ops/").content.decode()

    assert "Deliveries" in page
    for wrong in ("Deliverys", "classs", "entrys", "ruless"):
        assert wrong not in page


def test_the_admins_own_password_form_is_never_served() -> None:
    operator = an_operator(has_second_factor=False)
    victim = User.objects.create_superuser("victim@example.com", "a long sentence nobody guesses")

    operator.post("/ops/login/", {"username": victim.email, "password": "a long sentence nobody guesses"})

    assert operator.session["_auth_user_id"] != str(victim.pk)


def test_every_table_of_ours_is_there_and_can_only_be_looked_at() -> None:
    client = an_operator()
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if model.__name__ in NOT_SHOWN or model._meta.auto_created:
                continue
            options = admin.site._registry[model]
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"

            assert client.get(reverse(f"{base}_changelist")).status_code == 200, model
            assert client.post(reverse(f"{base}_add"), {}).status_code == 403, model
            assert options.has_delete_permission(None) is False  # type: ignore[arg-type]


def test_a_row_of_money_is_shown_and_a_post_to_it_changes_nothing() -> None:
    client = an_operator()
    operation = an_operation(a_merchant())
    address = reverse("admin:payments_operation_change", args=[operation.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"status": "succeeded"}).status_code == 403
    operation_type: type[MerchantModel] = type(operation)
    assert operation_type.across_merchants.get(pk=operation.pk).status == "requested"  # type: ignore[attr-defined]


def test_no_secret_is_shown() -> None:
    client = an_operator()
    merchant = a_merchant()
    device, _ = a_device(a_register(a_store(merchant)))

    shown = client.get(reverse("admin:merchant_device_change", args=[device.pk])).content.decode()

    assert device.name in shown
    assert device.token_hash not in shown


def test_a_member_of_staff_with_stores_is_shown() -> None:
    merchant = a_merchant()
    store = a_store(merchant, name="Ottensen")
    member = a_staff_member(merchant, role="cashier", stores=[store])

    shown = an_operator().get(reverse("admin:merchant_staffmember_change", args=[member.pk]))

    assert "Ottensen" in shown.content.decode()


def test_an_operator_blocks_a_person() -> None:
    client = an_operator()
    person = a_staff_member(a_merchant(), role="cashier").user
    address = reverse("admin:merchant_user_change", args=[person.pk])
    joined = machine_now()

    client.post(address, {"email": person.email, "date_joined_0": joined.date(), "date_joined_1": "00:00"})

    person.refresh_from_db()
    assert person.is_active is False


def test_looking_leaves_no_scope_behind() -> None:
    client = an_operator()
    client.get(reverse("admin:merchant_device_changelist"))

    with acting_for(a_merchant().id):
        pass
