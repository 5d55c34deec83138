"""How often one till, key or person may be wrong about a card's number: one count for all doors that take one."""

from __future__ import annotations

from uuid import UUID

from merchant.core import limits
from merchant.core.tenancy import current_actor
from payments.vouchers import services
from payments.vouchers.models import Voucher

_WHAT = "voucher-look-up"
# A cashier asks for a few balances a minute; a guesser of 80-bit codes gets nowhere with ten.
_TRIES_PER_MINUTE = 10
_SECONDS = 60


def count_look_up(caller_id: UUID) -> None:
    """Count one question for a balance. :raises TooManyTries: beyond ten a minute."""
    limits.consume(what=_WHAT, key=str(caller_id), most=_TRIES_PER_MINUTE, seconds=_SECONDS)


def find_counted(code: str) -> Voucher | None:
    """
    Return the card with `code` for the actor, counting a number that nobody has among its questions for balances.

    Once there were ten in a minute a right number is not told from a wrong one either. A card's own number still pays while nobody can count.

    :raises TooManyTries: beyond ten a minute. :raises LimitUnavailable: for a wrong number that cannot be counted.
    """
    actor_id = current_actor().id
    if actor_id is None:
        return services.find_by_code(code)
    limits.require_left(what=_WHAT, key=str(actor_id), most=_TRIES_PER_MINUTE, seconds=_SECONDS)
    found = services.find_by_code(code)
    if found is None:
        count_look_up(actor_id)
    return found
