"""People, their roles, API keys, device credentials and pairing codes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from merchant.core.ids import new_id
from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register, Store

ROLES = ["owner", "manager", "cashier", "accountant", "support", "auditor"]


class EmailUserManager(UserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:  # type: ignore[override]
        """Create a person who signs in with `email`."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:  # type: ignore[override]
        """Create an operator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in. Global: what they may do hangs on `StaffMember`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    # Whether a single key is a shortcut for them on pages.
    has_single_keys = models.BooleanField(default=True, db_default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = EmailUserManager()  # type: ignore[assignment,misc]

    class Meta:
        db_table = "merchant_user"

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class StaffMember(MerchantModel):
    """One person's work for one merchant: a role, at all stores or at the listed ones, up to an amount."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=[(role, role) for role in ROLES])
    all_stores = models.BooleanField(default=True)
    stores = models.ManyToManyField(Store, related_name="+", blank=True)
    # Largest single refund without a second person; null is no limit.
    refund_limit_minor = models.BigIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "merchant_staff_member"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "user"], name="staff_member_once")]


class DiscountLimit(MerchantModel):
    """
    Up to what one role, or a tablet (`register`), gives a discount alone. A null is no limit; a giver without a row has the default of `discount_limits`.

    `amount_minor` is minor units of the order's own currency, over all the discounts people gave on it.
    """

    giver = models.CharField(max_length=12)
    percent_basis_points = models.IntegerField(null=True)
    amount_minor = models.BigIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_discount_limit"
        constraints = [
            models.UniqueConstraint(fields=["merchant_id", "giver"], name="discount_limit_once"),
            models.CheckConstraint(
                condition=models.Q(percent_basis_points__isnull=True)
                | models.Q(percent_basis_points__range=(0, 10_000)),
                name="discount_limit_percent_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__isnull=True) | models.Q(amount_minor__gte=0),
                name="discount_limit_not_negative",
            ),
        ]


class ApiKey(MerchantModel):
    """A key of a webshop or partner. Only its hash is stored; the secret is shown once."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # When its successor was made.
    rolled_at = models.DateTimeField(null=True)
    # Largest single refund without a second person; null is no limit.
    refund_limit_minor = models.BigIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_api_key"


class Device(MerchantModel):
    """A tablet bound to one register by a pairing code. Its token is stored as a hash and can be revoked."""

    register = models.ForeignKey(Register, models.PROTECT, related_name="devices")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # Largest single refund without a second person; null is no limit.
    refund_limit_minor = models.BigIntegerField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_device"


class PairingCode(MerchantModel):
    """A code a person types into a device once, within ten minutes. `subject` is `register:<id>` or `terminal:<id>`."""

    subject = models.CharField(max_length=60)
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_pairing_code"
