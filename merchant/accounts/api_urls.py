"""REST routes of accounts, below /api/v1/."""

from django.urls import path

from merchant.accounts import views

app_name = "accounts"

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("stores/", views.StoreListView.as_view(), name="store-list"),
    path("registers/", views.RegisterListView.as_view(), name="register-list"),
    path("registers/<uuid:register_id>/pairing-codes/", views.PairingCodeView.as_view(), name="pairing-code-create"),
    path("pairing/", views.PairingView.as_view(), name="pairing"),
    path("devices/", views.DeviceListView.as_view(), name="device-list"),
    path("devices/<uuid:device_id>/", views.DeviceChangeView.as_view(), name="device-change"),
    path("devices/<uuid:device_id>/revocations/", views.DeviceRevocationView.as_view(), name="device-revoke"),
    path("socket-tickets/", views.SocketTicketView.as_view(), name="socket-ticket-create"),
    path("api-keys/", views.ApiKeysView.as_view(), name="api-keys"),
    path("api-keys/<uuid:key_id>/", views.ApiKeyChangeView.as_view(), name="api-key-change"),
    path("api-keys/<uuid:key_id>/revocations/", views.ApiKeyRevocationView.as_view(), name="api-key-revoke"),
    path("api-keys/<uuid:key_id>/rolls/", views.ApiKeyRollView.as_view(), name="api-key-roll"),
    path("staff/", views.StaffView.as_view(), name="staff"),
    path("staff/<uuid:member_id>/", views.StaffChangeView.as_view(), name="staff-change"),
]
