"""A payout and a bank line as staff see them: steps from gross to net, what is inside, and both ways from the bank to the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, FlowBox, Pager
from payments.reconciliation.explanation.payout_pages import PayoutRow
from payments.reconciliation.explanation.queries import STEPS, Explained, ExplainedBankLine

KIND_WORDS = {
    "sale": gettext_lazy("Sale"),
    "refund": gettext_lazy("Refund"),
    "chargeback": gettext_lazy("Chargeback"),
    "chargeback_reversal": gettext_lazy("Chargeback taken back"),
    "fee": gettext_lazy("Fee"),
    "fee_refund": gettext_lazy("Fee given back"),
    "tax": gettext_lazy("Tax on fees"),
    "reserve_hold": gettext_lazy("Reserve held"),
    "reserve_release": gettext_lazy("Reserve released"),
    "conversion": gettext_lazy("Conversion"),
    "adjustment": gettext_lazy("Adjustment"),
    "payout": gettext_lazy("The payout's own row"),
    "other_payout": gettext_lazy("Another payout of the batch"),
    "returned": gettext_lazy("Payout returned"),
    "transfer": gettext_lazy("Transfer"),
    "other": gettext_lazy("Other"),
}
_STEP_WORDS = {
    "gross": (gettext_lazy("Gross"), "credit-card"),
    "fees": (gettext_lazy("Fees"), "hand-coins"),
    "refunds": (gettext_lazy("Refunds"), "undo-2"),
    "held": (gettext_lazy("Disputes, reserve, other"), "flag"),
    "net": (gettext_lazy("Net"), "landmark"),
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of row inside a payout: how many, and gross, fee and net of them together."""

    kind: str
    number: int
    gross: Money
    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class LineRow:
    """One row of the report. Links are "" where the row is nobody's payment."""

    reference: str
    report_url: str
    kind: str
    gross: Money
    fee: Money
    net: Money
    payment_url: str
    order_number: str
    order_url: str
    receipt: str
    receipt_url: str
    place: str


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank line that brought a payout, or part of it."""

    url: str
    account: str
    day: Any
    amount: Money
    text: str


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """One payout. `unexplained` is None where its rows come to it exactly."""

    row: PayoutRow
    flow: tuple[FlowBox, ...]
    facts: tuple[Fact, ...]
    kinds: tuple[KindRow, ...]
    lines: tuple[LineRow, ...]
    bank: tuple[BankRow, ...]
    pager: Pager
    actions: tuple[Action, ...]
    unexplained: Money | None = None
    missing: Money | None = None
    back_url: str = "/payouts/"


@dataclass(frozen=True, slots=True)
class PartRow:
    """What a bank line was matched with."""

    title: str
    url: str
    amount: Money
    rule: str
    flow: tuple[FlowBox, ...]
    lines: tuple[LineRow, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class BankLinePage:
    """One bank line and its parts. `unexplained` is None where they come to it exactly."""

    title: str
    amount: Money
    facts: tuple[Fact, ...]
    parts: tuple[PartRow, ...]
    back_url: str
    unexplained: Money | None = None


def flow_of(found: Explained, *, url: str = "") -> tuple[FlowBox, ...]:
    """Return the steps from gross to net as boxes."""
    steps, currency = found.steps, found.payout["currency"]
    amounts = {
        "gross": steps["gross"],
        "fees": steps["fees"],
        "refunds": steps["refunds"],
        "held": steps["disputes"] + steps["reserve"] + steps["other"],
        "net": sum(steps.values()),
    }
    numbers = {
        "gross": _number(found, STEPS["gross"]),
        "refunds": _number(found, STEPS["refunds"]),
        "held": sum(row["number"] for row in found.rows if row["kind"] not in ("sale", "refund", "payout")),
    }
    tones = {"fees": "warn", "net": "good" if found.payout["status"] == "in_bank" else "info"}
    return tuple(
        FlowBox(
            tone=tones.get(step, "idle"),
            icon=icon,
            label=str(label),
            amounts=(Money(amounts[step], currency),),
            note=ngettext("{number} row", "{number} rows", numbers[step]).format(number=numbers[step]) if step in numbers else "",
            url=url if step == "net" else "",
        )
        for step, (label, icon) in _STEP_WORDS.items()
    )  # fmt: skip


def kind_rows(found: Explained) -> tuple[KindRow, ...]:
    """Return what is inside per kind of row."""
    currency = found.payout["currency"]
    return tuple(
        KindRow(
            str(KIND_WORDS.get(row["kind"], row["kind"])),
            row["number"],
            *(Money(row[name], currency) for name in ("gross_minor", "fee_minor", "net_minor")),
        )
        for row in found.rows
    )


def line_row(line: dict[str, Any]) -> LineRow:
    """Return a row of the report with the way to its payment, order and receipt."""
    parts = (line["parts"] or 1) - 1
    number = line["order_number"] or ""
    return LineRow(
        reference=line["reference"],
        report_url=f"/imports/{line['report_id']}/",
        kind=str(KIND_WORDS.get(line["kind"], line["kind"])),
        gross=Money(line["gross_minor"], line["currency"]),
        fee=Money(line["fee_minor"], line["currency"]),
        net=Money(line["net_minor"], line["currency"]),
        payment_url=f"/payments/{line['payment_id']}/" if line["payment_id"] else "",
        order_number=_("{number} and {more} more").format(number=number, more=parts) if number and parts else number,
        order_url=f"/orders/{line['order_id']}/" if line["order_id"] else "",
        receipt=str(line["receipt_number"] or ""),
        receipt_url=f"/api/v1/receipts/{line['receipt_id']}/receipt.html" if line["receipt_id"] else "",
        place=line["store"],
    )


def bank_row(line: dict[str, Any]) -> BankRow:
    """Return a bank line that brought money of a payout."""
    amount = Money(line["matched_minor"], line["currency"])
    return BankRow(f"/bank-lines/{line['id']}/", line["bank_account"], line["booked_on"], amount, line["text"])


def payout_facts(found: Explained) -> tuple[Fact, ...]:
    """Return when it was announced and expected, and by which file."""
    payout = found.payout
    facts = [
        Fact(_("Gateway account"), payout["gateway_account"]),
        Fact(_("Amount"), Money(payout["amount_minor"], payout["currency"])),
        Fact(_("Arrived"), Money(payout["arrived_minor"], payout["currency"])),
        Fact(_("Announced"), payout["announced_on"]),
        Fact(_("Expected"), payout["expected_on"]),
    ]
    if payout["batch"]:
        facts.append(Fact(_("Batch"), payout["batch"], is_identifier=True))
    if payout["report_id"]:
        facts.append(Fact(_("Report"), _("the file that announced it"), f"/imports/{payout['report_id']}/"))
    return (*facts, Fact(_("Reference"), payout["reference"], is_identifier=True))


def download_action(found: Explained) -> Action:
    """Return the button that takes all rows of a payout as a file."""
    query = urlencode({"payout": str(found.payout["id"])})
    return Action(_("Download rows"), f"/api/v1/exports/payout_lines.csv?{query}", "download", shortcut="d")


def bank_line_facts(line: dict[str, Any]) -> tuple[Fact, ...]:
    """Return what the bank said."""
    facts = [
        Fact(_("Bank account"), line["bank_account"]),
        Fact(_("Booked"), line["booked_on"]),
        Fact(_("Text"), line["text"] or "—"),
    ]
    for name, label in (
        ("counterparty", _("From")),
        ("end_to_end_id", _("Payer's reference")),
        ("bank_reference", _("Bank's reference")),
    ):
        if line[name]:
            facts.append(Fact(label, line[name], is_identifier=name != "counterparty"))
    return tuple(facts)


def part_rows(found: ExplainedBankLine) -> tuple[PartRow, ...]:
    """Return what a bank line was matched with."""
    rows = []
    for part in found.parts:
        explained = found.payouts.get(part["payout_id"])
        title, url = _("Deposit {reference}").format(reference=part["deposit"] or ""), ""
        if explained:
            url = f"/payouts/{part['payout_id']}/"
            title = _("Payout {reference}").format(reference=explained.payout["reference"])
        elif part["kind"] == "payment":
            url = f"/payments/{part['payment_id']}/"
            title = _("Payment of order {number}").format(number=part["order_number"])
        elif part["kind"] == "other":
            title = _("Booked by hand")
        rows.append(
            PartRow(
                title=title,
                url=url,
                amount=Money(part["amount_minor"], part["currency"]),
                rule=str(part["rule"]).replace("_", " "),
                flow=flow_of(explained, url=url) if explained else (),
                lines=tuple(line_row(line) for line in explained.lines) if explained else (),
                left_out=explained.lines_left_out["number"] if explained else 0,
            )
        )
    return tuple(rows)


def _number(found: Explained, kinds: tuple[str, ...]) -> int:
    return int(sum(row["number"] for row in found.rows if row["kind"] in kinds))
