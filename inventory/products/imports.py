"""
Take a catalogue file in: rows are streamed into a table of the transaction by COPY, judged there, and written with one statement a table.

A row is known by its SKU. Its tax class is named by code or name, or by the rate of today where only one class has it. An empty cell, or a column nobody named, leaves what is there; a repeat finds nothing to change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from inventory.pricing.prices import PRICE_MINOR_MAX
from inventory.products import sheets
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.hidden_characters import CONTROLS
from merchant.core.ids import new_id
from merchant.core.money import EXPONENTS
from merchant.core.tenancy import current_merchant_id

# Why a row is not taken in, in words.
PROBLEMS = {
    "no_sku": _("it has no SKU"),
    "too_long": _("a SKU has at most 60 characters, a name 160, a category 80"),
    "repeated": _("its SKU stands in an earlier row"),
    "no_name": _("a new article needs a name"),
    "no_tax": _(
        "no tax class has this code, name or rate of today; mend it, or leave the column out and choose one for all"
    ),
    "bad_currency": _("the currency is none of ISO 4217"),
    "bad_price": _("the price is no amount like 12.50"),
    "high_price": _("the price is too high: at most 100,000,000,000 of the currency's smallest unit"),
    "bad_words": _("it has a control character, which nobody can see"),
    "bad_pieces": _("the pieces are no whole number from 0 on"),
    "bad_barcode": _("a barcode of 8 or 13 digits has a wrong check digit, or one is longer than 64"),
    "barcode_taken": _("another article has its barcode"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What holds for every row: currency and tax class where a row names none, the day whose tax rates a row may name, whether prices include tax,
    and the store of its pieces (None: pieces are not read).
    """

    currency: str
    tax_class: str
    today: date
    includes_tax: bool = True
    store_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows became what."""

    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int


def stage(rows: Iterable[list[Any]], *, terms: Terms) -> int:
    """Stream rows of `read_rows` into the transaction's table `incoming`, judge each, and return how many there are."""
    fields = ", ".join(f"{field} text" for field in sheets.FIELDS)
    db.temporary_table("incoming", f"(line int, {fields}, variant_id uuid, product_id uuid, price_id uuid)")
    names = ", ".join(sheets.FIELDS)
    count = db.copy_in(
        f"COPY incoming (line, {names}, variant_id, product_id, price_id) FROM STDIN",
        ([*row, new_id(), new_id(), new_id()] for row in rows),
    )
    db.execute("ANALYZE incoming")
    parameters = {
        "merchant": current_merchant_id(),
        "currency": terms.currency,
        "tax": terms.tax_class,
        "today": terms.today,
        "currencies": list(EXPONENTS),
        "exponents": list(EXPONENTS.values()),
        "price_max": PRICE_MINOR_MAX,
        "controls": f"[{CONTROLS}]",
    }
    db.temporary_table("judged", _JUDGED, parameters)
    db.execute("CREATE INDEX ON judged (sku); ANALYZE judged")
    return count


