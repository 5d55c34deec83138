"""What a kind of export is, and the pieces of SQL that all of them share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.utils.functional import Promise

from merchant.core import db
from merchant.core.money import EXPONENTS
from merchant.core.tenancy import current_merchant_id


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading and the SQL expression that writes its cells. `is_number` says that its text is one, for spreadsheets."""

    name: str
    sql: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The rows of one file: `source` is everything from FROM on, with `parameters`; `order` makes the file the same each time.

    `sums` are the control totals: name and SQL expression of minor units, summed per `currency`.
    """

    columns: Sequence[Column]
    source: str
    parameters: Sequence[Any]
    order: str
    currency: str
    sums: Mapping[str, str]

    @property
    def header(self) -> list[str]:
        """The headings."""
        return [column.name for column in self.columns]

    @property
    def select(self) -> str:
        """The statement whose rows are the file."""
        return f"SELECT {', '.join(column.sql for column in self.columns)} {self.source} ORDER BY {self.order}"

    @property
    def totals(self) -> str:
        """The statement that counts the same rows and sums them per currency."""
        sums = "".join(f", coalesce(sum({expression}), 0)::text" for expression in self.sums.values())
        return f"SELECT coalesce({self.currency}, ''), count(*){sums} {self.source} GROUP BY 1 ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The filters a file is made with, and the stores its reader may see (None: all)."""

    params: Mapping[str, str]
    only_stores: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One kind of file. `right` is what its reader must have besides exporting; `filters` are those of the list on screen."""

    kind: str
    title: str | Promise
    right: str
    filters: Sequence[str]
    build: Callable[[Narrowed], Rows]
    needs_all_stores: bool = False
    extension: str = "csv"
    content_type: str = "text/csv; charset=utf-8"


# What a spreadsheet takes for the beginning of a formula, the full-width forms included.
_FORMULA = r"'=', '+', '-', '@', E'\t', E'\r', E'\n', '＝', '＋', '－', '＠'"


def text(name: str, sql: str) -> Column:
    """Return a column of free text that no spreadsheet takes for a formula: such a cell begins with an apostrophe."""
    return Column(name, f"CASE WHEN left({sql}, 1) IN ({_FORMULA}) THEN '''' || {sql} ELSE {sql} END")


def plain(name: str, sql: str) -> Column:
    """Return a column of numbers, ids, days or words of our own."""
    return Column(name, sql)


_BY_EXPONENT = {
    exponent: ", ".join(f"'{code}'" for code, digits in sorted(EXPONENTS.items()) if digits == exponent)
    for exponent in (0, 3, 4)
}


def major(minor: str, currency: str) -> str:
    """Return SQL that writes minor units in major ones, exact, with the decimals ISO 4217 gives the currency and a point."""
    cases = f"WHEN {currency} IN ({_BY_EXPONENT[0]}) THEN ({minor})::text"
    for exponent in (3, 4):
        cases += f" WHEN {currency} IN ({_BY_EXPONENT[exponent]}) THEN round(({minor})::numeric / {10**exponent}, {exponent})::text"
    return f"CASE {cases} ELSE round(({minor})::numeric / 100, 2)::text END"


def amounts(name: str, minor: str, currency: str) -> list[Column]:
    """Return two columns of one amount: whole minor units, and major units for people."""
    return [plain(f"{name}_minor", minor), Column(name, major(minor, currency), is_number=True)]


def local_time(name: str, moment: str, zone: str) -> Column:
    """Return a column of ISO 8601 moments in the zone of each row, with its offset. The heading names the zone."""
    local = f"({moment} AT TIME ZONE {zone})"
    offset = f"({local} - {moment} AT TIME ZONE 'UTC')"
    signed = f"CASE WHEN {offset} < interval '0' THEN '-' || to_char(-{offset}, 'HH24:MI') ELSE '+' || to_char({offset}, 'HH24:MI') END"
    return plain(f"{name} [{named_zone()}]", f"to_char({local}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || {signed}")


def named_zone() -> str:
    """Return the zone of all the merchant's places, or where each row names its own."""
    zones = [row[0] for row in db.rows(_ZONES, {"merchant": current_merchant_id()})]
    return zones[0] if len(zones) == 1 else "see time_zone"


_ZONES = """
SELECT zone FROM merchant_store WHERE merchant_id = %(merchant)s UNION SELECT zone FROM merchant_channel WHERE merchant_id = %(merchant)s
UNION SELECT zone FROM merchant_merchant WHERE id = %(merchant)s LIMIT 2
"""


def narrowed_table(rows: QuerySet[Any], columns: Sequence[str]) -> tuple[str, Sequence[Any]]:
    """Return SQL and parameters of the rows a list shows, to stand in a FROM. The list's own function decides which."""
    try:
        return rows.order_by().values(*columns).query.sql_with_params()
    except EmptyResultSet:
        nothing = ", ".join(f'"{name}"' for name in columns)
        return f'SELECT {nothing} FROM "{rows.model._meta.db_table}" WHERE false', ()  # noqa: S608


_NAMED = re.compile(r"%\((\w+)\)s")


def positional(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return a statement with named parameters as one with parameters in their order."""
    return _NAMED.sub("%s", sql), [values[name] for name in _NAMED.findall(sql)]
