"""The physical limit of a sale: the same rows into the same tables by PostgreSQL's own pgbench, one statement a row, in one transaction."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import acting_for
from merchant.embedded import postgres
from merchant.ledger.recipes import Leg
from merchant.ledger.services import account_id
from orders.documents.models import Document
from tests.bench.ground import ARTICLES, DATABASE, TILLS, Ground, Shop

# Three disjoint ranges, so that every transaction locks in the same order.
_THIRD = ARTICLES // 3

_SCRIPT = """
\\set a random(1, {third})
\\set b random({third} + 1, 2 * {third})
\\set c random(2 * {third} + 1, 3 * {third})
\\set key random(1, 9000000000000000000)
BEGIN;
INSERT INTO order_order (id, merchant_id, number, channel_id, store_id, register_id, status, fulfilment_status, currency, total_minor, tax_minor,
    discount_minor, secured_minor, captured_minor, refunded_minor, handed_over_minor, email, delivery, note, business_date, created_at, placed_at, version)
    VALUES (uuidv7(), '{merchant}', to_hex(:key), '{channel}', '{store}', {register}, 'completed', 'fulfilled', 'EUR', 3750, 599, 0, 3750, 3750,
    0, 3750, '', '{{}}', '', current_date, now(), now(), 1) RETURNING id AS sale \\gset
{lines}
{stock}
INSERT INTO fulfilment_fulfilment (id, merchant_id, order_id, store_id, lines, total_minor, business_date, fulfilled_at)
    VALUES (uuidv7(), '{merchant}', :sale, '{store}', '{handed}', 3750, current_date, now());
INSERT INTO payment_payment (id, merchant_id, order_id, store_id, register_id, method, currency, amount_minor, status, authorised_minor,
    captured_minor, capturing_minor, refunded_minor, refunding_minor, voided_minor, tendered_minor, card_brand, card_last4, gateway_reference,
    auth_code, decline_code, business_date, created_at)
    VALUES (uuidv7(), '{merchant}', :sale, '{store}', {register}, 'cash', 'EUR', 3750, 'captured', 3750, 3750, 0, 0, 0, 0, 100000, '', '', '', '', '',
    current_date, now()) RETURNING id AS payment \\gset
INSERT INTO payment_operation (id, merchant_id, payment_id, order_id, kind, reference, amount_minor, currency, instrument, captures_at_once, reason,
    status, result_minor, gateway_reference, decline_code, action_url, actor_key, business_date, requested_at, submitted_at, finished_at, landed_at, looks)
    VALUES (uuidv7(), '{merchant}', :payment, :sale, 'authorise', to_hex(:key), 3750, 'EUR', '{{}}', true, '', 'succeeded', 3750, '', '', '',
    '{actor}', current_date, now(), now(), now(), now(), 0);
{journals}
UPDATE merchant_register SET last_receipt_number = last_receipt_number + 1 WHERE id = {register} RETURNING last_receipt_number AS receipt \\gset
INSERT INTO document_document (id, merchant_id, kind, series, number, order_id, register_id, business_date, issued_at, total_minor, currency, content,
    access_token) VALUES (uuidv7(), '{merchant}', 'receipt', 'register:' || {register}, :receipt, :sale, {register}, current_date, now(), 3750, 'EUR',
    '{content}', to_hex(:key));
INSERT INTO core_audit_entry (id, merchant_id, action, actor_kind, actor_id, actor_name, subject, data, at)
    VALUES (uuidv7(), '{merchant}', 'sale.completed', 'register', {register}, 'Till 1 (Tablet)', 'order:' || :sale,
    '{{"total_minor": 3750, "receipt": 1}}', now());
INSERT INTO core_outbox_event (id, merchant_id, topic, aggregate, payload, created_at, next_at)
    VALUES (uuidv7(), '{merchant}', 'order.paid', 'order:' || :sale, '{event}', now(), now());
INSERT INTO core_stored_answer (merchant_id, scope, key, fingerprint, status, body, created_at)
    VALUES ('{merchant}', '{actor}|sale-create', to_hex(:key), sha256('x'), 201, convert_to('{answer}', 'UTF8'), now());
COMMIT;
"""
_LINE = """INSERT INTO order_line (order_id, merchant_id, fulfilled_quantity, returned_quantity, id, position, kind, variant_id, sku, name, is_stocked, quantity,
    unit_price_minor, discount_minor, total_minor, tax_rate_basis_points, tax_minor)
    VALUES (:sale, '{merchant}', 1, 0, uuidv7(), {position}, 'product', {variant}, 'SKU-' || :{letter}, 'Article ' || :{letter}, true, 1, 1250, 0,
    1250, 1900, 200);"""
_STOCK = """UPDATE stock_level SET on_hand = on_hand - 1 WHERE merchant_id = '{merchant}' AND store_id = '{store}' AND variant_id = {variant}
    AND on_hand - reserved >= 1;
