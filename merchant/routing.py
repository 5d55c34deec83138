"""Every websocket route under /ws/, one line a slice."""

from django.urls import URLPattern

from merchant.accounts.requests import hooks  # noqa: F401  (the log begins with the process)
from terminals.live.routing import urlpatterns as live

websocket_urlpatterns: list[URLPattern] = [*live]
