"""What we tell allauth: nobody signs up, guesses are counted, everything is audited, and second factors are stored encrypted."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context, ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from merchant.accounts import access, second_factors, sign_ins
from merchant.accounts.models import StaffMember, User


def signed_in_recently(request: HttpRequest) -> bool:
    """Say whether the person proved who they are, by signing in or again since, within the last minutes."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    newest = max((record["at"] for record in records), default=0.0)
    return time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes public sign-up; counts and audits sign-ins."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always no: an owner invites staff."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        Count the guess: ten per person and network, and a hundred an hour per person from everywhere.

        The first limit alone locks out who guesses, not the person who works elsewhere; the second stops a guess spread over many networks.
        """
        super().pre_authenticate(request, **credentials)
        email = credentials.get("email", "").lower()
        if not ratelimit.consume(request, action="login_failed_anywhere", key=email):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{credentials.get('email', '').lower()}@{_network(self.get_client_ip(request))}"

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Audit a wrong password. The same statements run for an address nobody has, so the time tells nothing."""
        user = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        sign_ins.record("sign_in.refused", user=user, request=request)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, with every factor given, and audit it."""
        super().login(request, user)
        assert isinstance(user, User)
        sign_ins.record("sign_in.succeeded", user=user, request=request)

    def logout(self, request: HttpRequest) -> None:
        """Audit and sign out."""
        if isinstance(request.user, User):
            sign_ins.record("sign_in.ended", user=request.user, request=request)
        super().logout(request)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Check the password of somebody who is signed in, counted like a sign-in."""
        found = self.authenticate(context.request, email=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not for somebody who signed in a moment ago."""
        return bool(super().is_reauthentication_required(app=app, **kwargs)) and not signed_in_recently(context.request)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts TOTP seeds and recovery codes; keeps the last factor of who needs one."""

    def encrypt(self, text: str) -> str:
        """Return `text` sealed."""
        return second_factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` was given."""
        return second_factors.open_sealed(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the only second factor of somebody whose role needs one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        has_other = others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        return has_other or not needs_second_factor(authenticator.user)


def needs_second_factor(user: User) -> bool:
    """Say whether any of a person's roles, or being an operator, needs a second factor."""
    roles = StaffMember.across_merchants.filter(user_id=user.pk, is_active=True)
    return user.is_superuser or roles.filter(role__in=access.MFA_ROLES).exists()


def _network(address: str) -> str:
    """Return the network that is counted as one guesser: /24 of IPv4, /56 of IPv6, as providers hand them out."""
    length = 24 if ipaddress.ip_address(address).version == 4 else 56
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
