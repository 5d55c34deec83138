"""Sample pages of fees, payouts and bank lines."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from merchant.core.money import Money
from merchant.core.pages.forms import FormField, FormPage, choices_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame, Pager
from payments.fees import pages as contracts
from payments.fees.pricing import Price, Terms
from payments.reconciliation.explanation import pages as explanation_pages
from payments.reconciliation.explanation.due_views import DuePage, due_row
from payments.reconciliation.explanation.payout_pages import PayoutRow
from payments.reconciliation.explanation.queries import Explained, ExplainedBankLine
from payments.reconciliation.fee_audit import pages as fee_pages
from payments.reconciliation.matching.payout_watch import DuePayout
from payments.reconciliation.statements.transfer_views import TransferListPage, TransferRow, TransferSlip

DAY = date(2026, 11, 20)
PAYOUT = UUID("01a20381-75c9-7226-bee9-8fa6c3e2b5f3")
TERMS = Terms(
    Price(140, 25), (Price(90, 5, method="card_present", region="domestic", card_kind="debit"), Price(250, 0, 50, brand="amex")), refund_fixed_minor=30
)  # fmt: skip


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def bar(path: str):
    here = Here(path, {})
    return here.bar(here.days("date", "Business day"), here.choice("account", "Gateway account", [("1", "Adyen")]))


def report() -> fee_pages.FeeReportPage:
    """Two causes, a month, and rates by three things."""
    rates = [
        {"name": "Adyen", "method": method, "store": store, "currency": "EUR", "sales": sales, "volume_minor": volume, "charged_minor": fees}
        for method, store, sales, volume, fees in (
            ("card_present", "Hamburg Altona", 1204, 6_204_512, 71_220), ("card", "", 388, 2_911_040, 48_902), ("wallet", "", 96, 611_200, 9_140), ("", "", 0, 0, 3_500),
        )
    ]  # fmt: skip
    differing = [
        {
            "gateway_account_id": PAYOUT, "name": "Adyen", "currency": "EUR", "month": date(2026, 11, 1), "cause": cause, "rows": rows, "over_minor": over,
            "under_minor": under,
        }
        for cause, rows, over, under in (("rate", 312, 14_208, 0), ("unknown_brand", 7, 210, 95))
    ]  # fmt: skip
    month = {
        "name": "Adyen",
        "month": date(2026, 10, 1),
        "currency": "EUR",
        "expected_minor": 2500,
        "charged_minor": 2900,
    }
    judgement = [{"currency": "EUR", "rows": 1696, "unjudged": 8, "charged_minor": 132_762, "expected_minor": 118_439}]
    return fee_pages.FeeReportPage(
        bar=bar("/fees/"),
        totals=fee_pages.totals_of(judgement),
        rates=fee_pages.rate_tables(rates, locale="en_GB"),
        over_charges=tuple(fee_pages.over_charge_row(row, query={}) for row in differing),
        months=(fee_pages.month_row(month),),
        rows_url="/fees/rows/",
        claim_url="/exports/new/",
    )


def differing() -> fee_pages.FeeRowsPage:
    """Rows whose fee differs."""
    rows = [
        {
            "reference": f"OP{number:08}", "payment_id": PAYOUT, "day": DAY, "name": "Adyen", "kind": "sale", "currency": "EUR", "amount_minor": 10_000 * number,
            "expected_minor": 165, "charged_minor": 180, "over_minor": 15, "cause": "rate", "contract_id": PAYOUT,
        }
        for number in (1, 2, 3)
    ]  # fmt: skip
    frame = ListFrame(
        bar("/fees/rows/"), Pager("?after=1", "", 3), EmptyState("check-check", "None"), "Fees that differ"
    )
    return fee_pages.FeeRowsPage(frame, tuple(fee_pages.fee_row(row) for row in rows), "/fees/")


def dry_run() -> fee_pages.DryRunPage:
    """A month under another version."""
    from payments.reconciliation.fee_audit.views import _dry_stats

    told = {"rows": 120, "unjudged": 3, "volume_minor": 1_500_000, "charged_minor": 26_000, "expected_minor": 17_000}
    return fee_pages.DryRunPage("Adyen", "/", bar("/"), _dry_stats(told, "EUR"), "2026-10-01 to 2026-10-31")


def _row(state: str = "in force") -> contracts.ContractRow:
    return contracts.ContractRow("/fees/contracts/1/", "Adyen", "EUR", "Blended", "1.40% + €0.25", 2, DAY, state)


def contract_list() -> contracts.ContractListPage:
    """Two versions."""
    frame = ListFrame(
        bar("/"), Pager(shown=2), EmptyState("hand-coins", "None"), "Fee contracts", actions=(Action("New version", "/", "plus", tone="primary"),)
    )  # fmt: skip
    return contracts.ContractListPage(frame, (_row("not in force yet"), _row()))


def contract() -> contracts.ContractPage:
    """One version with prices of its own."""
    facts = explanation_pages.bank_line_facts(_bank_line())
    return contracts.ContractPage(
        _row(),
        contracts.price_rows(TERMS, "EUR", locale="en_GB"),
        facts,
        (Action("Change", "/", "pencil", tone="primary"),),
    )


def contract_form() -> contracts.ContractForm:
    """The form, refused once."""
    fields = (
        FormField("account", "Gateway account", "choice", choices=choices_of([("1", "Adyen, EUR")])),
        FormField("valid_from", "From the day", "date", "2026-12-01", is_required=True),
        FormField("percent", "Percent of a sale", "decimal", "1.40", "Such as 1.40."),
    )
    form = FormPage(
        "New fee contract",
        Link("Fee contracts", "/"),
        "/",
        "k",
        fields,
        "Save the version",
        "It cannot be changed later.",
        ("Write amounts like 0.25.",),
    )
    prices = tuple(contracts.price_field(number, price, "EUR") for number, price in enumerate((*TERMS.prices, None)))
    return contracts.ContractForm(form, prices, "New fee contract")


def _explained() -> Explained:
    payout = {
        "id": PAYOUT, "reference": "po_20261120_hamburg", "currency": "EUR", "amount_minor": 884_210, "arrived_minor": 884_210, "status": "in_bank", "batch": "1122",
        "announced_on": DAY, "expected_on": DAY, "report_id": PAYOUT, "gateway_account": "Adyen",
    }  # fmt: skip
    sums = (
        ("sale", 188, 912_400, 12_940),
        ("refund", 3, -14_000, 90),
        ("reserve_hold", 1, -1_000, 0),
        ("payout", 1, 0, 160),
    )
    rows = [
        {"kind": kind, "number": number, "gross_minor": gross, "fee_minor": fee, "net_minor": gross - fee}
        for kind, number, gross, fee in sums
    ]
    lines = [
        {
            "reference": f"OP{number:08}", "report_id": PAYOUT, "kind": "sale", "currency": "EUR", "gross_minor": 4_180, "fee_minor": 84, "net_minor": 4_096,
            "payment_id": PAYOUT, "order_id": PAYOUT, "order_number": f"S-00{number}", "parts": None, "store": "Hamburg Altona", "receipt_id": PAYOUT,
            "receipt_number": 900 + number,
        }
        for number in range(1, 6)
    ]  # fmt: skip
    bank = [
        {
            "id": PAYOUT,
            "bank_account": "Business account",
            "booked_on": DAY,
            "matched_minor": 884_210,
            "currency": "EUR",
            "text": "TX1 batch 1122",
        }
    ]
    return Explained(payout, rows, lines, bank)


def payout() -> explanation_pages.PayoutPage:
    """A payout in the bank."""
    found = _explained()
    row = PayoutRow("1", "/", "po_20261120_hamburg", "Adyen", eur(884_210), eur(884_210), "in_bank", DAY, DAY)
    return explanation_pages.PayoutPage(
        row=row, flow=explanation_pages.flow_of(found), facts=explanation_pages.payout_facts(found), kinds=explanation_pages.kind_rows(found),
        lines=tuple(explanation_pages.line_row(line) for line in found.lines), bank=tuple(explanation_pages.bank_row(line) for line in found.bank_lines),
        pager=Pager("?after=1", "", 5), actions=(explanation_pages.download_action(found),), unexplained=eur(-12), missing=eur(-500),
    )  # fmt: skip


def _bank_line() -> dict:
    return {
        "bank_account": "Business account", "booked_on": DAY, "text": "ADYEN N.V. TX4313726XT batch 1122, BakeryPOS", "counterparty": "Adyen N.V.",
        "end_to_end_id": "po_20261120_hamburg", "bank_reference": "2026112012345678901234567890",
    }  # fmt: skip


def bank_line() -> explanation_pages.BankLinePage:
    """A line that one payout explains, up to a rest."""
    line = {**_bank_line(), "amount_minor": 884_300}
    part = {
        "payout_id": PAYOUT,
        "kind": "payout",
        "deposit": None,
        "amount_minor": 884_210,
        "currency": "EUR",
        "rule": "payout_reference",
        "payment_id": None,
        "order_number": None,
    }
    found = ExplainedBankLine(line, [part], {PAYOUT: _explained()})
    return explanation_pages.BankLinePage(
        line["text"],
        eur(884_300),
        explanation_pages.bank_line_facts(line),
        explanation_pages.part_rows(found),
        "/",
        eur(found.unexplained_minor),
    )


def due_payouts() -> DuePage:
    """A payout that never came, one on its way, and money no report has brought yet."""
    days = (
        (DAY, 884_210, 0, 0, PAYOUT, "missing"),
        (date(2026, 11, 21), 120_000, 119_500, 0, PAYOUT, "short"),
        (date(2026, 11, 24), 2_381_140, 0, 0, PAYOUT, "announced"),
        (date(2026, 11, 25), 0, 0, 412_350, None, "expected"),
    )
    rows = tuple(
        due_row(DuePayout(day, PAYOUT, "Adyen · HaldenRoePOS", "EUR", announced, arrived, taken, payout_id, state))
        for day, announced, arrived, taken, payout_id, state in days
    )
    here = Here("/payouts/due/", {})
    states = here.choice("status", "State", [("missing", "Missing"), ("late", "Late")])
    views = [("All", {}), ("Not there", {"status": "missing,short,late"})]
    empty = EmptyState("landmark", "Nothing is due on these days", "What was taken appears here.")
    frame = ListFrame(
        here.bar(states, here.days("date", "Days"), views=views),
        Pager(shown=4),
        empty,
        "Payouts due",
        export_url="#",
    )
    return DuePage(frame, rows)


def transfer_slip() -> TransferSlip:
    """What a customer is told."""
    facts = (
        Fact("To pay", eur(12_990)), Fact("To", "Halden & Roe", note="Business account …3000"),
        Fact("Creditor reference (RF)", "RF18 W000 231", is_identifier=True, note="to be quoted with the transfer"),
    )  # fmt: skip
    others = (
        Fact("OCR number", "3200 0231 75", is_identifier=True),
        Fact("Order number", "W-000231", is_identifier=True),
    )
    return TransferSlip("Bank transfer for W-000231", Link("W-000231", "/"), facts, others)


def transfers() -> TransferListPage:
    """Two orders paid by transfer."""
    here = Here("/transfers/", {})
    bar = here.bar(here.choice("rule", "Found by", [("transfer_ocr", "OCR number")]))
    rows = tuple(
        TransferRow(DAY, number, "/", eur(minor), how, text, "/")
        for number, minor, how, text in (
            ("W-000231", 12_990, "Creditor reference (RF)", "RF18W000231"),
            (
                "W-000198",
                4_500,
                "Order number",
                "Thank you for W 000 198, best regards, the family Lindqvist-Bergström",
            ),
        )
    )
    frame = ListFrame(
        bar, Pager("?after=1", "", 2), EmptyState("landmark", "None", "None."), "Customers' bank transfers"
    )
    return TransferListPage(frame, rows)


PAGES = {
    "fees": ("payments/reconciliation/fees.html", "payouts", report),
    "fee-rows": ("payments/reconciliation/fee_rows.html", "payouts", differing),
    "fee-dry-run": ("payments/reconciliation/fee_dry_run.html", "payouts", dry_run),
    "fee-contracts": ("payments/fees/contracts.html", "payouts", contract_list),
    "fee-contract": ("payments/fees/contract.html", "payouts", contract),
    "fee-contract-form": ("payments/fees/contract_form.html", "payouts", contract_form),
    "payout": ("payments/reconciliation/payout.html", "payouts", payout),
    "due-payouts": ("payments/reconciliation/due_payouts.html", "payouts", due_payouts),
    "transfer-slip": ("payments/reconciliation/transfer_slip.html", "orders", transfer_slip),
    "transfers": ("payments/reconciliation/transfers.html", "reconciliation", transfers),
    "bank-line": ("payments/reconciliation/bank_line.html", "reconciliation", bank_line),
}
