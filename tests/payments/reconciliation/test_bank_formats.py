"""Bank files of several kinds about the same money: each payment is a line once, and one an order can be found by."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.merchants.models import Merchant
from payments.reconciliation.models import Match, StatementFile, StatementLine
from payments.reconciliation.statements import services as statement_services
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.reconciliation.formats.builders import a_bgmax, an_ofx
from tests.payments.reconciliation.formats.test_unpacking import a_zip
from tests.payments.reconciliation.statements import DAY, Entry, statement


def _lines():
    rows = StatementLine.objects.order_by("id")
    return [(row.amount_minor, row.reference, row.bank_reference, row.carried_by) for row in rows]


def _own(content: bytes, books) -> bytes:
    """Let a file speak of the account of `books`."""
    return content.replace(b"58398257466", ("0000000" + books.bank.hint).encode()[-11:])


def _notice(content: bytes) -> bytes:
    """The same entries as a notification, without balances."""
    text = content.decode().replace("camt.053.001.08", "camt.054.001.08")
    text = text.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("<Stmt>", "<Ntfctn>")
    text = text.replace("</Stmt>", "</Ntfctn>")
    return (text[: text.index("<Bal>")] + text[text.rindex("</Bal>") + 6 :]).encode()


def _collective(minor: int, reference: str, payments: list[tuple[int, str]], *, with_details: bool) -> bytes:
    """A statement of one sum booking, its payments listed or not."""
    content = statement([Entry(minor, "BATCH", "", reference)]).decode()
    start, end = content.index("<NtryDtls>"), content.index("</NtryDtls>") + len("</NtryDtls>")
    details = "".join(
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy='EUR'>{part / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<RmtInf><Strd><CdtrRefInf><Ref>{ocr}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
        for part, ocr in payments
    )
    inside = f"<NtryDtls>{details}</NtryDtls>" if with_details else ""
    return (content[:start] + inside + content[end:]).encode()


_PAYMENTS = [(300, "1234566"), (300, "1234574"), (400, "1234574")]


@pytest.mark.parametrize("first_is_notice", [True, False])
def test_a_notification_and_its_statement_bring_each_entry_once(books, first_is_notice):
    entries = [Entry(500, "a", "", "R1"), Entry(500, "a", "", "R1"), Entry(700, "b", "", "R2")]
    booked = statement(entries)
    told = _notice(statement([Entry(500, "told a", "", "R1"), Entry(700, "told b", "", "R2")]))

    with books.acting():
        for content in (told, booked) if first_is_notice else (booked, told):
            assert books.take_statement(content).file.status in ("balanced", "unproven")

        assert sorted(amount for amount, *_ in _lines()) == [500, 500, 700]


def test_payments_of_a_sum_booking_are_lines_of_their_own_and_an_overlap_adds_none(books):
    content = _collective(1000, "SUM-1", _PAYMENTS, with_details=True)

    with books.acting():
        books.take_statement(content)
        books.take_statement(content.replace(b"<Id>s1</Id>", b"<Id>s2</Id>"))

        assert _lines() == [(minor, ocr, "SUM-1", "SUM-1") for minor, ocr in _PAYMENTS]


@pytest.mark.parametrize("sum_first", [True, False])
def test_a_sum_and_its_payments_are_the_same_money_in_whichever_order_they_come(books, sum_first):
    booked = _collective(1000, "SUM-1", [], with_details=False)
    told = _notice(_collective(1000, "SUM-1", _PAYMENTS, with_details=True))

    with books.acting():
        for content in (booked, told) if sum_first else (told, booked):
            books.take_statement(content)

        assert sorted(amount for amount, *_ in _lines()) == [300, 300, 400]


def test_a_sum_that_is_matched_stays_and_its_payments_are_not_added(books):
    with books.acting():
        books.take_statement(_collective(1000, "SUM-1", [], with_details=False))
        line = StatementLine.objects.get()
        Match.objects.create(
            merchant_id=books.merchant.id, rule="test", statement_line_id=line.id, amount_minor=1000, currency="EUR",
            matched_at=books.now,
        )  # fmt: skip

        books.take_statement(_notice(_collective(1000, "SUM-1", _PAYMENTS, with_details=True)))

        assert [row.id for row in StatementLine.objects.all()] == [line.id]


def test_bankgiro_payments_take_the_place_of_the_deposit_on_the_statement(books):
    deposits = _own(a_bgmax([[300, 700], [500]]), books)
    same_day = [Entry(1000, "INSÄTTNING BG 5000-1234"), Entry(1000, "SOMETHING ELSE"), Entry(500, "BG 5000-1234")]
    booked = statement(same_day, day=DAY.replace(day=20))

    with books.acting():
        assert books.take_statement(deposits, "bg.txt").file.status == "balanced"
        books.take_statement(booked)
        books.take_statement(deposits + b"\r\n", "bg-again.txt")

        assert sorted((minor, ref) for minor, ref, *_ in _lines()) == [
            (300, "100"),
            (500, "300"),
            (700, "200"),
            (1000, ""),
        ]


@pytest.mark.parametrize("deposit_first", [True, False])
def test_of_two_equal_deposits_only_the_one_whose_payments_are_known_gives_way(books, deposit_first):
    deposits = _own(a_bgmax([[300, 700]]), books)
    booked = statement([Entry(1000, "BG 5000-1234"), Entry(1000, "BG 5000-1234")], day=DAY.replace(day=20))
    files = [deposits, booked] if deposit_first else [booked, deposits]

    with books.acting():
        for number, content in enumerate([*files, deposits + b"\r\n", booked + b"\n"]):
            books.take_statement(content, f"{number}.txt")

        assert sorted(minor for minor, *_ in _lines()) == [300, 700, 1000]


def test_of_a_file_with_several_accounts_only_our_own_statement_is_taken(books):
    ours, theirs = statement([Entry(500, "ours")]), statement([Entry(900, "theirs")], iban="SE4550000000058398257466")
    body = theirs[theirs.index(b"<Stmt>") : theirs.index(b"</Stmt>") + 7]
    both = ours.replace(b"<Stmt>", body + b"<Stmt>", 1)

    with books.acting():
        file = books.take_statement(both).file

        assert [part["status"] for part in file.summary["statements"]] == ["of_another_account", "balanced"]
        assert [amount for amount, *_ in _lines()] == [500]


def test_an_ofx_file_that_overlaps_adds_only_what_is_new(books):
    with books.acting():
        books.take_statement(_own(an_ofx([100, 200]), books), "one.ofx")
        books.take_statement(_own(an_ofx([100, 200, 300]), books).replace(b"bakery", b"BAKERY"), "two.qfx")

        assert [(amount, reference) for amount, _, reference, _ in _lines()] == [
            (100, "F-1"),
            (200, "F-2"),
            (300, "F-3"),
        ]


def test_a_zip_of_days_is_taken_day_by_day_and_files_of_others_are_named(books):
    days = {f"day{n}.xml": statement([Entry(n * 100, f"day {n}")], number=str(n)) for n in (1, 2)}
    other = {"other.xml": statement([Entry(900, "theirs")], iban="SE4550000000058398257466")}

    with books.acting():
        outcome = books.take_statement(a_zip({**days, **other}), "week.zip")
        again = books.take_statement(a_zip(days), "again.zip")

        assert sorted(file.name for file in outcome.files) == ["day1.xml", "day2.xml"]
        assert [(one.name, one.reason) for one in outcome.left_out] == [
            ("other.xml", f"this statement is of the account …7466, and {books.bank.name} is …{books.bank.hint}")
        ]
        assert again.duplicate_of is not None
        assert again.left_out == ()
        assert sorted(amount for amount, *_ in _lines()) == [100, 200]


def test_a_zip_of_other_accounts_alone_is_refused(books):
    other = statement([Entry(900, "theirs")], iban="SE4550000000058398257466")

    with books.acting():
        with pytest.raises(statement_services.StatementRefused) as caught:
            books.take_statement(a_zip({"a.xml": other, "readme.txt": b"Hello"}), "others.zip")

        assert "…7466" in caught.value.message
        assert not StatementFile.objects.exists()


def test_the_page_says_which_statement_of_a_file_is_of_another_account(books):
    owner = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id)))
    ours, theirs = statement([Entry(500, "ours")]), statement([Entry(900, "theirs")], iban="SE4550000000058398257466")
    body = theirs[theirs.index(b"<Stmt>") : theirs.index(b"</Stmt>") + 7]
    with books.acting():
        file = books.take_statement(ours.replace(b"<Stmt>", body + b"<Stmt>", 1)).file

    shown = owner.get(f"/imports/statements/{file.id}/").content.decode()

    assert "is of another account: left out" in shown


# What comes along in a bank's zip, or is put into it by the system that made it.
ODD = {
    "readme.txt": b"These are your statements.",
    "advice.pdf": b"%PDF-1.7\n1 0 obj",
    "empty.txt": b"",
    "__MACOSX/._a.xml": b"\0\5\x16\7",
    "sub/.DS_Store": b"\0\0\0\1Bud1",
    "sub\\Thumbs.db": b"\xd0\xcf",
    "._a.xml": b"\0\5\x16\7",
}


def test_of_a_zip_the_statements_are_taken_and_the_rest_is_named(books):
    with books.acting():
        outcome = books.take_statement(a_zip({**ODD, "a.xml": statement([Entry(1, "a")])}), "mixed.zip")

        assert [file.name for file in outcome.files] == ["a.xml"]
        assert [amount for amount, *_ in _lines()] == [1]
        assert {(one.name, one.reason) for one in outcome.left_out} == {
            ("readme.txt", "this is no bank statement we know"),
            ("advice.pdf", "this is a PDF; download the statement as camt.053, MT940 or CSV"),
            ("empty.txt", "the file is empty"),
        }


def test_a_zip_without_a_statement_is_refused_by_what_is_in_it(books):
    with books.acting():
        with pytest.raises(statement_services.StatementRefused) as caught:
            books.take_statement(a_zip(ODD), "mixed.zip")

        assert "advice.pdf" in caught.value.message
        assert not StatementFile.objects.exists()


def test_a_zip_in_a_zip_is_not_left_out_but_refused(books):
    with books.acting():
        with pytest.raises(statement_services.StatementRefused):
            books.take_statement(
                a_zip({"a.xml": statement([Entry(1, "a")]), "b.zip": a_zip({"c.xml": b"x"})}), "nest.zip"
            )

        assert not StatementFile.objects.exists()


def test_a_broken_statement_in_a_zip_is_an_import_of_its_own_that_is_refused(books):
    broken = statement([Entry(1, "a")])[:-200]

    with books.acting():
        taken = books.take_statement(a_zip({"a.xml": statement([Entry(1, "a")]), "b.xml": broken}), "cut.zip")

        assert {file.name: file.status for file in taken.files} == {"a.xml": "balanced", "b.xml": "refused"}
        assert [amount for amount, *_ in _lines()] == [1]


def test_what_a_zip_held_beside_statements_is_said_on_the_page_and_over_rest(books):
    owner = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id)))
    zips = [a_zip({"readme.txt": b"Hello", "a.xml": statement([Entry(minor, "a")])}) for minor in (1, 2)]
    account = f"bank:{books.bank.id}"

    page = owner.post("/imports/", {"file": SimpleUploadedFile("one.zip", zips[0]), "account": account})
    body = {"file": SimpleUploadedFile("two.zip", zips[1]), "bank_account_id": str(books.bank.id)}
    answer = owner.post("/api/v1/bank-statements/", body)

    assert "Left out: readme.txt: this is no bank statement we know" in page.content.decode()
    named = [{"name": "readme.txt", "reason": "this is no bank statement we know"}]
    assert answer.json()["left_out"] == named
    # They stay with the import, and the zip sent again names none twice.
    owner.post("/api/v1/bank-statements/", {**body, "file": SimpleUploadedFile("two.zip", zips[1])})
    stored = owner.get(f"/api/v1/bank-statements/{answer.json()['id']}/").json()
    assert stored["left_out"] == named
    shown = owner.get(f"/imports/statements/{stored['id']}/").content.decode()
    assert "Left out of the zip" in shown and shown.count("readme.txt") == 1


def test_an_entry_without_a_day_blocks_its_file_and_books_nothing(books):
    content = statement([Entry(500, "a", "", "R1")]).decode()
    for name in ("BookgDt", "ValDt", "FrToDt"):
        if f"<{name}>" in content:
            content = content[: content.index(f"<{name}>")] + content[content.index(f"</{name}>") + len(name) + 3 :]
    notice = _notice(content.encode())

    with books.acting():
        file = books.take_statement(notice).file

        assert (file.status, file.summary["row_failures"][0]["message"]) == ("out_of_balance", "there is no date")
        assert _lines() == []


def test_equal_payments_in_sums_of_two_days_all_stay_where_the_bank_gives_no_reference(books):
    payments = [(300, "1234566"), (700, "1234574")]
    first = _collective(1000, "NONREF", payments, with_details=True).decode()
    second = statement([Entry(1000, "BATCH", "", "NONREF")], day=DAY.replace(day=DAY.day + 1)).decode()
    details = first[first.index("<NtryDtls>") : first.index("</NtryDtls>")]
    second = second[: second.index("<NtryDtls>")] + details + second[second.index("</NtryDtls>") :]

    with books.acting():
        books.take_statement(first.encode())
        books.take_statement(second.encode())

        assert sorted(amount for amount, *_ in _lines()) == [300, 300, 700, 700]
