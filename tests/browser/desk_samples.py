"""Sample pages of the reconciliation desk, disputes and what waits for people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from merchant.accounts.approvals.pages import ApprovalRow, ApprovalsPage
from merchant.core.money import Money
from merchant.core.pages.parts import (
    Action,
    Choice,
    EmptyState,
    Fact,
    FilterBar,
    Link,
    ListFrame,
    Notice,
    Pager,
    TimelineEntry,
)
from payments.disputes.pack import PackItem
from payments.disputes.pages import DisputeListPage, DisputePage, DisputeRow, FileRow, LetterPage
from payments.reconciliation.explanation.payout_pages import PayoutListPage, PayoutRow
from payments.reconciliation.workbench.pages import ExceptionListPage, ExceptionRow, Selection
from payments.reconciliation.workbench.rules_pages import (
    LimitField,
    MatchRulesPage,
    TrialKind,
    TrialPage,
    TrialRow,
    TrialSide,
    VersionRow,
)
from payments.records.pages import AmountDialogPage, OverrideRow, UnresolvedPage, UnresolvedRow

AT = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
DAY = date(2026, 11, 21)


def eur(minor: int) -> Money:
    """Euro cents."""
    return Money(minor, "EUR")


def listed(title: str, path: str, shown: int) -> ListFrame:
    """The frame of a list with `shown` rows."""
    return ListFrame(
        title=title, bar=FilterBar(path, search_hint="reference"), pager=Pager(next_url="?after=x", shown=shown), empty=EmptyState("circle-check", "Nothing"),
    )  # fmt: skip


def exceptions(*, may_decide: bool = True) -> ExceptionListPage:
    """Open exceptions of several kinds, one overdue, one that waits."""
    kinds = (
        "amount",
        "missing_in_report",
        "duplicate",
        "fee",
        "missing_payout",
        "statement_gap",
        "ambiguous",
        "unexplained_bank_line",
    )
    rows = tuple(
        ExceptionRow(
            id=str(number), url="#", kind=kind, difference=eur(-450 * number), reference=f"ch_{number:06}", method="card",
            guess="fee rate changed" if kind == "fee" else "", owner="Mara Keller" if number % 2 else "", age=str(number), due="21 Nov",
            is_overdue=number == 1, waits="until 24 Nov" if number == 2 else "",
        )
        for number, kind in enumerate(kinds, start=1)
    )  # fmt: skip
    selection = Selection(
        action_url="#" if may_decide else "", idempotency_key="sample", back="/reconciliation/exceptions/", hint="All of one kind can be decided together.",
        ways=(Choice("write_off", "Write off"), Choice("book_to", "Book to an account")), accounts=(Choice("4970", "4970 Bank charges"),),
    )  # fmt: skip
    return ExceptionListPage(
        listed("Exceptions", "/reconciliation/exceptions/", len(rows)), rows, selection, (Link("Largest first", "?sort=largest"),), "Largest first"
    )  # fmt: skip


def rules() -> MatchRulesPage:
    """The merchant's match rules."""
    return MatchRulesPage(
        action_url="#", try_url="#", idempotency_key="sample", places=(Link("Whole business", "#"), Link("Adyen", "#")), place="Whole business",
        source="Set here", version=3, card_window_days=7, payout_window_days=5, rounding="0.02", currency="EUR",
        accounts=(Choice("6855", "6855 Rounding"),), limits=(LimitField("limit_manager", "Manager", "50.00"), LimitField("limit_owner", "Owner", "")),
        versions=(VersionRow(3, "Card window 5 → 7 days", "Mara Keller", AT), VersionRow(2, "Rounding 0.01 → 0.02", "Jonas Lind", AT)), can_change=True,
        errors=("The window is between 1 and 60 days.",),
    )  # fmt: skip


def trial(*, is_running: bool = False) -> TrialPage:
    """A dry run: under way, or what it found."""
    head = ("#", "Dry run", "1 to 31 October, Adyen", "running" if is_running else "done", is_running)
    if is_running:
        return TrialPage(*head, back=Action("Match rules", "#", "chevron-left"))
    rows = (TrialRow("ch_000431", eur(12_50)), TrialRow("ch_000432", eur(4_90)))
    return TrialPage(
        *head, matches_before=18_204, matches_after=18_231, gained=TrialSide(31, (eur(1_204_40),), rows), lost=TrialSide(4, (eur(80_00),), rows),
        payouts_gained=1, within_tolerance=12, kinds=(TrialKind("amount", 31, 12), TrialKind("late", 9, 1)), back=Action("Match rules", "#", "chevron-left"),
    )  # fmt: skip


