"""The words on an X and a Z, in the merchant's language. They stand beside the words of receipts: a Z printed again must say what it said."""

from __future__ import annotations

from orders.documents.words import words_of as words_of_receipts

_ENGLISH = {
    "x": "X report", "z": "Z report", "from": "From", "until": "Until", "sales": "Sales", "receipts": "{number} receipts", "discounts": "Discounts",
    "rounding": "Cash rounding", "tips": "Tips in the tenders", "unfinished": "Taken for orders not finished",
    "paid_before": "Of the sales, paid earlier or at another till",
    "returns": "Returns", "net_sales": "Net", "taken": "{number} taken {amount}", "refunded": "{number} given back {amount}", "voided": "{number} voided {amount}",
    "drawer": "Drawer", "opening": "In the drawer before", "cash_net": "Cash, net", "business_day": "Business day", "float": "Float", "paid_in": "Paid in", "paid_out": "Paid out",
    "no_sale": "Opened without a sale", "safe_drop": "To the safe", "over_short": "Over/short", "expected": "Expected", "counted": "Counted",
    "difference": "Difference", "stays": "Stays in the drawer", "numbers": "Receipt numbers", "late": "Arrived after the last Z", "grand": "Grand totals",
    "grand_net": "Sales less returns", "shifts": "Shifts", "reason": "Reason", "left_open": "Orders left open", "accepted_by": "Accepted by", "slips": "Counted {method}", "digest": "Digest",
    "of_sales": "Receipts of sales", "of_returns": "Papers of returns and refunds", "renumbered": "Printed under another number",
    "renumbered_hint": "without a connection; each names both numbers",
}  # fmt: skip
_SWEDISH = {
    "x": "X-rapport", "z": "Z-rapport", "from": "Från", "until": "Till", "sales": "Försäljning", "receipts": "{number} kvitton", "discounts": "Rabatter",
    "rounding": "Öresavrundning", "tips": "Dricks i betalningarna", "unfinished": "Mottaget för ej avslutade order",
    "paid_before": "Av försäljningen, betalt tidigare eller i annan kassa",
    "returns": "Returer", "net_sales": "Netto", "taken": "{number} mottagna {amount}", "refunded": "{number} återbetalda {amount}",
    "voided": "{number} makulerade {amount}", "drawer": "Kassalåda", "opening": "I lådan sedan tidigare", "cash_net": "Kontanter, netto", "business_day": "Affärsdag",
    "float": "Växelkassa", "paid_in": "Insatt", "paid_out": "Uttaget", "no_sale": "Öppnad utan köp", "safe_drop": "Till kassaskåpet",
    "over_short": "Kassadifferens", "expected": "Förväntat", "counted": "Räknat", "difference": "Differens", "stays": "Kvar i lådan", "numbers": "Kvittonummer",
    "late": "Kom efter förra Z", "grand": "Grand total", "grand_net": "Försäljning minus returer", "shifts": "Pass", "reason": "Orsak",
    "left_open": "Öppna order kvar", "accepted_by": "Godkänt av", "slips": "Räknat {method}", "digest": "Kontrollsumma",
    "of_sales": "Försäljningskvitton", "of_returns": "Retur- och återbetalningskvitton", "renumbered": "Utskrivna under annat nummer",
    "renumbered_hint": "utan uppkoppling; båda numren står på kvittot",
}  # fmt: skip
_GERMAN = {
    "x": "X-Bericht", "z": "Z-Bericht", "from": "Von", "until": "Bis", "sales": "Verkäufe", "receipts": "{number} Bons", "discounts": "Rabatte",
    "rounding": "Rundung", "tips": "Trinkgeld in den Zahlungen", "unfinished": "Erhalten für offene Bestellungen",
    "paid_before": "Von den Verkäufen früher oder an anderer Kasse bezahlt",
    "returns": "Retouren", "net_sales": "Netto", "taken": "{number} erhalten {amount}", "refunded": "{number} erstattet {amount}",
    "voided": "{number} storniert {amount}", "drawer": "Kassenlade", "opening": "Vorher in der Lade", "cash_net": "Bargeld, netto", "business_day": "Geschäftstag", "float": "Wechselgeld",
    "paid_in": "Einlage", "paid_out": "Entnahme", "no_sale": "Ohne Verkauf geöffnet", "safe_drop": "In den Tresor", "over_short": "Kassendifferenz",
    "expected": "Soll", "counted": "Gezählt", "difference": "Differenz", "stays": "Bleibt in der Lade", "numbers": "Bonnummern", "late": "Nach dem letzten Z eingetroffen",
    "grand": "Gesamtsummen", "grand_net": "Verkäufe abzüglich Retouren", "shifts": "Schichten", "reason": "Grund", "left_open": "Offen gebliebene Bestellungen", "accepted_by": "Genehmigt von",
    "slips": "Gezählt {method}", "digest": "Prüfsumme",
    "of_sales": "Verkaufsbons", "of_returns": "Belege über Retouren und Erstattungen", "renumbered": "Unter anderer Nummer gedruckt",
    "renumbered_hint": "ohne Verbindung; beide Nummern stehen auf dem Bon",
}  # fmt: skip
_WORDS = {"en": _ENGLISH, "sv": _SWEDISH, "de": _GERMAN}


def words_of(locale: str) -> dict[str, str]:
    """Return the words of a locale, those of receipts included; English where the language is not ours."""
    language = locale.replace("-", "_").split("_")[0].lower()
    return {**words_of_receipts(locale), **_WORDS.get(language, _ENGLISH)}
