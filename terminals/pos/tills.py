"""What REST views of a till have in common: the register of the calling tablet."""

from __future__ import annotations

from typing import Any

from merchant.core.callers import RegisterFacts
from merchant.core.errors import AppError


class NotATill(AppError):
    """Only a paired tablet sells at a register."""

    code = "not_a_till"
    status = 403
    detail = "This request needs the token of a tablet that is paired with a register."
    next_step = "Pair the tablet, then repeat."


class TillMixin:
    """Gives a view the register of its caller."""

    caller: Any

    @property
    def register(self) -> RegisterFacts:
        """The register of the calling tablet. :raises NotATill: for any other caller."""
        if self.caller.register is None:
            raise NotATill()
        return self.caller.register  # type: ignore[no-any-return]
