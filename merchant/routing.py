"""Every websocket route under /ws/, one line a slice."""

from django.urls import URLPattern

from terminals.live.routing import urlpatterns as live

websocket_urlpatterns: list[URLPattern] = [*live]
