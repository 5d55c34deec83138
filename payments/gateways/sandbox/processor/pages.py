"""The hosted pages as text: self-contained, no script, no outside file, readable at 320 px and in the dark."""

from __future__ import annotations

import base64
import hashlib
from html import escape

_CSS = """
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16202e;--quiet:#566173;--line:#cfd5de;--accent:#1d4ed8;
--on-accent:#fff;--warn:#8a4b00;--warn-paper:#fff4e0;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#11151c;--card:#1a202a;--ink:#eef1f6;--quiet:#a5b0c0;--line:#3a4454;
--accent:#8fb1ff;--on-accent:#0d1420;--warn:#ffd08a;--warn-paper:#33270f;--bad:#ff9b93}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:27rem;margin:0 auto;padding:1rem}
.test{background:var(--warn-paper);color:var(--warn);font-size:.875rem;font-weight:600;text-align:center;
padding:.5rem 1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.25rem;margin-top:1rem}
h1{font-size:1rem;font-weight:600;margin:0;overflow-wrap:anywhere}
.amount{font-size:2rem;font-weight:700;letter-spacing:-.02em;font-variant-numeric:tabular-nums;margin:.25rem 0}
.quiet{color:var(--quiet);font-size:.875rem;margin:0;overflow-wrap:anywhere}
label,legend{display:block;font-weight:600;font-size:.875rem;margin:1rem 0 .25rem;padding:0}
input,select,button{font:inherit;width:100%;min-height:44px;border-radius:8px;border:1px solid var(--line);
padding:.5rem .75rem;background:var(--card);color:var(--ink)}
button{font-weight:600;cursor:pointer;margin-top:1rem}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button.plain{background:transparent;margin-top:.5rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.error{color:var(--bad);font-weight:600;margin:1rem 0 0}
a{color:var(--accent)}
.card>label:first-child{margin-top:0}
fieldset{border:0;margin:0;padding:0}
footer{color:var(--quiet);font-size:.8125rem;text-align:center;padding:1rem 0}
"""
CSS_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()

_CHOICES = (
    ("tok_visa_ok", "Visa •••• 1111, approved"),
    ("tok_mc_ok", "Mastercard •••• 4444, approved"),
    ("tok_girocard_ok", "girocard •••• 0672, approved"),
    ("tok_amex_ok", "American Express •••• 0005, approved"),
    ("tok_challenge", "Visa •••• 3220, asks for 3-D Secure"),
    ("tok_challenge_fail", "Visa •••• 3238, 3-D Secure always fails"),
    ("tok_decline_insufficient_funds", "Visa •••• 9995, declined: insufficient funds"),
    ("tok_decline_do_not_honour", "Visa •••• 0002, declined: do not honour"),
    ("tok_decline_lost", "Mastercard •••• 9987, declined: lost card"),
    ("tok_decline_expired", "Mastercard •••• 0069, declined: expired"),
    ("tok_dispute", "Visa •••• 0259, approved, disputed once it is settled"),
    ("tok_dispute_inquiry", "Visa •••• 1976, approved, asked about once it is settled"),
    ("tok_timeout_landed", "Paid, but the browser never comes back"),
    ("tok_timeout_not_landed", "Not paid, and the browser never comes back"),
    ("tok_lands_late", "Paid 20 seconds later, the browser never comes back"),
)


def card_page(*, path: str, merchant: str, amount: str, order: str, error: str = "") -> str:
    """Return the page that asks for a card."""
    options = "".join(f'<option value="{token}">{escape(label)}</option>' for token, label in _CHOICES)
    problem = f'<p class="error" id="problem" role="alert">{escape(error)}</p>' if error else ""
    described = ' aria-invalid="true" aria-describedby="problem"' if error else ' aria-describedby="hint"'
    return _page(
        f"Pay {merchant}",
        f"""<section class="card"><h1>{escape(merchant)}</h1><p class="amount">{escape(amount)}</p>
<p class="quiet">Order {escape(order or "without a number")}</p></section>
<form class="card" method="post" action="{path}">
<label for="token">Test card</label><select id="token" name="token">{options}</select>
<label for="number">or a test card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" maxlength="23"
placeholder="4111 1111 1111 1111"{described}>
<p class="quiet" id="hint">Only published test numbers are taken. Never type a real card number here.</p>{problem}
<button class="main" type="submit">Pay {escape(amount)}</button></form>
<form method="post" action="{path}/cancel">
<button class="plain" type="submit">Cancel and return to {escape(merchant)}</button></form>""",
    )


def challenge_page(*, path: str, merchant: str, amount: str, card: str) -> str:
    """Return the bank's question."""
    return _page(
        "Confirm your payment",
        f"""<section class="card"><h1>Your bank asks you to confirm</h1><p class="amount">{escape(amount)}</p>
<p class="quiet">to {escape(merchant)} with {escape(card)}</p></section>
<form class="card" method="post" action="{path}/challenge">
<fieldset><legend>This is the test bank's 3-D Secure page</legend>
<button class="main" type="submit" name="answer" value="approve">Approve</button>
<button type="submit" name="answer" value="fail">Fail</button>
<button class="plain" type="submit" name="answer" value="abandon">Leave without an answer</button></fieldset></form>""",
    )


def message_page(title: str, text: str, *, link: str = "", label: str = "") -> str:
    """Return a page that says one thing."""
    onward = f'<p><a href="{escape(link)}">{escape(label)}</a></p>' if link else ""
    body = f'<section class="card"><h1>{escape(title)}</h1><p class="quiet">{escape(text)}</p>{onward}</section>'
    return _page(title, body)


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{_CSS}</style></head>
<body><header class="test">Test mode: no money moves</header><main>{body}
<footer>Secured by the sandbox processor</footer></main></body></html>"""
