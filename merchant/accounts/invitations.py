"""The link by which a new member of staff chooses a password."""

from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from merchant.accounts.models import User


def invitation_url(user: User) -> str:
    """Return where `user` chooses a password. It works once, for three days, and only while none was chosen with it."""
    key = default_token_generator.make_token(user)
    path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return str(urljoin(settings.PUBLIC_URL, path))
