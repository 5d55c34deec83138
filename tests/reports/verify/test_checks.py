"""
Each rule is broken on purpose and found broken.

As the tables' owner, with triggers off and constraints dropped, because the application's role can do none of this. Each damage is rolled back, so all of them are
done to one merchant that traded and settled a day.
"""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.embedded import postgres
from reports.verify.checks.registry import CHECKS
from reports.verify.look import Look
from tests import databases
from tests.reports.verify.trade import a_trading_day

# Goods without a receipt that nobody booked and nobody put on the shelf.
LOOSE = """
INSERT INTO after_sales_loose_return (id, merchant_id, store_id, register_id, lines, currency, total_minor, payout, reason, actor_key, actor_name, business_date,
    returned_at)
SELECT gen_random_uuid(), r.merchant_id, r.store_id, r.id,
    jsonb_build_array(jsonb_build_object('variant_id', gen_random_uuid(), 'quantity', 1, 'is_stocked', true, 'goods_to', 'stock')), 'EUR', 500, 'cash', '', '', '',
    current_date, now()
FROM merchant_register r WHERE r.merchant_id = %(merchant)s LIMIT 1
"""
# A landed offline sale whose paper had the number 7 while no 6 is known.
PRINTED = """
INSERT INTO till_offline_sale (id, merchant_id, device_id, register_id, store_id, key, status, refusal, refusal_text, currency, cash_minor, gift_card_minor,
    price_difference_minor, oversold, sold_at, arrived_at, printed_number)
SELECT gen_random_uuid(), r.merchant_id, gen_random_uuid(), r.id, r.store_id, gen_random_uuid()::text, 'landed', '', '', 'EUR', 1, 0, 0, '{}', now(), now(), 700
FROM merchant_register r WHERE r.merchant_id = %(merchant)s LIMIT 1
"""
# Check -> the ways to break it: statements with %(merchant)s.
# One sale of a till: paid, handed over, with its receipt.
A_PAID_ORDER = """id = (SELECT min(order_id::text)::uuid FROM document_document WHERE merchant_id = %(merchant)s AND kind = 'receipt')"""
ITS_LINE = """id = (SELECT min(id::text)::uuid FROM order_line WHERE order_id = (
    SELECT min(order_id::text)::uuid FROM document_document WHERE merchant_id = %(merchant)s AND kind = 'receipt'))"""
INVOICED = """INSERT INTO document_invoice (id, merchant_id, document_id, order_id, kind, total_minor, credited_minor, lines)
    SELECT gen_random_uuid(), merchant_id, id, order_id, 'invoice', total_minor, 0, '[]' FROM document_document
    WHERE merchant_id = %(merchant)s AND kind = 'receipt' LIMIT 1"""
