"""What the control API takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from payments.gateways.models import CAPTURE_MODES
from reports.demo.wishes import TOWNS, Wish

_USUAL = Wish(name="")


class WishInput(serializers.Serializer[Any]):
    """A merchant to be made. `now` becomes its business time."""

    name = serializers.CharField(max_length=120)
    seed = serializers.CharField(max_length=60, default="", allow_blank=True)
    now = serializers.DateTimeField(allow_null=True, default=None)
    stores = serializers.IntegerField(min_value=1, max_value=len(TOWNS), default=_USUAL.stores)
    tills_per_store = serializers.IntegerField(min_value=1, max_value=20, default=_USUAL.tills_per_store)
    terminals_per_store = serializers.IntegerField(min_value=0, max_value=20, default=_USUAL.terminals_per_store)
    pieces_per_article = serializers.IntegerField(min_value=1, max_value=1_000_000, default=_USUAL.pieces_per_article)
    gift_cards = serializers.IntegerField(min_value=0, max_value=5000, default=_USUAL.gift_cards)
    gift_card_minor = serializers.IntegerField(min_value=1, max_value=1_000_000, default=_USUAL.gift_card_minor)
    fee_basis_points = serializers.IntegerField(min_value=0, max_value=2000, default=_USUAL.fee_basis_points)
    fee_fixed_minor = serializers.IntegerField(min_value=0, max_value=500, default=_USUAL.fee_fixed_minor)
    capture_mode = serializers.ChoiceField(choices=CAPTURE_MODES, default=_USUAL.capture_mode)
    webhook_url = serializers.CharField(max_length=400, default="", allow_blank=True)


class ClockInput(serializers.Serializer[Any]):
    """The time it shall be."""

    now = serializers.DateTimeField()


class RunInput(serializers.Serializer[Any]):
    """The work to be done now."""

    what = serializers.CharField(max_length=40)
