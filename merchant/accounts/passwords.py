"""What a password may not be, beside too short or on the list of common ones."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Hashing takes as long as the password is; nobody types more.
LENGTH_MAX = 128
# Words somebody guesses first here.
_NEAR_AT_HAND = ("tillsyn", "password", "losenord", "lösenord", "passwort", "kennwort", "cashier", "12345", "qwert")


class PredictablePasswordValidator:
    """Refuses what is too long, what repeats a short piece, and what is mostly a word that lies near at hand."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` with the reason."""
        if len(password) > LENGTH_MAX:
            raise ValidationError(
                _("This password is longer than %(most)d characters.") % {"most": LENGTH_MAX}, code="password_too_long"
            )
        if _piece_length(password) <= len(password) // 2:
            raise ValidationError(_("This password repeats itself."), code="password_repeats")
        rest = password.lower()
        for word in _NEAR_AT_HAND:
            rest = rest.replace(word, "")
        if len(rest) < len(password) / 2:
            raise ValidationError(
                _("This password is mostly made of words that are guessed first."), code="password_predictable"
            )

    def get_help_text(self) -> str:
        """Return what the form says."""
        return _("Several words that do not belong together are long and easy to keep in mind.")


def _piece_length(password: str) -> int:
    """Return the length of the shortest piece whose repetition makes up the password."""
    return (password + password).find(password, 1) if password else 0
