"""Every websocket route under /ws/, one line a slice."""

from django.urls import URLPattern

websocket_urlpatterns: list[URLPattern] = []
