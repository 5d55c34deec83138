"""Property tests: what ties is balanced, one minor unit off is told exactly, and nothing written badly gets through."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import open_report, summarise
from tests.payments.settlement.formats.builders import MAKERS, Maker, Sale, a_report, summary_of

_SALES = st.lists(
    st.builds(Sale, gross=st.integers(-90_000_00, 900_000_00), fee=st.integers(0, 50_00)), min_size=1, max_size=12
)
# Currencies PayPal's hundredths can write exactly, and one each with no and three decimals for the others.
_CURRENCIES = st.sampled_from(["EUR", "SEK", "JPY", "KWD"])
_EXAMPLES = settings(max_examples=40, deadline=None)


def _currency_for(maker: Maker, currency: str) -> str:
    return "EUR" if maker.code == "paypal-stl" else currency


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(sales=_SALES, currency=_CURRENCIES)
@_EXAMPLES
def test_a_report_that_ties_is_balanced_with_exact_totals(maker: Maker, sales: list[Sale], currency: str) -> None:
    currency = _currency_for(maker, currency)

    summary = summary_of(a_report(maker, sales, currency=currency))

    net = sum(sale.net for sale in sales)
    assert (summary.format, summary.status, summary.rows) == (maker.code, "balanced", len(sales) + 1)
    assert summary.row_failures == ()
    assert summary.totals == {
        currency: {
            "gross_minor": sum(sale.gross for sale in sales),
            "fee_minor": sum(sale.fee for sale in sales),
            "net_minor": net,
        }
    }
    assert [(batch.net_minor, batch.payout_minor, batch.difference_minor) for batch in summary.batches] == [
        (net, net, 0)
    ]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(sales=_SALES, off=st.sampled_from([-1, 1, 250]))
@_EXAMPLES
def test_a_payout_that_is_off_is_told_to_the_minor_unit(maker: Maker, sales: list[Sale], off: int) -> None:
    paid = sum(sale.net for sale in sales) - off

    summary = summary_of(a_report(maker, sales, payout=paid))

    assert summary.status == "out_of_balance"
    assert [batch.difference_minor for batch in summary.batches] == [off]


@pytest.mark.parametrize("maker", MAKERS[:3], ids=lambda maker: maker.code)
def test_a_net_one_minor_unit_off_fails_its_row_and_its_batch(maker: Maker) -> None:
    rows = maker.rows([Sale(1250, 31), Sale(700, 9)])
    rows[0][maker.net_column] = "12.20"

    summary = summary_of(maker.write(maker.header, rows).encode())

    assert summary.status == "out_of_balance"
    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(2, "row_identity")]
    assert [batch.difference_minor for batch in summary.batches] == [1]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_shuffled_and_extra_columns_change_nothing(maker: Maker, seed: int) -> None:
    sales = [Sale(1250, 31), Sale(-500, 0)]
    tag, names = maker.header[:1], maker.header[1:]
    if maker.code != "paypal-stl":
        tag, names = [], maker.header
    shuffled = [*names, "Column of tomorrow"]
    random.Random(seed).shuffle(shuffled)

    content = maker.write([*tag, *shuffled], maker.rows(sales)).encode()

    assert summary_of(content) == summary_of(a_report(maker, sales))


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
def test_three_hundred_mutations_never_escape_as_another_exception(maker: Maker) -> None:
    original = a_report(maker, [Sale(1250, 31), Sale(-500, 0), Sale(99, 2)])
    dice = random.Random(20261122)

    for _ in range(300):
        content = _mutated(original, dice)
        try:
            report = open_report(io.BytesIO(content))
            summarise(report)
        except NotAReport as refusal:
            assert refusal.line >= 1


def _mutated(content: bytes, dice: random.Random) -> bytes:
    """Return `content` with one to four wounds: bytes changed, cut out, doubled, or put in from a list of bad ones."""
    wounded = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(wounded) or 1)
        length = dice.randint(1, 40)
        match dice.randrange(4):
            case 0:
                wounded[at : at + length] = dice.randbytes(length)
            case 1:
                del wounded[at : at + length]
            case 2:
                wounded[at:at] = wounded[at : at + length]
            case _:
                wounded[at:at] = dice.choice(
                    [b'"', b"\0", b"\r", b",", b"\xff\xfe", b"NaN", b"1e999", b"9" * 400, b"\n\n"]
                )
    return bytes(wounded)
