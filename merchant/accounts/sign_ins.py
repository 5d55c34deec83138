"""The sign-in log: every success, refusal and change of a second factor is audited for each merchant the person works for."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from django.http import HttpRequest

from merchant.accounts import callers
from merchant.accounts.models import StaffMember, User
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.tenancy import Actor, acting_for

# What the log of one person is made of.
ACTIONS = (
    "sign_in.succeeded", "sign_in.refused", "sign_in.ended", "second_factor.added", "second_factor.removed", "second_factor.reset",
    "second_factor.refused",
)  # fmt: skip


def record(action: str, *, user: User | None, request: HttpRequest, data: dict[str, Any] | None = None) -> None:
    """Write one audit row for each merchant of `user`, with the network address. Nobody and operators without a merchant leave none."""
    members = StaffMember.across_merchants.filter(user=user)
    for member in members:
        actor = Actor("staff", member.id, str(user))
        with acting_for(member.merchant_id, actor):
            audit.record(
                action,
                subject=f"staff:{member.id}",
                now=machine_now(),
                data={"address": request.META.get("REMOTE_ADDR", ""), **(data or {})},
            )


def connect() -> None:
    """Listen to what allauth tells about second factors. Called once from the app's `ready`."""
    signals.authenticator_added.connect(_on_factor_changed("second_factor.added"), weak=False)
    signals.authenticator_removed.connect(_on_factor_changed("second_factor.removed"), weak=False)
    signals.authenticator_reset.connect(_on_factor_changed("second_factor.reset"), weak=False)
    signals.authentication_failed.connect(_on_factor_changed("second_factor.refused"), weak=False)


def _on_factor_changed(action: str) -> Any:
    def receive(sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any) -> None:
        record(action, user=user, request=request, data={"type": str(authenticator.type)})
        if action == "second_factor.added":
            # A code of the new factor was shown a moment ago: that proves who it is as much as at a sign-in.
            record_authentication(request, user, method="mfa", type=str(authenticator.type))
        callers.forget()

    return receive
