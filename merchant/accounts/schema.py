"""How the API's description names the three ways to say who one is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class DeviceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A paired tablet."""

    target_class = "merchant.accounts.authentication.DeviceAuthentication"
    name = "device"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return a header with a word and a token."""
        what = "`Device tsd_…`, the token a tablet got when it was paired."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": what}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A webshop or partner."""

    target_class = "merchant.accounts.authentication.ApiKeyAuthentication"
    name = "api_key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "`Bearer tsk_…`, an API key."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Staff in the back office."""

    target_class = "merchant.accounts.authentication.StaffSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return a cookie."""
        what = "The session of a signed-in person; unsafe methods need X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": what}
