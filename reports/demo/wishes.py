"""What a demo merchant shall be like, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """Where a demo store stands."""

    name: str
    code: str
    city: str
    postcode: str
    street: str


TOWNS = (
    Town("Berlin Mitte", "BER", "Berlin", "10178", "Weinmeisterstr. 9"),
    Town("Hamburg Altona", "HAM", "Hamburg", "22765", "Ottenser Hauptstr. 21"),
    Town("Pop-up Leipzig", "LEJ", "Leipzig", "04109", "Petersstr. 3"),
    Town("Köln Ehrenfeld", "CGN", "Köln", "50823", "Venloer Str. 288"),
    Town("München Au", "MUC", "München", "81541", "Mariahilfplatz 4"),
)
COUNTRY, CURRENCY, ZONE = "DE", "EUR", "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Wish:
    """
    The size and habits of a merchant to be made. Amounts are minor units of EUR.

    `seed` makes the processor's codes and chances repeatable; "" leaves them to chance.
    """

    name: str
    seed: str = ""
    stores: int = 3
    tills_per_store: int = 2
    terminals_per_store: int = 2
    pieces_per_article: int = 2000
    gift_cards: int = 10
    gift_card_minor: int = 5000
    fee_basis_points: int = 140
    fee_fixed_minor: int = 10
    capture_mode: str = "automatic"
    webhook_url: str = ""
    # A second account at the processor, cheaper for small amounts and of another temper, so that routing has a choice.
    has_second_account: bool = False
    # One person of each role; without them whoever asked for the merchant works there alone.
    has_staff: bool = True
    # Made by a press to be looked at, so it may be put away.
    is_demo: bool = False
