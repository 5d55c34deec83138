"""REST routes of terminals, below /api/v1/."""

from django.urls import path

from terminals.devices import api

app_name = "terminals"
urlpatterns = [
    path("terminals/", api.TerminalsView.as_view(), name="terminals"),
    path("terminals/<uuid:terminal_id>/", api.TerminalView.as_view(), name="terminal"),
    path(
        "terminals/<uuid:terminal_id>/pairing-codes/", api.TerminalPairingCodeView.as_view(), name="pairing-code-create"
    ),
    path("terminals/<uuid:terminal_id>/revocations/", api.TerminalRevocationView.as_view(), name="revoke"),
    path("terminal-pairing/", api.TerminalPairingView.as_view(), name="pairing"),
]
