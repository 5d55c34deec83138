"""What exceptions are about is told with days as the reader writes them, on every page that names one; REST and files keep the stored reference."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils.translation import override

from merchant.core.clock import machine_now
from merchant.core.pages.display import day_text
from merchant.core.tenancy import acting_for
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench.words import cause_words, reference_words
from tests.clients import signed_in
from tests.factories import a_staff_member, papers


@pytest.mark.parametrize(
    ("kind", "stored", "english", "german"),
    [
        ("statement_gap", "2026-11-21..2026-11-23", "21–23 Nov 2026", "21.–23. Nov. 2026"),
        ("statement_gap", "2026-12-30..2027-01-02", "30 Dec 2026 – 2 Jan 2027", "30. Dez. 2026 – 2. Jan. 2027"),
        ("missing_in_report", "Nordpay 2026-11-18", "Nordpay 18 Nov 2026", "Nordpay 18. Nov. 2026"),
        ("fee", "2026-11", "November 2026", "November 2026"),
        # What is a part of a name, or no day, stays.
        ("short_payout", "po_2026-11-20", "po_2026-11-20", "po_2026-11-20"),
        ("not_ours", "2026-11", "2026-11", "2026-11"),
        ("not_ours", "2026-13-77", "2026-13-77", "2026-13-77"),
    ],
)
def test_days_in_references_are_told_in_the_readers_language(kind, stored, english, german):
    found = Deviation(kind=kind, reference=stored)

    with override("en"):
        assert reference_words(found).replace("\u2009", " ").replace("\u202f", " ") == english
    with override("de"):
        assert reference_words(found).replace("\u2009", " ").replace("\u202f", " ") == german


def test_a_dispute_about_a_payment_we_do_not_have_is_said_in_the_readers_language():
    with patch("merchant.core.pages.sentences.gettext", lambda text: f"translated: {text}"):
        assert cause_words("A dispute about a payment we do not have.").startswith("translated: ")


@pytest.mark.django_db
def test_pages_name_a_missing_statement_by_its_days_and_rest_by_its_reference(merchant):
    found = papers.a_deviation(merchant)
    with acting_for(merchant.id):
        Deviation.objects.filter(id=found.id).update(kind="statement_gap", reference="2026-11-21..2026-11-23")
    accountant = signed_in(a_staff_member(merchant, role="accountant"))

    pages = [
        accountant.get(address).content.decode()
        for address in (f"/reconciliation/?exception={found.id}", "/reconciliation/exceptions/")
    ]
    today = machine_now().date()
    until = today + timedelta(days=5)
    waits = accountant.post(
        f"/reconciliation/exceptions/{found.id}/",
        {"resolution": "wait", "until": str(until), "note": "", "version": f"open:{found.amount_minor}", "idempotency_key": "k"},
        follow=True,
    ).content.decode()  # fmt: skip
    waiting = accountant.get(f"/reconciliation/?waiting=yes&exception={found.id}").content.decode()

    for page in (*pages, waits):
        assert "Nov 2026" in page and "2026-11-21..2026-11-23" not in page
    told = day_text(until, shape="short", locale="en", today=today)
    assert f"Waits until {told}, says" in waiting and f"until {until}" not in waiting
    assert (
        accountant.get(f"/api/v1/reconciliation/exceptions/{found.id}/").json()["reference"] == "2026-11-21..2026-11-23"
    )
