"""People, keys and tablets. Where only a hash is stored, the secret comes back beside the row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.models import Approval
from merchant.accounts.models import ApiKey, Device, StaffMember, User
from merchant.core.ids import new_secret, secret_hash
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Register, Store
from tests.factories.merchants import FOUNDED_AT
from tests.factories.numbers import next_number

PASSWORD = "a long sentence nobody guesses"


@cache
def _password_hash() -> str:
    """What is stored of `PASSWORD`. Hashed once a process: it costs a tenth of a second by design."""
    return make_password(PASSWORD)


def a_staff_member(
    merchant: Merchant,
    *,
    role: str = "owner",
    stores: Sequence[Store] | None = None,
    user: User | None = None,
    refund_limit_minor: int | None = None,
    has_second_factor: bool = True,
) -> StaffMember:
    """A person who works for `merchant`, with an authenticator app. `member.user` signs in (`client.force_login`)."""
    user = user or User.objects.create(
        email=f"{role}{next_number()}@example.com", password=_password_hash(), first_name=role.title(), last_name="Berg"
    )
    if has_second_factor and not Authenticator.objects.filter(user=user).exists():
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    with acting_for(merchant.id):
        member = StaffMember.objects.create(
            user=user,
            role=role,
            all_stores=stores is None,
            refund_limit_minor=refund_limit_minor,
            created_at=FOUNDED_AT,
        )
        member.stores.set(stores or [])
    return member


def an_api_key(
    merchant: Merchant, *, scopes: Sequence[str] = ("checkout",), name: str = "Webshop"
) -> tuple[ApiKey, str]:
    """A key and its secret for the Authorization header (`Bearer …`)."""
    secret = new_secret("tsk")
    with acting_for(merchant.id):
        key = ApiKey.objects.create(
            name=name, prefix=secret[:12], secret_hash=secret_hash(secret), scopes=list(scopes), created_at=FOUNDED_AT
        )
    return key, secret


def a_device(register: Register, *, name: str = "Tablet") -> tuple[Device, str]:
    """A paired tablet and its token for the Authorization header (`Device …`)."""
    token = new_secret("tsd")
    with acting_for(register.merchant_id):
        device = Device.objects.create(
            register=register, name=name, token_hash=secret_hash(token), created_at=FOUNDED_AT
        )
    return device, token


def an_approval(merchant: Merchant, *, right: str = "refund.approve", amount_minor: int | None = 5000) -> Approval:
    """An approval that was asked for and not decided."""
    amount = Money(amount_minor, "EUR") if amount_minor else None
    with acting_for(merchant.id):
        return approvals.ask_approval(wish=approvals.Wish(right, "payment:1", "broken", amount))
