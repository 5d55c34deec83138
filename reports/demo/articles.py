"""What a demo merchant sells: a shop for coffee, kitchen and table."""

from __future__ import annotations

from dataclasses import dataclass

# GS1 keeps 20 to 29 for a shop's own codes, so none of these is the code of somebody's real article.
_EAN_PREFIX = "200"


@dataclass(frozen=True, slots=True)
class Article:
    """One variant. `price_minor` includes tax."""

    product: str
    variant: str
    category: str
    tax: str
    price_minor: int


_TABLE = """
Coffee  | reduced  | Espresso beans       | 250 g 890; 500 g 1590; 1 kg 2890
Coffee  | reduced  | Filter coffee, light | 250 g 950; 1 kg 3190
Coffee  | reduced  | Decaf beans          | 250 g 990
Coffee  | reduced  | Cold brew, bottle    | 250 ml 390; 1 l 1150
Tea     | reduced  | Earl Grey, loose     | 100 g 790; 250 g 1650
Tea     | reduced  | Sencha               | 100 g 1190
Tea     | reduced  | Rooibos              | 100 g 650
Larder  | reduced  | Oat biscuits         | 450
Larder  | reduced  | Sea salt flakes      | 590
Larder  | reduced  | Olive oil            | 250 ml 990; 750 ml 2190
Larder  | reduced  | Blossom honey        | 750
Larder  | reduced  | Dark chocolate 70 %  | 390
Table   | standard | Stoneware mug        | chalk 1200; olive 1200; slate 1200
Table   | standard | Stoneware bowl       | chalk 3800; olive 3800
Table   | standard | Dinner plate         | chalk 2450; slate 2450
Table   | standard | Water glass          | 690
Table   | standard | Linen towel          | natural 900; indigo 990
Table   | standard | Napkins, set of 4    | 2290
Table   | standard | Keep cup             | 230 ml 1790; 340 ml 1990
Kitchen | standard | Filter papers 100    | 490
Kitchen | standard | Pour-over dripper    | 2490
Kitchen | standard | Hand grinder         | 6950
Kitchen | standard | Moka pot             | 3 cups 3490; 6 cups 4290
Kitchen | standard | Storage jar          | 0.5 l 1150; 1 l 1450; 2 l 1890
Kitchen | standard | Bottle brush         | 690
Kitchen | standard | Chopping board       | small 2400; large 3990
Kitchen | standard | Paring knife         | 1890
Home    | standard | Soy candle           | fig 1850; cedar 1850
Home    | standard | Hand soap            | 1290
Home    | standard | Basket, small        | 2400
Books   | reduced  | Recipe book          | 2990
Books   | reduced  | Pocket notebook      | 790
"""


def list_articles() -> list[Article]:
    """Return the catalogue, always the same and in the same order."""
    articles = []
    for row in _TABLE.strip().splitlines():
        category, tax, product, variants = (cell.strip() for cell in row.split("|"))
        for variant in variants.split(";"):
            name, _, price = variant.strip().rpartition(" ")
            articles.append(Article(product, name, category, tax, int(price)))
    return articles


def ean13(number: int) -> str:
    """Return the shop's own EAN-13 for its article `number`, check digit included."""
    body = f"{_EAN_PREFIX}{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-weighted % 10}"
