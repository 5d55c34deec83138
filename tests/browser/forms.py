"""Contexts of the pages in front of the shell: sign-in, second factor, errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django import forms

from merchant.accounts import api_document
from merchant.core.pages import showcase
from terminals.till.words import list_words
from tests.browser import setup_samples

QR = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA0IDQiPjxwYXRoIGQ9Ik0wIDBoMXYxSDB6"
    "TTIgMGgxdjFIMnpNMSAxaDF2MUgxek0zIDJoMXYxSDN6TTAgM2gxdjFIMHoiLz48L3N2Zz4="
)


class SignIn(forms.Form):
    login = forms.EmailField(label="E-mail")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    remember = forms.BooleanField(label="Remember me on this device", required=False)


class NewPassword(forms.Form):
    password1 = forms.CharField(label="New password", widget=forms.PasswordInput, help_text="At least 15 characters.")
    password2 = forms.CharField(label="New password (again)", widget=forms.PasswordInput)


class Code(forms.Form):
    code = forms.CharField(
        label="Code",
        help_text="Six digits",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    secret = "JBSW Y3DP EHPK 3PXP"


def refused_sign_in() -> dict[str, Any]:
    form = SignIn({"login": "mara@halden-roe.example", "password": ""})
    form.add_error(None, "The e-mail address or the password is wrong.")
    return {"form": form}


def sessions() -> dict[str, Any]:
    started = datetime(2026, 11, 21, 7, 52, tzinfo=UTC)
    browser = "Mozilla/5.0 (X11; Linux x86_64) Chromium"
    return {
        "session_count": 2,
        "sessions": [
            {"created_at": started, "ip": "192.0.2.7", "user_agent": browser, "is_current": True},
            {"created_at": started, "ip": "198.51.100.23", "user_agent": browser, "is_current": False},
        ],
    }


def api_docs() -> dict[str, Any]:
    return {
        "features": api_document.list_features(),
        "problem": api_document.list_problem_fields(),
        "codes": api_document.list_refusals(),
    }


def api_feature() -> dict[str, Any]:
    return {"features": api_document.list_features(), "feature": api_document.find_feature("tablets")}


def till() -> dict[str, Any]:
    return {"words": list_words(), "static_url": "/static/"}


REFUSED = {
    "detail": "The refund is more than what was paid.",
    "money": "No money moved.",
    "next_step": "Refund at most €64.50.",
    "code": "refund_exceeds_captured",
}
ENTRANCE: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "first-page": ("reports/setup/first.html", setup_samples.first_page),
    "api-docs": ("merchant/accounts/api_docs.html", api_docs),
    "api-feature": ("merchant/accounts/api_feature.html", api_feature),
    "till-door": ("terminals/till/till.html", till),
    "sign-in": ("account/login.html", refused_sign_in),
    "sign-out": ("account/logout.html", dict),
    "password-reset": ("account/password_reset.html", lambda: {"form": SignIn()}),
    "password-reset-done": ("account/password_reset_done.html", dict),
    "password-new": ("account/password_reset_from_key.html", lambda: {"form": NewPassword()}),
    "password-new-too-late": ("account/password_reset_from_key.html", lambda: {"token_fail": True}),
    "password-new-done": ("account/password_reset_from_key_done.html", dict),
    "reauthenticate": ("account/reauthenticate.html", lambda: {"form": Code()}),
    "reauthenticate-code": (
        "mfa/reauthenticate.html",
        lambda: {"form": Code(), "reauthentication_alternatives": [{"url": "#", "description": "Use your password"}]},
    ),
    "second-factor": ("mfa/authenticate.html", lambda: {"form": Code(), "MFA_SUPPORTED_TYPES": ["totp"]}),
    "two-factor": (
        "mfa/index.html",
        lambda: {"MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"], "authenticators": {}, "is_mfa_enabled": False},
    ),
    "totp": ("mfa/totp/activate_form.html", lambda: {"form": Code(), "totp_svg_data_uri": QR}),
    "totp-off": ("mfa/totp/deactivate_form.html", lambda: {"form": forms.Form()}),
    "recovery-codes": (
        "mfa/recovery_codes/index.html",
        lambda: {
            "unused_codes": ["1f2c 88a0", "77b1 0c9d", "ab12 99f0"],
            "total_count": 10,
            "can_view_codes": True,
            "can_download_codes": True,
        },
    ),
    "sessions": ("usersessions/usersession_list.html", sessions),
    "merchant-switch": (
        "merchant/accounts/merchant_switch.html",
        lambda: {
            "merchants": [{"id": "1", "name": "Halden & Roe"}, {"id": "2", "name": "Roe Outlet"}],
            "next": "/",
            "put_away": True,
        },
    ),
    "components": ("components_page.html", lambda: showcase.draw_all("sample")),
    "operators-only": ("operators_only.html", dict),
    "refused": ("refused.html", lambda: REFUSED),
    "card-number-refused": (
        "card_number_refused.html",
        lambda: {"what": "The note holds a card number. Nothing was stored.", "next_step": "Leave it out."},
    ),
    "form-too-old": ("403_csrf.html", lambda: {"request_id": "019396b2-7d1f"}),
    "error-400": ("400.html", dict),
    "error-403": ("403.html", dict),
    "error-404": ("404.html", dict),
    "error-500": ("500.html", lambda: {"request_id": "019396b2-7d1f"}),
    "error-503": ("503.html", dict),
}
