"""Fields that several slices' REST bodies have."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from merchant.core.money import EXPONENTS


class CurrencyField(serializers.RegexField):
    """A currency that ISO 4217 lists, in capitals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[A-Z]{3}$", **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what ISO 4217 does not list."""
        value = super().run_validation(data)
        if value and value not in EXPONENTS:
            raise serializers.ValidationError(_("There is no such currency."), code="unknown_currency")
        return value