INSERT INTO stock_movement (id, merchant_id, variant_id, store_id, kind, quantity, source, reason, moved_at)
    VALUES (uuidv7(), '{merchant}', {variant}, '{store}', 'sold', -1, 'order:' || :sale, '', now());"""
_JOURNAL = """INSERT INTO ledger_journal (id, recipe, source, posting_count, about, text, reverses_id, merchant_id, business_date, booked_at)
    VALUES (uuidv7(), '{recipe}', 'sale:' || :sale, {count}, 'order:' || :sale, '', NULL, '{merchant}', current_date, now())
    RETURNING id AS {recipe} \\gset"""
_POSTING = """INSERT INTO ledger_posting (id, journal_id, account_id, currency, amount_minor, base_minor, merchant_id)
    VALUES (uuidv7(), :{recipe}, '{account}', 'EUR', {minor}, {minor}, '{merchant}');"""


def write_script(shop: Shop, answer: bytes) -> str:
    """Return the script; `answer` is the stored answer of a real sale, whose receipt, event and journals it repeats."""
    merchant = shop.merchant.id
    names: dict[str, Any] = {"merchant": merchant, "channel": shop.channel.id, "store": shop.store.id}
    variants = {letter: f"('01900000-0000-7000-8000-' || lpad(to_hex(:{letter}), 12, '0'))::uuid" for letter in "abc"}
    with acting_for(merchant):
        content = Document.objects.get().content
    [(payload,)] = db.rows("SELECT payload FROM core_outbox_event WHERE merchant_id = %s", [merchant])
    handed = [[str(UUID(int=number)), 1] for number in range(3)]
    script = _SCRIPT.format(
        **names,
        third=_THIRD,
        register=f"('01900000-0000-7000-9000-' || lpad(to_hex(:client_id % {TILLS}), 12, '0'))::uuid",
        lines="\n".join(
            _LINE.format(**names, letter=letter, position=position, variant=variants[letter])
            for position, letter in enumerate("abc", start=1)
        ),
        stock="\n".join(_STOCK.format(**names, variant=variants[letter]) for letter in "abc"),
        handed=json.dumps(handed),
        journals=_journals(shop),
        content=_quoted(content),
        event=_quoted(db.json_value(payload)),
        answer=_quoted(json.loads(answer)),
        actor=f"register {shop.registers[0].id}",
    )
    return _typed(script)


def _typed(script: str) -> str:
    """PostgreSQL cannot guess the type of every variable, so each is told."""
    for names, kind in (
        ("key", "bigint"),
        ("client_id|a|b|c", "int"),
        ("sale|payment|money_in|goods_handed_over", "uuid"),
    ):
        script = re.sub(rf"(?<!:):({names})\b", rf"cast(:\1 AS {kind})", script)
    return script


def transactions_per_second(ground: Ground, script: str, *, clients: int, seconds: int) -> float:
    """Run the script and return what pgbench says."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        Path(file.name).chmod(0o644)
        command = [str(ground.places.binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
        command += ["-T", str(seconds), "-f", file.name, "-h", str(ground.places.sockets), "-U", postgres.APP, DATABASE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None or "failed" in done.stderr:
        raise RuntimeError(done.stderr[-2000:])
    return float(found.group(1))


def _journals(shop: Shop) -> str:
    """The two journals of a sale of 37.50 with 19 % tax, one insert a row."""
    legs = {
        "goods_handed_over": [("receivable", "", 3750), ("sales", "1900", -3151), ("vat_payable", "1900", -599)],
        "money_in": [("cash_register", str(shop.registers[0].id), 3750), ("receivable", "", -3750)],
    }
    lines = []
    for recipe, rows in legs.items():
        lines.append(_JOURNAL.format(recipe=recipe, count=len(rows), merchant=shop.merchant.id))
        for kind, subject, minor in rows:
            account = account_id(shop.merchant.id, Leg(kind, subject, minor, "EUR"))
            lines.append(_POSTING.format(recipe=recipe, account=account, minor=minor, merchant=shop.merchant.id))
    return "\n".join(lines)


def _quoted(document: Any) -> str:
    """JSON with a space after each colon: pgbench would take `:word` for a variable."""
    return re.sub(r":(?=\w)", ": ", json.dumps(document)).replace("'", "''")
