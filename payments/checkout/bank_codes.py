"""QR payloads for a customer's own bank app: EPC (GiroCode) for euro transfers, Swish for Swedish crowns."""

from __future__ import annotations

import json
from urllib.parse import quote

from django.utils.translation import gettext as _
from stdnum import iban as ibans

from merchant.core.errors import Invalid
from merchant.core.money import Money, exponent
from payments.checkout.models import Payee

# EPC069-12: at most 331 bytes, version 13, level M; amounts from 0.01 to 999,999,999.99.
EPC_BYTES_MAX = 331
_EPC_MINOR_MAX = 99_999_999_999
# Swish: a message of at most 50 characters; the payer changes none of the fields.
_SWISH_MESSAGE_MAX = 50
_NOTHING_EDITABLE = 0


def epc_payload(payee: Payee, amount: Money, *, text: str) -> str:
    """
    Return the EPC code's content for a transfer of `amount` with `text` as its remittance information.

    :raises Invalid: for another currency than euro, an amount out of bounds, or a text that makes it too long.
    """
    if amount.currency != "EUR" or not 0 < amount.minor <= _EPC_MINOR_MAX:
        raise Invalid(reason=_("an EPC code is for euro, from 0.01 on"))
    fields = (
        "BCD", "002", "1", "SCT", payee.bic, payee.name[:70], ibans.compact(payee.account),
        f"EUR{amount.minor // 100}.{amount.minor % 100:02d}", "", "", text[:140],
    )  # fmt: skip
    payload = "\n".join(fields)
    if len(payload.encode()) > EPC_BYTES_MAX:
        raise Invalid(reason=_("the text is too long for an EPC code"))
    return payload


def swish_payload(payee: Payee, amount: Money, *, text: str) -> str:
    """Return the content of a Swish QR code: payee, amount, message, and that none of them may be changed. :raises Invalid: for another currency than SEK."""
    _require_crowns(amount)
    crowns = f"{amount.minor // 100},{amount.minor % 100:02d}"
    return f"C{payee.account};{crowns};{_swish_text(text)};{_NOTHING_EDITABLE}"


def swish_address(payee: Payee, amount: Money, *, text: str) -> str:
    """Return the address that opens the Swish app on the customer's own phone. :raises Invalid: for another currency than SEK."""
    _require_crowns(amount)
    minor = amount.minor
    data = {
        "version": 1,
        "payee": {"value": payee.account},
        # A number of JSON, written from whole units: no float ever holds the amount.
        "amount": {"value": f"@{minor // 100}.{minor % 100:02d}@", "editable": False},
        "message": {"value": _swish_text(text), "editable": False},
    }
    written = json.dumps(data, separators=(",", ":")).replace('"@', "").replace('@"', "")
    return f"swish://payment?data={quote(written, safe='')}"


def checked_account(scheme: str, account: str) -> str:
    """Return an IBAN or Swish number as it is stored. :raises Invalid: if it is none."""
    compact = "".join(account.split()).upper().replace("-", "")
    if scheme == "epc" and not ibans.is_valid(compact):
        raise Invalid(reason=_("the IBAN's check digits are wrong"))
    if scheme == "swish" and not (compact.isdecimal() and compact.startswith("123") and len(compact) == 10):
        raise Invalid(reason=_("a merchant's Swish number has ten digits and begins with 123"))
    return compact


def _require_crowns(amount: Money) -> None:
    if amount.currency != "SEK" or amount.minor <= 0 or exponent(amount.currency) != 2:
        raise Invalid(reason=_("Swish is for Swedish crowns"))


def _swish_text(text: str) -> str:
    return text.replace(";", " ")[:_SWISH_MESSAGE_MAX]
