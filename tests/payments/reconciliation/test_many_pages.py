"""Statements of hundreds of pages: each page is compared with what the others say together, not with each of them; and what is said of few pages stays what it was."""

from __future__ import annotations

import random
from itertools import combinations
from types import SimpleNamespace

import pytest

from payments.reconciliation.statements import paging
from payments.reconciliation.statements.paging import Piece

PAGES = 400
# A page is compared with one neighbour and with what is told so far.
COMPARED_MAX = 3 * PAGES


def a_page(number, *, last=None, is_last=False, content="c", status="waiting", **said):
    return Piece("DE1:EUR:7", number, last or number, is_last, content=content, **said), SimpleNamespace(status=status)


@pytest.fixture
def compared(monkeypatch):
    """How often two pages were held against each other."""
    counted = []

    def count(compare):
        return lambda one, other: counted.append(1) or compare(one, other)

    for name in ("agree", "is_same", "contradict"):
        monkeypatch.setattr(paging, name, count(getattr(paging, name)))
    return counted


@pytest.mark.parametrize("ask", [paging.find_disputed, paging.joined, paging.what_is_there])
def test_hundreds_of_pages_are_each_compared_once_or_twice(compared, ask):
    pages = [a_page(number, is_last=number == PAGES, content=f"c{number}") for number in range(1, PAGES + 1)]
    random.Random(1).shuffle(pages)

    answer = ask(pages)

    in_order = sorted(pages, key=_number)
    expected = {paging.find_disputed: None, paging.joined: (in_order, None), paging.what_is_there: in_order}
    assert answer == expected[ask]
    assert len(compared) <= COMPARED_MAX


def test_the_page_that_lies_over_another_is_found_without_comparing_any(compared):
    taken = paging.TakenPages([a_page(number, last=number + 1) for number in range(PAGES, 0, -2)])

    over = [taken.over(a_page(number)[0])[0].first for number in (PAGES, PAGES + 1, 2, 3)]

    assert (over, taken.over(a_page(PAGES + 2)[0]), len(compared)) == ([PAGES, PAGES, 2, 2], None, 0)


def _number(page):
    return page[0].first


def _disputed_by_all_pairs(pages):
    parts = [part for part, file in pages if file.status != "out_of_balance"]
    return min((max(a.first, b.first) for a, b in combinations(parts, 2) if paging.contradict(a, b)), default=None)


def _fits_all(page, found):
    return all(paging.agree(page[0], part) for part, _file in found)


def _there_by_all_pairs(pages):
    found = [pages[0]]
    for page in pages[1:]:
        is_free = all(page[0].first > part.end or part.first > page[0].end for part, _file in found)
        if is_free and _fits_all(page, found):
            found.append(page)
    return sorted(found, key=_number)


def _joined_by_all_pairs(pages):
    found, wanted = [], 1
    while True:
        fitting = next((page for page in pages if page[0].first == wanted and _fits_all(page, found)), None)
        if fitting is None:
            return found, wanted
        found.append(fitting)
        if fitting[0].is_last:
            return found, None
        wanted = fitting[0].end + 1


def _some_pages(seed):
    """Few pages that repeat, overlap, contradict and agree by chance."""
    chance = random.Random(seed)
    return [
        a_page(
            first := chance.randint(1, 4), last=first + chance.choice((0, 0, 0, 1)), is_last=chance.random() < 0.2,
            content=chance.choice(("", "a", "b")), status=chance.choice(("waiting", "waiting", "balanced", "out_of_balance")),
            period=chance.choice(("", "", "p", "q")), opens_on=chance.choice(("", "", "2026-11-21")),
            closes_on=chance.choice(("", "", "2026-11-21", "2026-11-20")),
        )
        for _ in range(chance.randint(1, 6))
    ]  # fmt: skip


def test_few_pages_are_told_as_if_each_were_compared_with_each():
    seen = set()
    for seed in range(5_000):
        pages = _some_pages(seed)

        disputed, whole = _disputed_by_all_pairs(pages), _joined_by_all_pairs(pages)
        assert paging.find_disputed(pages) == disputed, pages
        assert paging.what_is_there(pages) == _there_by_all_pairs(pages), pages
        assert paging.joined(pages) == whole, pages
        seen |= {("disputed", disputed), ("missing", whole[1]), ("pages", len(whole[0]))}

    # Every case of interest came up.
    assert {("disputed", None), ("disputed", 3), ("missing", None), ("missing", 3), ("pages", 0), ("pages", 3)} <= seen
