"""Who is calling, as a frozen snapshot that every slice may read. `merchant.accounts` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time as time_of_day
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.tenancy import Actor

# What a route asks for where knowing the caller is enough.
SIGNED_IN = "signed_in"

# What staff change only within minutes of proving who they are: a screen left unlocked gives nobody keys, people or where money goes.
NEEDS_RECENT_SIGN_IN = frozenset({"gateway.manage", "key.manage", "pin.manage", "staff.manage"})


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """What a request needs to know of its merchant."""

    id: UUID
    name: str
    base_currency: str
    country: str
    zone: str
    day_cutoff: time_of_day
    locale: str
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """What a sale needs to know of its register and store."""

    register_id: UUID
    register_code: str
    register_name: str
    store_id: UUID
    store_code: str
    store_name: str
    country: str
    currency: str
    zone: str
    day_cutoff: time_of_day
    is_training: bool = False


class TillInTraining(AppError):
    """The register is in training: it practises sales, has no drawer, and writes nothing else."""

    code = "till_in_training"
    detail = "{register} is in training; it does nothing real."
    next_step = "End the training first, or do it at another till."


@dataclass(frozen=True, slots=True)
class Caller:
    """
    A person, tablet, key or terminal that acts for one merchant.

    `kind` is that of `Actor`: `staff`, `register`, `api_key` or `terminal`. `id` names the membership, device, key or terminal. `stores` are the stores it may
    touch, None for all. `refund_limit_minor` is the most that is given back of an order without a second person; None for no limit.
    """

    kind: str
    id: UUID
    name: str
    merchant: MerchantFacts
    rights: frozenset[str]
    role: str = ""
    user_id: UUID | None = None
    stores: frozenset[UUID] | None = None
    refund_limit_minor: int | None = None
    store_id: UUID | None = None
    register_id: UUID | None = None
    register: RegisterFacts | None = None
    is_second_factor_missing: bool = False
    # Whether names and addresses are hidden from them.
    is_masked: bool = False
    # Whether a single key is a shortcut for them.
    has_single_keys: bool = True

    is_authenticated = True

    @property
    def pk(self) -> UUID:
        """The key that throttles count by."""
        return self.id

    @property
    def merchant_id(self) -> UUID:
        """The merchant this caller acts for."""
        return self.merchant.id

    @property
    def actor(self) -> Actor:
        """Whose hand it is, for audit and idempotency."""
        return Actor(kind=self.kind, id=self.id, name=self.name)

    def has_right(self, right: str) -> bool:
        """Say whether the caller has `right` at all."""
        return right == SIGNED_IN or right in self.rights

    def may_use_store(self, store_id: UUID | None) -> bool:
        """Say whether the caller may touch what belongs to a store. What belongs to none (online) needs all stores."""
        return self.stores is None or store_id in self.stores
