"""Every check, on one screen, in the order in which the table is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.verify.checks import (
    books,
    cards,
    disputes,
    exceptions,
    machinery,
    money,
    orders,
    processor,
    settling,
    shifts,
    stock,
)
from reports.verify.look import Findings, Look


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `name` never changes once published; `title` is its docstring's sentence."""

    name: str
    run: Callable[[Look], Findings]

    @property
    def title(self) -> str:
        """What must hold."""
        return " ".join((self.run.__doc__ or "").split())


CHECKS = tuple(
    Check(f"{module}.{function.__name__}", function)
    for module, functions in {
        "books": (
            books.journals_balance, books.journals_complete, books.postings_belong, books.days_balance, books.reversals_mirror,
            books.customers_stand, books.goods_booked,
        ),
        "orders": (
            orders.orders_follow_lines, orders.lines_add_up, orders.revenue_follows_lines, orders.papers_say_the_order,
        ),
        "money": (
            money.orders_follow_payments, money.payments_follow_operations, money.captures_booked, money.refunds_booked, money.undone_booked, money.nothing_over_its_cap,
            money.cash_in_drawers, money.cash_rounding_booked, money.vouchers_stand, money.loose_returns_booked, money.exchanges_are_even,
            money.offline_cards_stand,
        ),
        "cards": (cards.sold_once,),
        "processor": (processor.processor_agrees,),
        "settling": (
            settling.clearing_is_open_items, settling.reports_booked, settling.lines_accounted_for, settling.matches_use_money_once, settling.payments_follow_matches, settling.stages_follow_books,
            settling.short_payouts_are_shared,
            settling.transit_is_open_payouts, settling.bank_has_what_arrived,
        ),
        "disputes": (
            disputes.disputed_is_open_disputes, disputes.disputes_follow_movements, disputes.payments_follow_disputes, disputes.rows_prove_movements,
        ),
        "exceptions": (exceptions.exceptions_are_the_planted, exceptions.none_unclassified),
        "shifts": (
            shifts.drawers_stand, shifts.entries_follow_payments, shifts.closings_without_gaps, shifts.shifts_stand, shifts.closings_are_postings, shifts.closings_say_tenders,
            shifts.closings_sealed, shifts.deposits_in_transit,
        ),
        "stock": (
            stock.levels_follow_movements, stock.nothing_oversold, stock.reserved_is_held, stock.sold_is_handed_over, stock.returned_is_taken_back,
            stock.lines_follow_goods,
        ),
        "machinery": (
            machinery.audit_chain_intact, machinery.audit_sealed_in_time, machinery.secrets_open, machinery.outbox_drained, machinery.jobs_alive, machinery.operations_finished,
            machinery.nothing_overdue, machinery.reservations_released, machinery.papers_without_gaps, machinery.papers_unchanged,
            machinery.printed_receipts_arrived,
        ),
    }.items()
    for function in functions
)  # fmt: skip
