"""What stands in an MT940 `:86:`: German ?20-fields with SEPA keywords, Dutch /EREF/-fields, or free text."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from payments.reconciliation.formats.references import structured_reference

# Lines are wrapped at 65 characters, in the middle of a word; a shorter line ended where its author ended it.
_WRAPPED_CHARS = 65
# The number of the business transaction before the fields is left away by some.
_STRUCTURED = re.compile(r"(?:\d{3}([?~<>!|^])(?=\d{2})|(\?)(?=[02]0))")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+")
# A structured remittance in the Dutch fields: whose rules the reference follows, and the reference.
_STRD = re.compile(r"STRD/(?:CUR|ISO)/([^/]+)")
# How a remittance says that it is not structured.
_USTD = re.compile(r"^USTD//?")
_SLASHED = re.compile(r"/(EREF|REMI|NAME|IBAN|BIC|CSID|MARF|TRTP|TRCD|ORDP|BENM|CNTP|ADDR|ISDT|PREF|RTRN|ID|UDTR)/")


class Details(NamedTuple):
    """What could be told apart; `text` is what the payer wrote, or everything."""

    text: str = ""
    end_to_end_id: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    reference: str = ""


def read_details(lines: list[str]) -> Details:
    """Return the parts of one `:86:`."""
    found = _read(lines) if lines else Details()
    return found if found.reference else found._replace(reference=structured_reference([found.text]))


def _read(lines: list[str]) -> Details:
    structured = _STRUCTURED.match(lines[0])
    if structured is not None:
        return _german("".join(lines), structured[1] or structured[2])
    text = joined(lines, wrapped_chars=_WRAPPED_CHARS)
    if _SLASHED.match(text):
        return _dutch(text)
    if _SEPA.match(text) and "SVWZ+" in text:
        return _keywords(text)
    reference = next((line for line in lines if line.startswith("EREF+")), "")
    story = [line for line in lines if line != reference]
    return Details(joined(story, wrapped_chars=_WRAPPED_CHARS), _reference(reference.removeprefix("EREF+")))


def joined(lines: list[str], *, wrapped_chars: int) -> str:
    """Join lines that are full, and were therefore wrapped in the middle of a word, as they were; others by a space."""
    text = lines[0] if lines else ""
    for before, line in pairwise(lines):
        text += line if len(before) >= wrapped_chars else " " + line
    return " ".join(text.split())


def _reference(text: str) -> str:
    return "" if text.strip().upper() == "NOTPROVIDED" else text.strip()


def _german(text: str, separator: str) -> Details:
    parts: dict[str, list[str]] = {}
    for part in text.split(separator)[1:]:
        parts.setdefault(part[:2], []).append(part[2:])
    purpose = "".join(
        piece for code in sorted(parts) if "20" <= code <= "29" or "60" <= code <= "63" for piece in parts[code]
    )
    named = _named(_SEPA, purpose)
    name = "".join(piece for code in ("32", "33") for piece in parts.get(code, []))
    return Details(
        text=" ".join((named.get("SVWZ") or purpose or "".join(parts.get("00", []))).split()),
        end_to_end_id=_reference(named.get("EREF", "")),
        counterparty_name=" ".join(name.split()),
        counterparty_iban=named.get("IBAN") or "".join(parts.get("31", [])).strip(),
    )


def _keywords(text: str) -> Details:
    """Read SEPA keywords that stand without the fields around them."""
    named = _named(_SEPA, text)
    return Details(
        text=" ".join(named["SVWZ"].split()) or text,
        end_to_end_id=_reference(named.get("EREF", "")),
        counterparty_name=named.get("ABWA", "") or named.get("ABWE", ""),
        counterparty_iban=named.get("IBAN", ""),
    )


def _dutch(text: str) -> Details:
    named = {key: value.strip("/") for key, value in _named(_SLASHED, text).items()}
    quoted = _STRD.search(named.get("REMI", ""))
    # The other side in one: account, its bank, its name, its town.
    iban, _bank, name = (*named.get("CNTP", "").split("/"), "", "", "")[:3]
    return Details(
        reference=quoted[1].strip() if quoted else "",
        text=_USTD.sub("", named.get("REMI", "")).strip() or text,
        end_to_end_id=_reference(named.get("EREF", "")),
        counterparty_name=named.get("NAME", "") or name.strip(),
        counterparty_iban=named.get("IBAN", "") or iban.strip(),
    )


def _named(keys: re.Pattern[str], text: str) -> dict[str, str]:
    """Return what stands behind each key."""
    pieces = keys.split(text)
    return {key: value.strip() for key, value in zip(pieces[1::2], pieces[2::2], strict=False)}