# `known_id` is the article that has the SKU; `minor` the price; `problem` what is wrong, NULL for nothing.
_JUDGED = r"""AS WITH cleaned AS (
    SELECT i.*, lag(i.line) OVER (PARTITION BY i.sku ORDER BY i.line) IS NOT NULL AS is_repeated, upper(coalesce(i.currency, %(currency)s)) AS iso,
        CASE WHEN strpos(reverse(i.price), ',') = 0 OR strpos(reverse(i.price), '.') BETWEEN 1 AND strpos(reverse(i.price), ',') - 1
            THEN replace(regexp_replace(i.price, '[\s''\u00a0\u202f]', '', 'g'), ',', '')
            ELSE replace(replace(regexp_replace(i.price, '[\s''\u00a0\u202f]', '', 'g'), '.', ''), ',', '.') END AS amount,
        CASE WHEN i.tax ~ '^\d{1,2}([.,]\d{1,2})?\s?%%?$'
            THEN replace(regexp_replace(i.tax, '[\s%%]', '', 'g'), ',', '.')::numeric * 100 END AS rate,
        CASE WHEN i.barcodes IS NULL THEN '{}' ELSE array_remove(regexp_split_to_array(i.barcodes, '[\s,;|]+'), '') END AS codes
    FROM incoming i
), priced AS (
    SELECT c.*, e.exponent, CASE WHEN c.amount ~ '^\d{1,12}(\.\d{1,4})?$' THEN c.amount::numeric * 10 ^ e.exponent END AS exact
    FROM cleaned c LEFT JOIN unnest(%(currencies)s::text[], %(exponents)s::int[]) e(iso, exponent) ON e.iso = c.iso
), rates AS (
    SELECT DISTINCT ON (tax_class_id, country) tax_class_id, rate_basis_points FROM pricing_tax_rate
    WHERE merchant_id = %(merchant)s AND valid_from <= %(today)s AND (valid_until IS NULL OR valid_until >= %(today)s)
    ORDER BY tax_class_id, country, valid_from DESC
), tax_names AS (
    SELECT lower(name) AS name, (array_agg(id))[1] AS id FROM catalog_tax_class WHERE merchant_id = %(merchant)s GROUP BY 1 HAVING count(*) = 1
), tax_rates AS (
    SELECT rate_basis_points, (array_agg(tax_class_id))[1] AS id FROM rates GROUP BY 1 HAVING count(DISTINCT tax_class_id) = 1
), coded AS (
    SELECT code, min(line) AS line FROM priced, unnest(codes) code GROUP BY code
), clashing AS (
    SELECT DISTINCT p.line FROM priced p CROSS JOIN LATERAL unnest(p.codes) code
    JOIN coded first ON first.code = code.code
    LEFT JOIN catalog_barcode b ON b.merchant_id = %(merchant)s AND b.code = code.code
    LEFT JOIN catalog_variant owner ON owner.id = b.variant_id
    WHERE first.line <> p.line OR (owner.sku IS NOT NULL AND owner.sku IS DISTINCT FROM p.sku)
), wrong_codes AS (
    SELECT DISTINCT p.line FROM priced p CROSS JOIN LATERAL unnest(p.codes) code WHERE length(code) > 64 OR (code ~ '^(\d{8}|\d{13})$' AND (
        SELECT sum(substr(code, n, 1)::int * CASE WHEN (length(code) - n) %% 2 = 1 THEN 3 ELSE 1 END) FROM generate_series(1, length(code)) n
    ) %% 10 <> 0)
)
SELECT p.line, p.sku, p.name, p.variant, p.category, p.codes, p.iso, p.exact::bigint AS minor, p.pieces, p.price, p.variant_id, p.product_id, p.price_id,
    v.id AS known_id, v.product_id AS known_product_id, coalesce(tax.id, named.id, rated.id) AS tax_class_id,
    CASE WHEN p.sku IS NULL THEN 'no_sku'
        WHEN length(p.sku) > 60 OR length(p.name) > 160 OR length(p.variant) > 160 OR length(p.category) > 80 THEN 'too_long'
        WHEN concat(p.sku, p.name, p.variant, p.category, array_to_string(p.codes, '')) ~ %(controls)s THEN 'bad_words'
        WHEN p.is_repeated THEN 'repeated'
        WHEN v.id IS NULL AND p.name IS NULL THEN 'no_name'
        WHEN coalesce(tax.id, named.id, rated.id) IS NULL AND (v.id IS NULL OR p.tax IS NOT NULL) THEN 'no_tax'
        WHEN p.exponent IS NULL THEN 'bad_currency'
        WHEN p.price IS NOT NULL AND (p.exact IS NULL OR length(split_part(p.amount, '.', 2)) > p.exponent) THEN 'bad_price'
        WHEN p.exact > %(price_max)s THEN 'high_price'
        WHEN p.pieces IS NOT NULL AND p.pieces !~ '^\d{1,6}$' THEN 'bad_pieces'
        WHEN wrong.line IS NOT NULL THEN 'bad_barcode'
        WHEN clash.line IS NOT NULL THEN 'barcode_taken' END AS problem
FROM priced p
LEFT JOIN catalog_variant v ON v.merchant_id = %(merchant)s AND v.sku = p.sku
LEFT JOIN catalog_tax_class tax ON tax.merchant_id = %(merchant)s
    AND tax.code = coalesce(lower(p.tax), CASE WHEN v.id IS NULL THEN %(tax)s END)
LEFT JOIN tax_names named ON named.name = lower(p.tax)
LEFT JOIN tax_rates rated ON rated.rate_basis_points = p.rate
LEFT JOIN wrong_codes wrong ON wrong.line = p.line
LEFT JOIN clashing clash ON clash.line = p.line
"""


