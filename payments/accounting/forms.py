"""Read what somebody typed into the pages of the account plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from merchant.core.errors import Invalid
from payments.accounting.charts import MAPPED_KINDS, ChartLine
from payments.accounting.plans import PlanSettings

_TAXED = ("sales", "sales_returns")


def field_of(kind: str, subject: str) -> str:
    """Return what the inputs of an account are called."""
    return f"{kind}|{subject}"


def can_be_automatic(kind: str, subject: str) -> bool:
    """Say whether an accountant's program may take tax out of the account by itself."""
    return kind in _TAXED and subject.isdigit()


def read_lines(posted: Mapping[str, str]) -> list[ChartLine]:
    """Return the lines that have a number; an account without one of its own falls back to that of its kind."""
    lines = []
    for name, number in posted.items():
        prefix, _colon, field = name.partition(":")
        kind, bar, subject = field.partition("|")
        if prefix != "number" or not bar or kind not in MAPPED_KINDS or not number.strip():
            continue
        called = posted.get(f"name:{field}", "").strip()
        is_automatic = can_be_automatic(kind, subject) and bool(posted.get(f"automatic:{field}"))
        lines.append(ChartLine(kind, subject[:80], number.strip(), called[:80], is_automatic))
    return lines


def read_settings(posted: Mapping[str, str], before: PlanSettings) -> PlanSettings:
    """
    Return the settings as somebody filled them in.

    :raises Invalid: for a number that is none.
    """
    columns = tuple(line.strip() for line in posted.get("csv_columns", "").splitlines() if line.strip())
    return replace(
        before,
        company=posted.get("company", "").strip()[:120],
        organisation_number=posted.get("organisation_number", "").strip()[:40],
        fiscal_month=_number(posted.get("fiscal_month", "")),
        voucher_series=posted.get("voucher_series", "").strip(),
        datev_consultant=_number(posted.get("datev_consultant", "")),
        datev_client=_number(posted.get("datev_client", "")),
        csv_columns=columns,
    )


def read_day(text: str) -> date:
    """Return a day. :raises Invalid: if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(reason=_("write the day like 2026-11-30")) from None


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) <= 9):
        raise Invalid(reason=_("write whole numbers"))
    return int(text)