DAMAGE: dict[str, list[list[str]]] = {
    "books.journals_balance": [
        ["UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id = (SELECT min(id::text)::uuid FROM ledger_posting WHERE merchant_id = %(merchant)s)"],
        ["UPDATE ledger_posting SET base_minor = base_minor + 1 WHERE id = (SELECT min(id::text)::uuid FROM ledger_posting WHERE merchant_id = %(merchant)s)"],
    ],
    "books.journals_complete": [
        ["DELETE FROM ledger_posting WHERE journal_id = (SELECT min(id::text)::uuid FROM ledger_journal WHERE merchant_id = %(merchant)s)"],
    ],
    "books.postings_belong": [
        ["ALTER TABLE ledger_posting DROP CONSTRAINT posting_account_fk", "UPDATE ledger_account SET currency = 'SEK' WHERE merchant_id = %(merchant)s AND kind = 'sales'"],
    ],
    "books.days_balance": [
        ["UPDATE ledger_posting p SET amount_minor = amount_minor - 5 FROM ledger_account a WHERE a.id = p.account_id AND a.kind = 'cash_register' AND p.merchant_id = %(merchant)s"],
    ],
    "books.reversals_mirror": [
        ["UPDATE ledger_journal SET reverses_id = (SELECT max(id::text)::uuid FROM ledger_journal WHERE merchant_id = %(merchant)s AND recipe = 'money_in')"
         " WHERE id = (SELECT min(id::text)::uuid FROM ledger_journal WHERE merchant_id = %(merchant)s)"],
    ],
    "books.customers_stand": [
        ["UPDATE order_order SET handed_over_minor = handed_over_minor - 1 WHERE merchant_id = %(merchant)s AND handed_over_minor > 0"],
        ["UPDATE ledger_journal SET about = 'order:nobody' WHERE merchant_id = %(merchant)s AND recipe = 'refund'"],
    ],
    "books.goods_booked": [
        ["UPDATE fulfilment_fulfilment SET total_minor = total_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM fulfilment_return WHERE merchant_id = %(merchant)s"],
        ["UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'credit_note'"],
    ],
    "orders.orders_follow_lines": [
        [f"UPDATE order_order SET total_minor = total_minor + 1 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_order SET total_minor = total_minor + 500000 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_order SET tax_minor = tax_minor + 1 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_order SET discount_minor = discount_minor + 1 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_line SET total_minor = total_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET tax_minor = tax_minor - 1 WHERE {ITS_LINE}"],
        [f"DELETE FROM order_line WHERE {ITS_LINE}"],
    ],
    "orders.lines_add_up": [
        [f"UPDATE order_line SET total_minor = total_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET total_minor = total_minor * 100 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET tax_minor = tax_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET quantity = quantity + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET unit_price_minor = unit_price_minor - 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET discount_minor = discount_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET tax_rate_basis_points = tax_rate_basis_points + 100 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET includes_tax = false WHERE {ITS_LINE}"],
    ],
    "orders.revenue_follows_lines": [
        [f"UPDATE order_line SET total_minor = total_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET tax_minor = tax_minor + 1 WHERE {ITS_LINE}"],
        [f"UPDATE order_line SET quantity = quantity + 1 WHERE {ITS_LINE}"],
        ["UPDATE order_line SET returned_quantity = 0 WHERE merchant_id = %(merchant)s AND returned_quantity > 0"],
        ["UPDATE order_line SET kind = 'gift_card' WHERE merchant_id = %(merchant)s AND fulfilled_quantity > 0"],
        ["UPDATE ledger_account SET subject = '700' WHERE merchant_id = %(merchant)s AND kind = 'sales'"],
        ["UPDATE ledger_journal SET about = 'order:nobody' WHERE merchant_id = %(merchant)s AND recipe = 'credit_note'"],
    ],
    "orders.papers_say_the_order": [
        [f"UPDATE order_order SET total_minor = total_minor - 1 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_order SET tax_minor = tax_minor + 1 WHERE {A_PAID_ORDER}"],
        [f"UPDATE order_order SET currency = 'SEK' WHERE {A_PAID_ORDER}"],
        ["UPDATE document_document SET total_minor = total_minor + 1 WHERE merchant_id = %(merchant)s AND kind = 'receipt'"],
        [INVOICED],
    ],
    "money.orders_follow_payments": [
        ["UPDATE order_order SET captured_minor = captured_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE order_order SET secured_minor = 0 WHERE merchant_id = %(merchant)s"],
    ],
    "money.payments_follow_operations": [
        ["UPDATE payment_payment SET authorised_minor = authorised_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE payment_payment SET status = 'captured' WHERE merchant_id = %(merchant)s AND status = 'refunded'"],
        ["UPDATE payment_operation SET status = 'unknown' WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
    ],
    "money.captures_booked": [
        ["UPDATE payment_operation SET result_minor = result_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'authorise' AND status = 'succeeded'"],
        ["UPDATE ledger_journal SET source = 'operation:nobody' WHERE merchant_id = %(merchant)s AND recipe = 'money_in'"
         " AND id = (SELECT min(id::text)::uuid FROM ledger_journal WHERE merchant_id = %(merchant)s AND recipe = 'money_in')"],
        ["UPDATE payment_payment SET method = 'card' WHERE merchant_id = %(merchant)s AND method = 'cash'"],
    ],
    "money.refunds_booked": [
        ["UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'refund'"],
        ["UPDATE payment_operation SET status = 'failed' WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
    ],
    "money.undone_booked": [
        ["UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'refund_taken_back'"],
        ["UPDATE payment_operation SET result_minor = result_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'take_back'"],
        ["DELETE FROM payment_operation WHERE merchant_id = %(merchant)s AND kind = 'take_back'"],
        ["UPDATE ledger_posting p SET amount_minor = amount_minor - 1 FROM ledger_journal j, ledger_account a WHERE j.id = p.journal_id AND a.id = p.account_id"
         " AND j.recipe = 'refund_taken_back' AND a.kind = 'clearing' AND p.merchant_id = %(merchant)s"],
        ["UPDATE ledger_posting p SET account_id = (SELECT x.id FROM ledger_account x WHERE x.merchant_id = %(merchant)s AND x.kind = 'fees' LIMIT 1)"
         " FROM ledger_journal j, ledger_account a WHERE j.id = p.journal_id AND a.id = p.account_id AND j.recipe = 'refund_taken_back' AND a.kind = 'clearing'"],
    ],
    "money.nothing_over_its_cap": [
        ["ALTER TABLE payment_payment DROP CONSTRAINT payment_refunds_within_captured",
         "UPDATE payment_payment SET refunded_minor = captured_minor + 1 WHERE merchant_id = %(merchant)s AND captured_minor > 0"],
    ],
    "money.cash_in_drawers": [
        ["UPDATE payment_operation SET result_minor = result_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'authorise'"
         " AND payment_id IN (SELECT id FROM payment_payment WHERE method = 'cash')"],
    ],
    "money.cash_rounding_booked": [
        ["UPDATE payment_payment SET rounding_minor = 2 WHERE merchant_id = %(merchant)s AND method = 'cash'"],
        ["UPDATE ledger_account SET kind = 'cash_rounding' WHERE merchant_id = %(merchant)s AND kind = 'fees'"],
    ],
    "money.vouchers_stand": [
        ["UPDATE ledger_account SET kind = 'voucher_liability' WHERE merchant_id = %(merchant)s AND kind = 'fees'"],
        ["INSERT INTO voucher_voucher (id, merchant_id, code_hash, hint, currency, balance_minor, created_at)"
         " SELECT gen_random_uuid(), %(merchant)s, 'x', 'x', 'EUR', 5, now()"],
    ],
    "money.loose_returns_booked": [
        [LOOSE],
        ["UPDATE ledger_journal SET recipe = 'loose_return' WHERE merchant_id = %(merchant)s AND recipe = 'credit_note'"],
    ],
    "money.exchanges_are_even": [
        ["UPDATE ledger_account SET kind = 'exchanges' WHERE merchant_id = %(merchant)s AND kind = 'fees'"],
    ],
    "money.offline_cards_stand": [
        ["UPDATE ledger_account SET kind = 'offline_gift_cards' WHERE merchant_id = %(merchant)s AND kind = 'fees'"],
    ],
    "cards.sold_once": [
        ["UPDATE order_line SET kind = 'gift_card' WHERE merchant_id = %(merchant)s AND fulfilled_quantity > 0 AND order_id IN"
         " (SELECT order_id FROM payment_payment WHERE merchant_id = %(merchant)s AND refunded_minor > 0)"],
    ],
    "processor.processor_agrees": [
        ["UPDATE payment_operation SET result_minor = result_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["UPDATE payment_operation SET reference = reference || 'X' WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["UPDATE payment_operation SET status = 'declined' WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["UPDATE payment_operation SET status = 'succeeded', result_minor = amount_minor WHERE merchant_id = %(merchant)s AND status = 'declined'"],
        ["UPDATE ledger_journal SET source = source || 'X' WHERE merchant_id = %(merchant)s AND recipe = 'refund'"],
    ],
    "settling.clearing_is_open_items": [
        ["UPDATE ledger_posting p SET amount_minor = amount_minor + 1 FROM ledger_account a, ledger_journal j WHERE a.id = p.account_id AND j.id = p.journal_id"
         " AND a.kind = 'clearing' AND j.recipe = 'settlement_fee' AND p.merchant_id = %(merchant)s"],
        ["UPDATE settlement_line SET original_gross_minor = gross_minor + 1, original_currency = currency WHERE merchant_id = %(merchant)s AND kind = 'sale'",
         "DELETE FROM recon_match WHERE merchant_id = %(merchant)s AND operation_id IS NOT NULL"],
    ],
    "settling.reports_booked": [
        ["UPDATE settlement_line SET fee_minor = fee_minor + 1, net_minor = net_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'sale'"],
        ["UPDATE ledger_journal SET about = 'report:nobody' WHERE merchant_id = %(merchant)s AND recipe = 'settlement_fee'"],
    ],
    "settling.lines_accounted_for": [
        ["UPDATE recon_match SET undone_at = matched_at, id = uuidv7() WHERE merchant_id = %(merchant)s AND settlement_line_id IS NOT NULL"],
    ],
    "settling.matches_use_money_once": [
        ["UPDATE recon_match SET amount_minor = amount_minor - 1 WHERE merchant_id = %(merchant)s AND operation_id IS NOT NULL"],
        ["UPDATE recon_match SET amount_minor = amount_minor - 1 WHERE merchant_id = %(merchant)s AND statement_line_id IS NOT NULL"],
    ],
    "settling.payments_follow_matches": [
        ["UPDATE payment_stage SET settled_minor = settled_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM payment_stage WHERE merchant_id = %(merchant)s",
         "UPDATE recon_match SET carried_by_id = NULL WHERE merchant_id = %(merchant)s"],
    ],
    "settling.stages_follow_books": [
        ["UPDATE payment_stage SET money_stage = 'settled' WHERE merchant_id = %(merchant)s"],
        ["UPDATE settlement_payout SET status = 'short' WHERE merchant_id = %(merchant)s"],
        ["UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'bank_payout_matched'"],
        ["UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'payout_announced'"],
    ],
    "settling.short_payouts_are_shared": [
        ["UPDATE payment_stage SET money_stage = 'short', missing_minor = 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE payment_stage SET money_stage = 'short' WHERE merchant_id = %(merchant)s",
         "UPDATE ledger_journal SET recipe = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'bank_payout_matched'"],
    ],
    "settling.transit_is_open_payouts": [
        ["UPDATE settlement_payout SET arrived_minor = arrived_minor - 1 WHERE merchant_id = %(merchant)s"],
    ],
    "settling.bank_has_what_arrived": [
        ["UPDATE bank_statement_line SET amount_minor = amount_minor - 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE ledger_journal SET about = 'payout:nobody' WHERE merchant_id = %(merchant)s AND recipe = 'bank_payout_matched'"],
    ],
    "disputes.disputed_is_open_disputes": [
        ["UPDATE dispute_dispute SET held_minor = held_minor + 1 WHERE merchant_id = %(merchant)s AND held_minor > 0"],
        ["UPDATE dispute_dispute SET lost_minor = 5 WHERE merchant_id = %(merchant)s"],
        ["UPDATE ledger_account SET kind = 'disputed' WHERE merchant_id = %(merchant)s AND kind = 'bank'"],
    ],
    "disputes.disputes_follow_movements": [
        ["UPDATE dispute_movement SET amount_minor = amount_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE ledger_journal SET source = source || 'X' WHERE merchant_id = %(merchant)s AND recipe = 'dispute_won'"],
        ["UPDATE dispute_dispute SET status = 'lost' WHERE merchant_id = %(merchant)s AND held_minor > 0"],
    ],
    "disputes.payments_follow_disputes": [
        ["UPDATE payment_payment SET disputed_minor = disputed_minor + 1 WHERE merchant_id = %(merchant)s"],
    ],
    "disputes.rows_prove_movements": [
        ["UPDATE dispute_movement SET settlement_line_id = NULL WHERE merchant_id = %(merchant)s"],
    ],
    "exceptions.exceptions_are_the_planted": [
        ["INSERT INTO recon_exception (id, merchant_id, kind, dedup_key, reference, amount_minor, currency, cause, business_date, status, resolution, found_at)"
         " SELECT gen_random_uuid(), %(merchant)s, 'amount', 'x', 'OP', -1, 'EUR', '', current_date, 'open', '', now()"],
    ],
    "exceptions.none_unclassified": [
        ["INSERT INTO recon_exception (id, merchant_id, kind, dedup_key, reference, amount_minor, currency, cause, business_date, status, resolution, found_at)"
         " SELECT gen_random_uuid(), %(merchant)s, 'unclassified', 'x', 'OP', -1, 'EUR', '', current_date, 'open', '', now()"],
        ["UPDATE ledger_account SET kind = 'suspense' WHERE merchant_id = %(merchant)s AND kind = 'fees'"],
    ],
    "shifts.drawers_stand": [
        ["DELETE FROM till_movement WHERE merchant_id = %(merchant)s AND kind = 'paid_out'"],
        ["UPDATE payment_till_entry SET amount_minor = amount_minor - 1 WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["DELETE FROM ledger_posting p USING ledger_account a WHERE a.id = p.account_id AND a.kind = 'cash_register' AND p.merchant_id = %(merchant)s"],
    ],
    "shifts.entries_follow_payments": [
        ["UPDATE payment_till_entry SET amount_minor = amount_minor + 1 WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["DELETE FROM payment_till_entry WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["UPDATE payment_payment SET refunded_minor = refunded_minor + 1 WHERE merchant_id = %(merchant)s AND register_id IS NOT NULL AND method = 'cash'"],
    ],
    "shifts.closings_without_gaps": [
        ["UPDATE till_closing SET number = 2 WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET receipts_after = 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET opening_cash_minor = 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET grand_sales_minor = grand_sales_minor + 1 WHERE merchant_id = %(merchant)s"],
    ],
    "shifts.shifts_stand": [
        ["UPDATE till_shift SET counted_minor = counted_minor + 1 WHERE merchant_id = %(merchant)s AND status = 'handed_over'"],
        ["UPDATE till_shift SET closing_id = NULL WHERE merchant_id = %(merchant)s AND status = 'closed'"],
        ["UPDATE till_shift SET float_minor = float_minor + 1 WHERE merchant_id = %(merchant)s AND status = 'open'"],
        ["UPDATE ledger_journal SET source = 'gone' WHERE merchant_id = %(merchant)s AND recipe = 'drawer_paid_out'"],
    ],
    "shifts.closings_are_postings": [
        ["UPDATE till_closing SET sales_minor = sales_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET closing_cash_minor = closing_cash_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET refunds_minor = 0 WHERE merchant_id = %(merchant)s"],
        ["UPDATE payment_till_entry SET closing_id = NULL WHERE merchant_id = %(merchant)s AND kind = 'return'"],
        ["UPDATE ledger_posting p SET amount_minor = amount_minor + 1 FROM ledger_account a WHERE a.id = p.account_id AND a.kind = 'sales'"
         " AND p.merchant_id = %(merchant)s"],
    ],
    "shifts.closings_say_tenders": [
        ["UPDATE till_closing SET content = jsonb_set(content, '{figures,tenders,0,taken_minor}', '1') WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET content = jsonb_set(content, '{figures,tenders,0,refunded_minor}', '1') WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET content = jsonb_set(content, '{figures,tenders}', '[]') WHERE merchant_id = %(merchant)s"],
        # The sums of all tenders and of the receipts still agree: the money is told under another one.
        ["UPDATE till_closing SET content = jsonb_set(content, '{figures,tenders,0,method}', '\"card_present\"') WHERE merchant_id = %(merchant)s"],
    ],
    "shifts.closings_sealed": [
        ["UPDATE till_closing SET content = jsonb_set(content, '{reason}', '\"none\"') WHERE merchant_id = %(merchant)s"],
        ["UPDATE till_closing SET digest = repeat('0', 64) WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM till_closing WHERE merchant_id = %(merchant)s"],
    ],
    "shifts.deposits_in_transit": [
        ["UPDATE bank_deposit SET amount_minor = amount_minor + 1 WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM bank_deposit WHERE merchant_id = %(merchant)s"],
        ["UPDATE bank_deposit SET arrived_minor = 1 WHERE merchant_id = %(merchant)s"],
    ],
    "stock.levels_follow_movements": [
        ["UPDATE stock_level SET on_hand = on_hand + 1 WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM stock_movement WHERE merchant_id = %(merchant)s AND kind = 'opening'"],
        ["DELETE FROM stock_level WHERE merchant_id = %(merchant)s"],
        ["UPDATE stock_movement SET kind = 'lost' WHERE merchant_id = %(merchant)s AND kind = 'sold'"],
    ],
    "stock.nothing_oversold": [
        ["ALTER TABLE stock_level DROP CONSTRAINT stock_never_oversold", "UPDATE stock_level SET on_hand = -1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE stock_level SET oversold = 1, on_hand = reserved + 1 WHERE merchant_id = %(merchant)s"],
    ],
    "stock.reserved_is_held": [
        ["UPDATE stock_level SET reserved = 0 WHERE merchant_id = %(merchant)s"],
        ["UPDATE stock_reservation SET status = 'released' WHERE merchant_id = %(merchant)s"],
    ],
    "stock.sold_is_handed_over": [
        ["DELETE FROM stock_movement WHERE id = (SELECT min(id::text)::uuid FROM stock_movement WHERE merchant_id = %(merchant)s AND kind = 'sold')"],
        ["UPDATE stock_movement SET source = 'order:nobody' WHERE merchant_id = %(merchant)s AND kind = 'sold'"],
        ["DELETE FROM fulfilment_fulfilment WHERE merchant_id = %(merchant)s"],
    ],
    "stock.returned_is_taken_back": [
        [LOOSE],
        ["UPDATE stock_movement SET kind = 'returned' WHERE merchant_id = %(merchant)s AND kind = 'opening'"],
    ],
    "stock.lines_follow_goods": [
        ["UPDATE order_line SET fulfilled_quantity = 0, returned_quantity = 0 WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.audit_chain_intact": [
        ["UPDATE core_audit_entry SET actor_name = 'Mallory' WHERE id = (SELECT min(id::text)::uuid FROM core_audit_entry WHERE merchant_id = %(merchant)s)"],
        ["DELETE FROM core_audit_link WHERE merchant_id = %(merchant)s AND position = (SELECT max(position) FROM core_audit_link WHERE merchant_id = %(merchant)s)"],
    ],
    "machinery.audit_sealed_in_time": [
        ["DELETE FROM core_audit_link WHERE merchant_id = %(merchant)s",
         "UPDATE core_audit_entry SET id = ('01900000' || substr(id::text, 9))::uuid WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.secrets_open": [
        ["UPDATE gateway_account SET secret = secret || '\\x00'::bytea WHERE merchant_id = %(merchant)s"],
        ["DELETE FROM core_data_key WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.outbox_drained": [
        ["UPDATE core_outbox_event SET done_at = NULL, created_at = now() - interval '61 seconds' WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.jobs_alive": [
        ["UPDATE core_job SET status = 'dead' WHERE merchant_id = %(merchant)s"],
        ["UPDATE core_job SET status = 'running', lease_until = now() - interval '61 seconds' WHERE merchant_id = %(merchant)s"],
        ["UPDATE core_job SET status = 'queued', run_at = now() - interval '11 minutes' WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.operations_finished": [
        ["UPDATE payment_operation SET status = 'unknown', id = ('01900000' || substr(id::text, 9))::uuid WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
        ["UPDATE payment_operation SET status = 'requested', id = ('01900000' || substr(id::text, 9))::uuid WHERE merchant_id = %(merchant)s AND kind = 'refund'"],
    ],
    "machinery.nothing_overdue": [
        ["UPDATE settlement_report SET status = 'reading', id = ('01900000' || substr(id::text, 9))::uuid WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.reservations_released": [
        ["UPDATE stock_reservation SET expires_at = now() - interval '2 minutes' WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.papers_unchanged": [
        ["UPDATE document_document SET total_minor = total_minor - 1 WHERE merchant_id = %(merchant)s"],
        ["UPDATE document_document SET content = content || '{\"cashier\": \"nobody\"}' WHERE merchant_id = %(merchant)s AND number = 1"],
    ],
    "machinery.papers_without_gaps": [
        ["DELETE FROM document_document WHERE merchant_id = %(merchant)s AND number = 1"],
        ["UPDATE merchant_register SET last_receipt_number = last_receipt_number + 1 WHERE merchant_id = %(merchant)s"],
    ],
    "machinery.printed_receipts_arrived": [
        [PRINTED],
    ],
}  # fmt: skip
# Keys that these damages would trip over.
IN_THE_WAY = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"


def violations_after(check, merchant_id, damage):
    """Do the damage, look, and undo it."""
    with transaction.atomic():
        touched = 0
        for statement in damage:
            touched = max(touched, db.execute(statement, {"merchant": merchant_id}))
        assert touched > 0, f"this damage touches nothing: {damage}"
        found = check.run(Look(merchant_id, machine_now(), ())).violations
        transaction.set_rollback(True)
    return found


def test_every_rule_has_a_damage():
    assert set(DAMAGE) == {check.name for check in CHECKS}


@pytest.mark.django_db(transaction=True)
def test_every_damage_is_found(processor, database_places, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")
    day = a_trading_day(processor)
    day.dispute(day.pay(2200), 1200)
    day.dispute(day.pay(2300), 2300, outcome="won")
    day.lose_refund(day.pay(2400), 900)
    day.settle()
    unseen = []
    with (
        databases.pointed_at(database_places, database=connection.settings_dict["NAME"], role=postgres.OWNER),
        acting_for(day.id),
    ):
        for table, name in db.rows(IN_THE_WAY):
            if not name.startswith("posting_"):
                db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for (table,) in db.rows(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ):
            db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for check in CHECKS:
            assert check.run(Look(day.id, machine_now(), ())).violations in ([], ()), check.name
            unseen += [
                (check.name, damage) for damage in DAMAGE[check.name] if not violations_after(check, day.id, damage)
            ]

    assert unseen == [], unseen[-1]