def take_in(*, terms: Terms, name: str, now: datetime) -> Taken:
    """
    Write what `stage` judged good, in the caller's transaction, and say how many rows became what. Rows with a problem change nothing.

    New articles with a variant join the product of their name; pieces go on the shelf only where the store knows nothing of the article yet.
    """
    parameters = {
        "merchant": current_merchant_id(),
        "includes_tax": terms.includes_tax,
        "store": terms.store_id,
        "source": f"opening:{terms.store_id}",
        "now": now,
    }
    db.execute("CREATE TEMPORARY TABLE touched (line int PRIMARY KEY) ON COMMIT DROP")
    for statement in (_PRODUCTS, _VARIANTS):
        db.execute(statement, parameters)
    db.execute("ANALYZE judged")
    for statement in (_PRODUCT_CHANGES, _VARIANT_CHANGES, _PRICES, _BARCODES):
        db.execute(statement, parameters)
    if terms.store_id is not None:
        db.execute(_PIECES, parameters)
    [(rows, added, changed, refused)] = db.rows(_COUNTS)
    taken = Taken(rows, added, changed, rows - added - changed - refused, refused)
    told = {"file": name, "added": added, "changed": changed, "refused": refused}
    audit.record("products.imported", subject="catalogue", now=now, data=told)
    db.execute("DROP TABLE touched")
    return taken


