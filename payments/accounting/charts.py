"""
Charts of accounts to begin with: the number and name each account of the ledger gets before anybody changes anything.

A subject "" stands for all accounts of its kind. The German charts book sales gross on automatic accounts, from which the accountant's program takes the tax.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchant.ledger.recipes import KINDS

# Not in the ledger, but needed by files: what earlier years left, and cents by which tax on single sales differs from tax on their sum.
RETAINED_EARNINGS = "retained_earnings"
TAX_ROUNDING = "tax_rounding"
MAPPED_KINDS = (*KINDS, RETAINED_EARNINGS, TAX_ROUNDING)

# Kind -> what it is in a balance sheet or an income statement.
TYPES: Mapping[str, str] = {
    "receivable": "asset",
    "prepayments": "liability",
    "sales": "income",
    "sales_returns": "income",
    "vat_payable": "liability",
    "vat_on_prepayments": "asset",
    "clearing": "asset",
    "cash_register": "asset",
    "cash_safe": "asset",
    "cash_in_transit": "asset",
    "petty_cash": "asset",
    "fees": "cost",
    "input_vat": "asset",
    "payouts_in_transit": "asset",
    "bank": "asset",
    "disputed": "asset",
    "claims": "asset",
    "dispute_losses": "cost",
    "reserve": "asset",
    "voucher_liability": "liability",
    "breakage_income": "income",
    "tips": "liability",
    "cash_rounding": "income",
    "over_short": "cost",
    "fx": "income",
    "write_off": "cost",
    "commission": "cost",
    "suspense": "liability",
    "exchanges": "asset",
    "offline_gift_cards": "asset",
    RETAINED_EARNINGS: "equity",
    TAX_ROUNDING: "income",
}


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One account of the ledger and what the accountant calls it."""

    kind: str
    subject: str
    number: str
    name: str
    is_automatic: bool = False

    @property
    def type(self) -> str:
        """What it is: asset, liability, equity, income or cost."""
        return TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart by its key. `family` is what SIE calls it, "" where SIE has no word."""

    key: str
    title: str | Promise
    lines: tuple[ChartLine, ...]
    family: str = ""


def _chart(key: str, title: str | Promise, text: str, family: str = "") -> Chart:
    lines = []
    for row in text.strip().splitlines():
        account, number, name = (cell.strip() for cell in row.split("|"))
        kind, _colon, subject = account.partition(":")
        lines.append(ChartLine(kind, subject, number.removesuffix("*"), name, number.endswith("*")))
    return Chart(key, title, tuple(lines), family)


_BAS = """
receivable          | 1510 | Kundfordringar
disputed            | 1515 | Osäkra kundfordringar
clearing            | 1580 | Fordringar för kontokort och kuponger
payouts_in_transit  | 1581 | Utbetalningar på väg från betalningsförmedlare
reserve             | 1582 | Reserv hos betalningsförmedlare
offline_gift_cards  | 1583 | Presentkort att bekräfta
exchanges           | 1584 | Byten
claims              | 1680 | Fordringar på betalningsförmedlare
cash_in_transit     | 1689 | Kontanter på väg till banken
vat_on_prepayments  | 1650 | Moms på förskott
cash_register       | 1910 | Kassa
cash_safe           | 1911 | Huvudkassa
petty_cash          | 1912 | Handkassa
bank                | 1930 | Företagskonto
retained_earnings   | 2098 | Vinst eller förlust från föregående år
prepayments         | 2420 | Förskott från kunder
voucher_liability   | 2421 | Ej inlösta presentkort
vat_payable:2500    | 2611 | Utgående moms på försäljning inom Sverige, 25 %
vat_payable:1200    | 2621 | Utgående moms på försäljning inom Sverige, 12 %
vat_payable:600     | 2631 | Utgående moms på försäljning inom Sverige, 6 %
input_vat           | 2641 | Debiterad ingående moms
tips                | 2890 | Dricks till personalen
suspense            | 2999 | OBS-konto
sales:2500          | 3001 | Försäljning inom Sverige, 25 % moms
sales:1200          | 3002 | Försäljning inom Sverige, 12 % moms
sales:600           | 3003 | Försäljning inom Sverige, 6 % moms
sales:0             | 3004 | Försäljning inom Sverige, momsfri
sales_returns:2500  | 3001 | Försäljning inom Sverige, 25 % moms
sales_returns:1200  | 3002 | Försäljning inom Sverige, 12 % moms
sales_returns:600   | 3003 | Försäljning inom Sverige, 6 % moms
sales_returns:0     | 3004 | Försäljning inom Sverige, momsfri
cash_rounding       | 3740 | Öres- och kronutjämning
tax_rounding        | 3740 | Öres- och kronutjämning
fx                  | 3960 | Valutakursvinster på fordringar och skulder
breakage_income     | 3990 | Övriga ersättningar och intäkter
fees                | 6040 | Kontokortsavgifter
commission          | 6050 | Försäljningsprovisioner
write_off           | 6351 | Konstaterade förluster på kundfordringar
dispute_losses      | 6351 | Konstaterade förluster på kundfordringar
over_short          | 6991 | Kassadifferenser
"""

_SKR03 = """
retained_earnings   | 0860  | Gewinnvortrag vor Verwendung
cash_register       | 1000  | Kasse
cash_safe           | 1010  | Nebenkasse 1
petty_cash          | 1020  | Nebenkasse 2
bank                | 1200  | Bank
clearing            | 1361  | Geldtransit Zahlungsdienstleister
payouts_in_transit  | 1362  | Auszahlungen unterwegs
cash_in_transit     | 1360  | Geldtransit
claims              | 1500  | Forderungen an Zahlungsdienstleister
reserve             | 1505  | Einbehalt Zahlungsdienstleister
exchanges           | 1506  | Umtausch
offline_gift_cards  | 1507  | Gutscheine zu bestätigen
receivable          | 1410  | Forderungen aus Lieferungen und Leistungen ohne Kontokorrent
disputed            | 1460  | Zweifelhafte Forderungen
vat_on_prepayments  | 1593  | Verrechnungskonto erhaltene Anzahlungen
input_vat           | 1576  | Abziehbare Vorsteuer 19 %
suspense            | 1590  | Durchlaufende Posten
tips                | 1700  | Trinkgeld der Belegschaft
prepayments         | 1710  | Erhaltene Anzahlungen
voucher_liability   | 1709  | Verbindlichkeiten aus Gutscheinen
vat_payable:1900    | 1776  | Umsatzsteuer 19 %
vat_payable:700     | 1771  | Umsatzsteuer 7 %
sales:1900          | 8400* | Erlöse 19 % USt
sales:700           | 8300* | Erlöse 7 % USt
sales:0             | 8200  | Erlöse ohne USt
sales_returns:1900  | 8400* | Erlöse 19 % USt
sales_returns:700   | 8300* | Erlöse 7 % USt
sales_returns:0     | 8200  | Erlöse ohne USt
tax_rounding        | 8201  | Erlöse, Rundung der Umsatzsteuer
cash_rounding       | 2709  | Rundungsdifferenzen
breakage_income     | 2520  | Verfallene Gutscheine
fx                  | 2660  | Erträge aus Währungsumrechnung
fees                | 4970  | Nebenkosten des Geldverkehrs
commission          | 4760  | Verkaufsprovisionen
over_short          | 4969  | Kassendifferenzen
write_off           | 2400  | Forderungsverluste
dispute_losses      | 2401  | Forderungsverluste aus Rückbelastungen
"""

_SKR04 = """
retained_earnings   | 2970  | Gewinnvortrag vor Verwendung
receivable          | 1210  | Forderungen aus Lieferungen und Leistungen ohne Kontokorrent
disputed            | 1240  | Zweifelhafte Forderungen
claims              | 1300  | Forderungen an Zahlungsdienstleister
reserve             | 1305  | Einbehalt Zahlungsdienstleister
exchanges           | 1306  | Umtausch
offline_gift_cards  | 1307  | Gutscheine zu bestätigen
suspense            | 1370  | Durchlaufende Posten
input_vat           | 1406  | Abziehbare Vorsteuer 19 %
vat_on_prepayments  | 1495  | Verrechnungskonto erhaltene Anzahlungen
cash_in_transit     | 1460  | Geldtransit
clearing            | 1461  | Geldtransit Zahlungsdienstleister
payouts_in_transit  | 1462  | Auszahlungen unterwegs
cash_register       | 1600  | Kasse
cash_safe           | 1610  | Nebenkasse 1
petty_cash          | 1620  | Nebenkasse 2
bank                | 1800  | Bank
prepayments         | 3250  | Erhaltene Anzahlungen
voucher_liability   | 3509  | Verbindlichkeiten aus Gutscheinen
tips                | 3500  | Trinkgeld der Belegschaft
vat_payable:1900    | 3806  | Umsatzsteuer 19 %
vat_payable:700     | 3801  | Umsatzsteuer 7 %
sales:1900          | 4400* | Erlöse 19 % USt
sales:700           | 4300* | Erlöse 7 % USt
sales:0             | 4200  | Erlöse ohne USt
sales_returns:1900  | 4400* | Erlöse 19 % USt
sales_returns:700   | 4300* | Erlöse 7 % USt
sales_returns:0     | 4200  | Erlöse ohne USt
tax_rounding        | 4201  | Erlöse, Rundung der Umsatzsteuer
cash_rounding       | 4839  | Rundungsdifferenzen
fx                  | 4840  | Erträge aus Währungsumrechnung
breakage_income     | 4830  | Verfallene Gutscheine
fees                | 6855  | Nebenkosten des Geldverkehrs
commission          | 6770  | Verkaufsprovisionen
over_short          | 6859  | Kassendifferenzen
write_off           | 6930  | Forderungsverluste
dispute_losses      | 6931  | Forderungsverluste aus Rückbelastungen
"""

_PLAIN = """
cash_register       | 1000 | Cash in registers
cash_safe           | 1010 | Cash in the safe
petty_cash          | 1020 | Petty cash
cash_in_transit     | 1030 | Cash on its way to the bank
bank                | 1100 | Bank
clearing            | 1200 | Money at processors
payouts_in_transit  | 1210 | Payouts in transit
reserve             | 1220 | Reserves at processors
claims              | 1240 | Claims against processors
disputed            | 1230 | Disputed payments
receivable          | 1300 | Receivable from customers
exchanges           | 1310 | Exchanges
offline_gift_cards  | 1320 | Gift cards to be confirmed
input_vat           | 1400 | Tax paid on fees
vat_on_prepayments  | 1410 | Tax on prepayments
prepayments         | 2000 | Prepayments of customers
voucher_liability   | 2010 | Gift cards and store credit
tips                | 2020 | Tips for staff
vat_payable         | 2100 | Tax payable
suspense            | 2900 | Suspense
retained_earnings   | 3000 | Retained earnings
sales               | 4000 | Sales
sales_returns       | 4010 | Sales returned
breakage_income     | 4100 | Expired gift cards
cash_rounding       | 4200 | Cash rounding
tax_rounding        | 4210 | Rounding of tax
fx                  | 4300 | Currency differences
fees                | 6000 | Payment fees
commission          | 6100 | Commissions
over_short          | 6200 | Cash over and short
write_off           | 6300 | Written off
dispute_losses      | 6310 | Lost disputes
"""

CHARTS: Mapping[str, Chart] = {
    chart.key: chart
    for chart in (
        _chart("bas", _("BAS (Sweden)"), _BAS, "BAS2014"),
        _chart("skr03", _("SKR03 (Germany)"), _SKR03),
        _chart("skr04", _("SKR04 (Germany)"), _SKR04),
        _chart("plain", pgettext_lazy("chart of accounts", "Plain"), _PLAIN),
    )
}

_BY_COUNTRY = {"SE": "bas", "DE": "skr03", "AT": "skr03"}


def chart_of_country(country: str) -> Chart:
    """Return the chart a merchant of a country begins with."""
    return CHARTS[_BY_COUNTRY.get(country, "plain")]
