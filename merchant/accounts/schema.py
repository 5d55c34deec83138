"""How the API's description names the three ways to say who one is, and what a key must have for an operation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from merchant.accounts.access import SCOPES


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


def name_scopes(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Write to each operation that needs a right the scopes of API keys that have it (`x-scopes`); called when the document is made."""
    for operations in result["paths"].values():
        for operation in operations.values():
            if right := operation.get("x-right"):
                operation["x-scopes"] = sorted(scope for scope, rights in SCOPES.items() if right in rights)
    return result