def payouts() -> PayoutListPage:
    """Payouts in every state."""
    states = ("expected", "in_transit", "late", "arrived", "returned")
    rows = tuple(
        PayoutRow(
            str(number), "#", f"PO-{number:05}", "Adyen", eur(1_226_47), eur(1_226_47) if status == "arrived" else None, status, DAY, DAY + timedelta(days=2)
        )
        for number, status in enumerate(states)
    )  # fmt: skip
    return PayoutListPage(listed("Payouts", "/payouts/", len(rows)), rows)


def dispute_row(number: int, status: str) -> DisputeRow:
    """One dispute."""
    return DisputeRow(
        str(number),
        "#",
        eur(64_50),
        status,
        "Goods not received",
        "Chargeback",
        "24 Nov, 23:59",
        "7KQ2M8ZP",
        AT,
        eur(64_50),
    )


def disputes() -> DisputeListPage:
    """Disputes in every state."""
    states = ("opened", "evidence_due", "submitted", "expired", "won", "lost", "accepted")
    rows = tuple(dispute_row(number, status) for number, status in enumerate(states))
    return DisputeListPage(listed("Disputes", "/disputes/", len(rows)), rows, "?", "?order=due", "?order=amount")


def dispute() -> DisputePage:
    """One that waits for its answer."""
    return DisputePage(
        row=dispute_row(1, "evidence_due"), facts=(Fact("Reason", "Goods not received"), Fact("At stake", eur(64_50))),
        timeline=(TimelineEntry(AT, "Dispute opened", "by the bank", "warn", "flag", eur(64_50)),),
        pack=(PackItem("delivery", "Proof of delivery", "Collected 20 Nov, code 4821", True), PackItem("mail", "Mails", "", True)),
        files=(FileRow("signature.png", "#", "48 kB", "#"),), notice=Notice("warn", "Answer by 24 Nov, 23:59.", "Without an answer it is lost.", "flag"),
        can_answer=True, can_accept=True, can_decide=True, sends=True, key="sample", errors=("Write at least one sentence.",),
    )  # fmt: skip


def letter() -> LetterPage:
    """The form for a dispute by letter."""
    return LetterPage(
        "#", "7KQ2M8ZP", eur(162_50), "Europe/Berlin", (("goods", "Goods not received"),), (("chargeback", "Chargeback"),), "sample", {},
        ("The amount is above what was paid.",),
    )  # fmt: skip


def unresolved() -> UnresolvedPage:
    """One that is for people, one that is still asked for, and what was said."""
    rows = tuple(
        UnresolvedRow(str(number), "#", "7KQ2M8ZP", "Capture", eur(64_50), "Adyen", AT, 12, is_for_people=number == 1, key="sample") for number in (1, 2)
    )  # fmt: skip
    said = OverrideRow(
        "#",
        "ch_000431",
        "Paid",
        "Seen on the bank account",
        "Mara Keller, Jonas Lind",
        AT,
        "confirmed",
        "Report of 21 Nov",
    )
    return UnresolvedPage(rows, (said,), can_override=True)


def amount() -> AmountDialogPage:
    """A part of an authorisation is captured."""
    return AmountDialogPage(
        "#", "Capture", "Capture", eur(64_50), "64.50", "sample", has_final=True, errors=("Too much.",)
    )


def approvals() -> ApprovalsPage:
    """Approvals in every state."""
    rows = tuple(
        ApprovalRow(
            "Refund", "7KQ2M8ZP", "#", eur(64_50), "Broken leg", "Jonas Lind", AT, status, "" if status == "asked" else "Mara Keller",
            (Action("Approve", "#", "check", "post", "primary", "a"), Action("Refuse", "#", "x", "post", "", "b")) if status == "asked" else (),
        )
        for status in ("asked", "granted", "refused", "expired", "used")
    )  # fmt: skip
    return ApprovalsPage(rows, can_set_pin=True, has_pin=True, is_pin_locked=True, errors=("The PIN is wrong.",))


PAGES = {
    "exceptions": ("payments/reconciliation/exceptions.html", "reconciliation", exceptions),
    "exceptions-mixed": ("payments/reconciliation/exceptions.html", "reconciliation", lambda: exceptions(may_decide=False)),
    "match-rules": ("payments/reconciliation/rules.html", "reconciliation", rules),
    "dry-run": ("payments/reconciliation/dry_run.html", "reconciliation", trial),
    "dry-run-running": ("payments/reconciliation/dry_run.html", "reconciliation", lambda: trial(is_running=True)),
    "payouts": ("payments/reconciliation/payouts.html", "payouts", payouts),
    "disputes": ("payments/disputes/list.html", "disputes", disputes),
    "dispute": ("payments/disputes/detail.html", "disputes", dispute),
    "dispute-letter": ("payments/disputes/letter.html", "disputes", letter),
    "unresolved": ("payments/records/unresolved.html", "payments", unresolved),
    "capture": ("payments/records/amount.html", "payments", amount),
    "approvals": ("merchant/accounts/approvals.html", "staff", approvals),
}  # fmt: skip
