"""What a refund costs beside the money that goes back: the processor keeps the fee of the sale, and may charge one for the refund."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.tenancy import current_merchant_id
from payments.fees import pricing
from payments.reconciliation.matching import fee_rows


@dataclass(frozen=True, slots=True)
class FeesLost:
    """Fees in one currency: of the sales that go back, and what the refund itself costs. `is_expected`: not settled yet, so the contract's word is taken for some."""

    sale: Money
    refund: Money
    is_expected: bool


# What reports have charged, and for payments that no report has brought what the contract asks for. Rows that several payments share tell nothing of one.
_CHARGED = """
SELECT p.id AS payment_id, l.currency, sum(l.fee_minor)::bigint AS fee_minor
FROM payment_payment p JOIN payment_operation o ON o.payment_id = p.id JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
JOIN settlement_line l ON l.id = m.settlement_line_id
WHERE p.merchant_id = %(merchant)s AND p.id = ANY(%(payments)s) AND l.kind = 'sale' AND m.amount_minor = coalesce(l.original_gross_minor, l.gross_minor)
GROUP BY 1, 2
"""
_FACTS = f"""
SELECT pay.id AS payment_id, pay.gateway_account_id, g.currency, move.kind, move.day, pay.captured_minor AS amount_minor, {fee_rows.CARD}
FROM payment_payment pay JOIN gateway_account g ON g.id = pay.gateway_account_id JOIN merchant_merchant home ON home.id = pay.merchant_id
CROSS JOIN LATERAL (VALUES ('sale', pay.business_date), ('refund', %(today)s::date)) move(kind, day)
LEFT JOIN settlement_fee_parts card ON false
WHERE pay.merchant_id = %(merchant)s AND pay.id = ANY(%(payments)s) AND pay.captured_minor > 0 AND g.currency = pay.currency
"""  # noqa: S608
_LOST = f"""
WITH charged AS ({_CHARGED}), agreed AS ({pricing.judged(_FACTS, is_detailed=True)}), told AS (
    SELECT currency, fee_minor AS sale_minor, 0 AS refund_minor, false AS is_expected FROM charged
    UNION ALL
    SELECT currency, expected_minor, 0, true FROM agreed WHERE kind = 'sale' AND expected_minor IS NOT NULL AND payment_id NOT IN (SELECT payment_id FROM charged)
    UNION ALL
    SELECT currency, 0, expected_minor, false FROM agreed WHERE kind = 'refund' AND expected_minor IS NOT NULL
)
SELECT currency, sum(sale_minor)::bigint, sum(refund_minor)::bigint, bool_or(is_expected) FROM told GROUP BY 1
HAVING sum(sale_minor) > 0 OR sum(refund_minor) > 0 ORDER BY 1
"""  # noqa: S608


def list_fees_lost(payment_ids: Iterable[UUID], *, today: date) -> list[FeesLost]:
    """Return what refunding these payments costs, per currency; nothing where no fee is known. One statement."""
    parameters = {"merchant": current_merchant_id(), "payments": list(payment_ids), "today": today}
    return [
        FeesLost(Money(sale, currency), Money(refund, currency), is_expected)
        for currency, sale, refund, is_expected in db.rows(_LOST, parameters)
    ]


def words_of_fees_lost(payment_ids: Iterable[UUID], *, today: date, locale: str) -> str:
    """Return the same as a sentence for whoever refunds, "" where there is nothing to say."""
    sentences = []
    for lost in list_fees_lost(payment_ids, today=today):
        sale, refund = (money_text(money, locale=locale) for money in (lost.sale, lost.refund))
        if lost.sale:
            text = (
                _("The processor keeps its fee of about {fee}.")
                if lost.is_expected
                else _("The processor keeps its fee of {fee}.")
            )
            sentences.append(text.format(fee=sale))
        if lost.refund:
            sentences.append(_("Refunding costs another {fee}.").format(fee=refund))
    return " ".join(sentences)
