"""
One merchant at a time.

Work runs inside `acting_for(merchant_id, actor)`. A query on a merchant's table without it raises `NoMerchantInScope`; a second
merchant inside the same scope raises `AnotherMerchant`. What must look over the wall (sign-in, relay, operators) says so
with `Model.across_merchants`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models

from merchant.core.ids import new_id


class NoMerchantInScope(RuntimeError):
    """A merchant's table was used outside `acting_for`."""


class AnotherMerchant(RuntimeError):
    """A row or a scope of one merchant was used while acting for another."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose hand it was: `staff`, `register`, `api_key`, `terminal`, `shopper` or `system`."""

    kind: str
    id: UUID | None
    name: str

    @property
    def key(self) -> str:
        """Stable text that survives a renamed person or a rotated token."""
        return f"{self.kind}:{self.id or self.name}"


SYSTEM = Actor(kind="system", id=None, name="Tillsyn")


@dataclass(frozen=True, slots=True)
class Scope:
    """The merchant being worked for and the actor working."""

    merchant_id: UUID
    actor: Actor


_scope: ContextVar[Scope | None] = ContextVar("tillsyn_scope", default=None)


@contextmanager
def acting_for(merchant_id: UUID, actor: Actor = SYSTEM) -> Iterator[Scope]:
    """
    Work for one merchant until the block ends.

    :raises AnotherMerchant: if a different merchant is already in scope.
    """
    outer = _scope.get()
    if outer is not None and outer.merchant_id != merchant_id:
        raise AnotherMerchant(f"acting for {outer.merchant_id}, asked for {merchant_id}")
    token = _scope.set(Scope(merchant_id, actor))
    try:
        yield Scope(merchant_id, actor)
    finally:
        _scope.reset(token)


def current_scope() -> Scope:
    """
    Return the scope in force.

    :raises NoMerchantInScope: outside `acting_for`.
    """
    scope = _scope.get()
    if scope is None:
        raise NoMerchantInScope("wrap this in acting_for(merchant_id, actor)")
    return scope


def current_merchant_id() -> UUID:
    """Return the merchant in scope."""
    return current_scope().merchant_id


def current_actor() -> Actor:
    """Return the actor in scope."""
    return current_scope().actor


class MerchantManager(models.Manager[Any]):
    """Sees the rows of the merchant in scope and no others."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows of the merchant in scope."""
        return super().get_queryset().filter(merchant_id=current_merchant_id())

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Insert rows, each given the merchant in scope."""
        rows = list(objs)
        for row in rows:
            row.claim_for_scope()
        return super().get_queryset().bulk_create(rows, *args, **kwargs)


class MerchantModel(models.Model):
    """A table that belongs to a merchant."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant_id = models.UUIDField(editable=False)

    objects = MerchantManager()
    across_merchants: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "across_merchants"

    def claim_for_scope(self) -> None:
        """Give a new row the merchant in scope, or refuse a row of another one."""
        merchant_id = current_merchant_id()
        if self.merchant_id is None:
            self.merchant_id = merchant_id
        elif self.merchant_id != merchant_id:
            raise AnotherMerchant(f"{type(self).__name__} of {self.merchant_id} while acting for {merchant_id}")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row for the merchant in scope."""
        self.claim_for_scope()
        super().save(*args, **kwargs)
