"""Property tests: what ties is balanced, one minor unit off is told exactly, and nothing written badly gets through."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import open_report
from tests.payments.settlement.formats.builders import (
    ACCOUNTING,
    ADYEN,
    BALANCE,
    BREAKDOWN,
    MAKERS,
    PAYOUTS,
    PAYPAL,
    SANDBOX,
    STRIPE,
    TRANSACTIONS,
    TYING,
    Maker,
    Sale,
    a_report,
    major,
    summary_of,
)

_SALES = st.lists(
    st.builds(Sale, gross=st.integers(-90_000_00, 900_000_00), fee=st.integers(0, 50_00)), min_size=1, max_size=12
)
# Currencies PayPal's hundredths can write exactly, and one each with no and three decimals for the others.
_CURRENCIES = st.sampled_from(["EUR", "SEK", "JPY", "KWD"])
_EXAMPLES = settings(max_examples=40, deadline=None)


def _currency_for(maker: Maker, currency: str) -> str:
    return "EUR" if maker.code.startswith("paypal") else currency


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(sales=_SALES, currency=_CURRENCIES)
@_EXAMPLES
def test_a_report_that_ties_is_balanced_with_exact_totals(maker: Maker, sales: list[Sale], currency: str) -> None:
    currency = _currency_for(maker, currency)

    summary = summary_of(a_report(maker, sales, currency=currency))

    net = sum(sale.net for sale in sales)
    assert (summary.format, summary.status, summary.rows) == (maker.code, "balanced", len(maker.rows(sales)))
    assert summary.row_failures == ()
    assert summary.totals == {
        currency: {
            "gross_minor": sum(sale.gross for sale in sales),
            "fee_minor": sum(sale.fee for sale in sales),
            "net_minor": net,
        }
    }
    assert [(batch.net_minor, batch.payout_minor, batch.difference_minor) for batch in summary.batches] == [
        (net, net if maker.pays else None, 0 if maker.ties else None)
    ]


@pytest.mark.parametrize("maker", TYING, ids=lambda maker: maker.code)
@given(sales=_SALES, off=st.sampled_from([-1, 1, 250]))
@_EXAMPLES
def test_a_payout_that_is_off_is_told_to_the_minor_unit(maker: Maker, sales: list[Sale], off: int) -> None:
    paid = sum(sale.net for sale in sales) - off

    summary = summary_of(a_report(maker, sales, payout=paid))

    assert summary.status == "out_of_balance"
    assert [batch.difference_minor for batch in summary.batches] == [off]


@pytest.mark.parametrize(
    "maker", [SANDBOX, ADYEN, STRIPE, BALANCE, BREAKDOWN, ACCOUNTING], ids=lambda maker: maker.code
)
@given(at=st.integers(0, 1), off=st.sampled_from([-1, 1, 777]))
@settings(max_examples=8, deadline=None)
def test_a_net_that_is_off_fails_its_row_and_its_batch(maker: Maker, at: int, off: int) -> None:
    rows = maker.rows([Sale(1250, 31), Sale(700, 9)])
    position = at * 4 + 3 if maker is ACCOUNTING else at
    rows[position][maker.net_column] = major((1219, 691)[at] + off)

    summary = summary_of(maker.write(maker.header, rows).encode())

    assert summary.status == "out_of_balance"
    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(position + 2, "row_identity")]
    assert major(abs(off)) in summary.row_failures[0].message
    if maker.ties:
        assert [batch.difference_minor for batch in summary.batches] == [off]


@given(sales=_SALES, off=st.integers(-400, 400))
@_EXAMPLES
def test_a_payout_and_its_totals_may_be_rounded_apart_and_never_silently(sales: list[Sale], off: int) -> None:
    totals = PAYOUTS.rows(sales)[0]
    number = sum(totals[name] not in ("0.00", "-0.00") for name in ("Payments", "Refunds", "Card Payment Scheme Fees"))

    summary = summary_of(a_report(PAYOUTS, sales, payout=sum(sale.net for sale in sales) - off))

    assert [batch.difference_minor for batch in summary.batches] == [off]
    assert summary.status == ("balanced" if abs(off) <= number else "out_of_balance")
    assert [check.name for check in summary.checks] == ["payout_totals"] * (off != 0)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_shuffled_and_extra_columns_change_nothing(maker: Maker, seed: int) -> None:
    sales = [Sale(1250, 31), Sale(-500, 0)]
    tag, names = maker.header[:1], maker.header[1:]
    if not maker.code.startswith("paypal"):
        tag, names = [], maker.header
    shuffled = [*names, "Column of tomorrow"]
    random.Random(seed).shuffle(shuffled)

    content = maker.write([*tag, *shuffled], maker.rows(sales)).encode()

    assert summary_of(content) == summary_of(a_report(maker, sales))


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(share=st.floats(0.05, 0.999))
@settings(max_examples=25, deadline=None)
def test_a_file_that_ends_within_a_row_never_brings_that_row(maker: Maker, share: float) -> None:
    content = a_report(maker, [Sale(1250, 31), Sale(-500, 0), Sale(99, 2)])
    cut = content[: int(len(content) * share)]
    last = cut[cut.rfind(b"\n") + 1 :]

    try:
        rows = list(open_report(io.BytesIO(cut)).rows())
    except NotAReport:
        return

    whole = {tuple(row.raw.values()) for row in open_report(io.BytesIO(content)).rows()}
    is_told = any(row.failures for row in rows)
    # A row that lost only letters of its last cell has every cell; nothing in a file of columns can tell that.
    has_every_cell = last.count(b",") >= len(maker.header) - 1
    assert is_told or has_every_cell or all(tuple(row.raw.values()) in whole for row in rows)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize("maker", [PAYPAL, TRANSACTIONS], ids=lambda maker: maker.code)
def test_a_paypal_file_cut_anywhere_below_its_columns_is_out_of_balance(maker: Maker, share: float) -> None:
    lines = a_report(maker, [Sale(1000 + number, 9) for number in range(40)]).splitlines(keepends=True)
    cut = b"".join(lines[: 5 + int((len(lines) - 5) * share)])

    summary = summary_of(cut)

    assert summary.status == "out_of_balance"
    assert "trailer_missing" in [failure.code for failure in summary.row_failures]