# The product a new variant belongs to: one of its name (only if the row names a variant), else its own.
_PRODUCTS = """
WITH grouped AS (
    SELECT j.line, coalesce(known.id, CASE WHEN j.variant IS NULL THEN j.product_id
        ELSE first_value(j.product_id) OVER (PARTITION BY j.name, j.variant IS NULL ORDER BY j.line) END) AS id
    FROM judged j LEFT JOIN (
        SELECT name, (array_agg(id ORDER BY id))[1] AS id FROM catalog_product WHERE merchant_id = %(merchant)s GROUP BY name
    ) known ON j.variant IS NOT NULL AND known.name = j.name
    WHERE j.problem IS NULL AND j.known_id IS NULL
), placed AS (
    UPDATE judged j SET product_id = g.id FROM grouped g WHERE g.line = j.line RETURNING j.line, j.product_id, j.name, j.category, j.tax_class_id
)
INSERT INTO catalog_product (id, merchant_id, name, description, category, tax_class_id, is_active)
SELECT DISTINCT ON (product_id) product_id, %(merchant)s, name, '', coalesce(category, ''), tax_class_id, true FROM placed ORDER BY product_id, line
ON CONFLICT (id) DO NOTHING
"""
_VARIANTS = """
INSERT INTO catalog_variant (id, merchant_id, product_id, sku, name, is_stocked, is_active, weight_grams, changed_tx)
SELECT variant_id, %(merchant)s, product_id, sku, coalesce(variant, name), true, true, 0, 0 FROM judged WHERE problem IS NULL AND known_id IS NULL ORDER BY variant_id
"""
_PRODUCT_CHANGES = """
WITH changed AS (
    UPDATE catalog_product p SET name = coalesce(j.name, p.name), category = coalesce(j.category, p.category), tax_class_id = coalesce(j.tax_class_id, p.tax_class_id)
    FROM judged j WHERE j.problem IS NULL AND j.known_product_id = p.id
        AND (p.name, p.category, p.tax_class_id) IS DISTINCT FROM (coalesce(j.name, p.name), coalesce(j.category, p.category), coalesce(j.tax_class_id, p.tax_class_id))
    RETURNING j.line
)
INSERT INTO touched SELECT line FROM changed ON CONFLICT DO NOTHING
"""
_VARIANT_CHANGES = """
WITH changed AS (
    UPDATE catalog_variant v SET name = j.variant FROM judged j
    WHERE j.problem IS NULL AND j.known_id = v.id AND j.variant IS NOT NULL AND v.name <> j.variant RETURNING j.line
)
INSERT INTO touched SELECT line FROM changed ON CONFLICT DO NOTHING
"""
_PRICES = """
WITH priced AS (
    INSERT INTO pricing_price (id, merchant_id, variant_id, currency, amount_minor, includes_tax)
    SELECT price_id, %(merchant)s, coalesce(known_id, variant_id), iso, minor, %(includes_tax)s FROM judged WHERE problem IS NULL AND minor IS NOT NULL ORDER BY variant_id
    ON CONFLICT (merchant_id, variant_id, currency) DO UPDATE SET amount_minor = EXCLUDED.amount_minor, includes_tax = EXCLUDED.includes_tax
        WHERE (pricing_price.amount_minor, pricing_price.includes_tax) IS DISTINCT FROM (EXCLUDED.amount_minor, EXCLUDED.includes_tax)
    RETURNING variant_id
)
INSERT INTO touched SELECT j.line FROM priced JOIN judged j ON j.known_id = priced.variant_id AND j.problem IS NULL ON CONFLICT DO NOTHING
"""
_BARCODES = """
WITH coded AS (
    INSERT INTO catalog_barcode (id, merchant_id, variant_id, code)
    SELECT gen_random_uuid(), %(merchant)s, coalesce(j.known_id, j.variant_id), code FROM judged j CROSS JOIN LATERAL unnest(j.codes) code WHERE j.problem IS NULL
    ON CONFLICT (merchant_id, code) DO NOTHING RETURNING variant_id
)
INSERT INTO touched SELECT DISTINCT j.line FROM coded JOIN judged j ON j.known_id = coded.variant_id AND j.problem IS NULL ON CONFLICT DO NOTHING
"""
_PIECES = """
WITH opened AS (
    INSERT INTO stock_level (id, merchant_id, store_id, variant_id, on_hand, reserved)
    SELECT gen_random_uuid(), %(merchant)s, %(store)s, coalesce(known_id, variant_id), pieces::int, 0 FROM judged WHERE problem IS NULL AND pieces IS NOT NULL ORDER BY 4
    ON CONFLICT (merchant_id, variant_id, store_id) DO NOTHING RETURNING variant_id, on_hand
), moved AS (
    INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
    SELECT gen_random_uuid(), %(merchant)s, variant_id, %(store)s, 'opening', on_hand, %(source)s, '', %(now)s FROM opened WHERE on_hand > 0
)
INSERT INTO touched SELECT j.line FROM opened JOIN judged j ON j.known_id = opened.variant_id AND j.problem IS NULL ON CONFLICT DO NOTHING
"""
_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE problem IS NULL AND known_id IS NULL), count(t.line), count(problem) FROM judged j LEFT JOIN touched t USING (line)
"""


def list_judged(*, limit: int | None = None, only_refused: bool = False) -> list[dict[str, Any]]:
    """Return judged rows in the order of the file: line, SKU, name, price as it stands there, and the problem."""
    return db.dict_rows(
        "SELECT line, sku, name, price, iso, problem FROM judged WHERE problem IS NOT NULL OR NOT %s ORDER BY line LIMIT %s",
        [only_refused, limit],
    )
