"""Forms of the sign-in."""

from typing import Any

from allauth.account.forms import LoginForm as PlainLoginForm
from allauth.account.forms import ResetPasswordKeyForm as PlainResetPasswordKeyForm
from allauth.mfa.base.forms import AuthenticateForm as PlainAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as PlainReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from merchant.accounts.models import User
from merchant.core.ids import secret_hash

# A code is good in its own 30 seconds and in the tolerated steps around them; that long it stays used.
_CODE_LIFE_SECONDS = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 1)


def refuse_second_use(authenticator: Authenticator, code: str) -> None:
    """Raise if an authenticator app's code was used before. allauth remembers it for 30 seconds, a third of what it is good for."""
    if authenticator.type != Authenticator.Type.TOTP:
        return
    name = f"totp-used:{authenticator.pk}:{secret_hash(code.strip())}"
    if not cache.add(name, True, timeout=_CODE_LIFE_SECONDS):
        raise forms.ValidationError(_("This code was used already. Wait for the next one."), code="code_used")


class LoginForm(PlainLoginForm):  # type: ignore[misc]
    """The first step of a sign-in, in the words of the other pages. The way to a new password stands below the form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Stay signed in on this device")
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)


class ResetPasswordKeyForm(PlainResetPasswordKeyForm):  # type: ignore[misc]
    """Choose a password with the link of an invitation, or of who forgot theirs."""

    def clean(self) -> dict[str, Any] | None:
        """
        Take the password in where nothing else is wrong with it: a link works once, also when two open it in the same moment.

        The link was judged by the password that was there then; only while that is still there, it is replaced.
        """
        cleaned: dict[str, Any] | None = super().clean()  # type: ignore[no-untyped-call]
        if cleaned and not self.errors:
            before = self.user.password
            self.user.set_password(cleaned["password1"])
            if not User.objects.filter(pk=self.user.pk, password=before).update(password=self.user.password):
                raise forms.ValidationError(
                    _("A password was chosen with this link a moment ago. Sign in with it, or ask for a new one."),
                    code="link_used",
                )
        return cleaned

    def save(self) -> None:
        """Nothing is left to do: the password is in."""


class AuthenticateForm(PlainAuthenticateForm):  # type: ignore[misc]
    """The second step of a sign-in."""

    def clean_code(self) -> str:
        """Accept a code once."""
        code = super().clean_code()
        refuse_second_use(self.authenticator, code)
        return str(code)


class ReauthenticateForm(PlainReauthenticateForm):  # type: ignore[misc]
    """The second factor again, before something sensitive."""

    def clean_code(self) -> str:
        """Accept a code once."""
        code = super().clean_code()
        refuse_second_use(self.authenticator, code)
        return str(code)
