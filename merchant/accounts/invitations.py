"""Inviting somebody to work here: the mail, and the link by which a new person chooses a password."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from merchant.accounts.models import StaffMember, User
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.pages.shell import role_word
from merchant.merchants.models import Merchant
from merchant.merchants.queries import get_merchant
from merchant.messages import services as messages
from merchant.messages.models import Message
from merchant.messages.services import Mail


class AlreadyJoined(AppError):
    """The person has a password; a link to choose one would be a way in for somebody else."""

    code = "already_joined"
    detail = "{email} has chosen a password already."
    next_step = "Who forgot it asks for a new one at the sign-in."


def invitation_url(user: User) -> str:
    """Return where `user` chooses a password. It works once, for three days, and only while none was chosen with it."""
    key = default_token_generator.make_token(user)
    path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return str(urljoin(settings.PUBLIC_URL, path))


def has_joined(user: User) -> bool:
    """Say whether a person ever chose a password."""
    return user.has_usable_password()


def send_invitation(*, member: StaffMember, invited_by: str, now: datetime) -> str:
    """
    Write to a member of staff that they work here, and return the link that is in the mail: to choose a password, or to sign in.

    A repeat at another moment sends another mail; the links before it go on until one is used.
    """
    merchant = get_merchant(member.merchant_id)
    is_new = not has_joined(member.user)
    url = invitation_url(member.user) if is_new else str(urljoin(settings.PUBLIC_URL, "/"))
    language = merchant.locale if merchant.locale in dict(settings.LANGUAGES) else "en"
    with translation.override(language):
        context = {
            "merchant": merchant.name, "language": language, "by": invited_by, "role": role_word(member.role), "url": url, "is_new": is_new,
            "name": member.user.first_name,
        }  # fmt: skip
        mail = Mail(
            kind="invitation",
            dedup_key=f"invitation:{member.id}:{now:%Y%m%d%H%M%S%f}",
            recipient=member.user.email,
            subject=(
                gettext("%(merchant)s: you are invited to work here")
                if is_new
                else gettext("%(merchant)s: you work here now")
            )
            % context,
            body_text=render_to_string("merchant/accounts/mail/invitation.txt", context),
            body_html=render_to_string("merchant/accounts/mail/invitation.html", context),
            about=f"staff:{member.id}",
        )
    messages.queue_mail(mail, now=now)
    return url


def repeat_invitation(*, member: StaffMember, invited_by: str, now: datetime) -> str:
    """
    Send the invitation again and return its link.

    :raises AlreadyJoined: for somebody who has a password.
    """
    if has_joined(member.user):
        raise AlreadyJoined(email=member.user.email)
    url = send_invitation(member=member, invited_by=invited_by, now=now)
    audit.record("staff.invited_again", subject=f"staff:{member.id}", now=now)
    return url


def may_be_shown(member: StaffMember) -> bool:
    """
    Say whether the link may stand on the screen of who invites, for an installation that cannot send mail yet.

    A password holds at every merchant: where another business is, or the person works elsewhere, only their own mail box proves who they are.
    """
    merchant = get_merchant(member.merchant_id)
    works_elsewhere = StaffMember.across_merchants.filter(user=member.user).exclude(merchant_id=merchant.id).exists()
    others = Merchant.objects.exclude(id=merchant.id).filter(is_demo=False).exists()
    return not (merchant.is_demo or works_elsewhere or others)


def find_last_mail(member: StaffMember) -> Message | None:
    """Return the last invitation that was sent to a member, None if there was none."""
    found: Message | None = (
        Message.objects.filter(about=f"staff:{member.id}", kind="invitation").order_by("-id").first()
    )
    return found
