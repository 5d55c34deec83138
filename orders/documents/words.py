"""
The words on a paper, in the merchant's language.

They stand here and not among the translations of screens: a receipt printed again must say what it said.
"""

from __future__ import annotations

_ENGLISH = {
    "receipt": "Receipt",
    "refund_receipt": "Refund",
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "copy": "COPY",
    "training": "TRAINING, NO SALE",
    "order": "Order",
    "register": "Till",
    "served_by": "Served by",
    "date": "Date",
    "discount": "Discount",
    "total": "Total",
    "tax": "VAT",
    "net": "Net",
    "without_tax": "without VAT",
    "gross": "Gross",
    "rounding": "Cash rounding",
    "to_pay": "To pay",
    "change": "Change",
    "given": "Given",
    "approval": "Approval",
    "tax_number": "VAT no.",
    "organisation_number": "Company no.",
    "online": "Read this receipt online",
    "as_pdf": "Save as PDF",
    "cash": "Cash",
    "card_present": "Card",
    "card": "Card",
    "wallet": "Wallet",
    "bank_transfer": "Bank transfer",
    "gift_card": "Gift card",
    "store_credit": "Store credit",
}
_SWEDISH = {
    "receipt": "Kvitto",
    "refund_receipt": "Återköp",
    "invoice": "Faktura",
    "credit_note": "Kreditnota",
    "copy": "KOPIA",
    "training": "ÖVNING, EJ KÖP",
    "order": "Order",
    "register": "Kassa",
    "served_by": "Expedierad av",
    "date": "Datum",
    "discount": "Rabatt",
    "total": "Summa",
    "tax": "Moms",
    "net": "Netto",
    "without_tax": "exkl. moms",
    "gross": "Brutto",
    "rounding": "Öresavrundning",
    "to_pay": "Att betala",
    "change": "Växel",
    "given": "Erhållet",
    "approval": "Kontrollnr",
    "tax_number": "Momsreg.nr",
    "organisation_number": "Org.nr",
    "online": "Läs kvittot på nätet",
    "as_pdf": "Spara som PDF",
    "cash": "Kontant",
    "card_present": "Kort",
    "card": "Kort",
    "wallet": "Plånbok",
    "bank_transfer": "Banköverföring",
    "gift_card": "Presentkort",
    "store_credit": "Tillgodohavande",
}
_GERMAN = {
    "receipt": "Kassenbon", "refund_receipt": "Erstattung", "invoice": "Rechnung", "credit_note": "Gutschrift", "copy": "KOPIE",
    "training": "TRAINING, KEIN KAUF",
    "order": "Bestellung", "register": "Kasse", "served_by": "Es bediente Sie", "date": "Datum", "discount": "Rabatt", "total": "Summe",
    "tax": "MwSt.", "net": "Netto", "without_tax": "zzgl. MwSt.", "gross": "Brutto", "rounding": "Rundung", "to_pay": "Zu zahlen", "change": "Rückgeld", "given": "Gegeben", "approval": "Genehmigung",
    "tax_number": "USt-IdNr.", "organisation_number": "Handelsreg.", "online": "Diesen Bon online lesen", "as_pdf": "Als PDF sichern",
    "cash": "Bar", "card_present": "Karte", "card": "Karte", "wallet": "Wallet", "bank_transfer": "Überweisung",
    "gift_card": "Geschenkkarte", "store_credit": "Guthaben",
}  # fmt: skip
_WORDS = {"en": _ENGLISH, "sv": _SWEDISH, "de": _GERMAN}


def words_of(locale: str) -> dict[str, str]:
    """Return the words of a locale such as `sv` or `de_AT`; English where the language is not ours."""
    return _WORDS.get(locale.replace("-", "_").split("_")[0].lower(), _ENGLISH)
