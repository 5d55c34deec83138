"""Pages of staff and API keys."""

from django.urls import path

from merchant.accounts import discount_views, member_views, people_views

app_name = "people_pages"
urlpatterns = [
    path("staff/", people_views.StaffListView.as_view(), name="staff"),
    path("staff/<uuid:member_id>/", member_views.MemberView.as_view(), name="staff-detail"),
    path("staff/<uuid:member_id>/invitation/", member_views.RepeatInvitationView.as_view(), name="invitation-repeat"),
    path("staff/<uuid:member_id>/switch/", people_views.SwitchMemberView.as_view(), name="staff-switch"),
    path("api-keys/", people_views.KeyListView.as_view(), name="api-keys"),
    path("api-keys/<uuid:key_id>/roll/", people_views.RollKeyView.as_view(), name="api-key-roll"),
    path("api-keys/<uuid:key_id>/end/", people_views.EndKeyView.as_view(), name="api-key-end"),
    path("me/keys/", people_views.OwnKeysView.as_view(), name="own-keys"),
    path("settings/discounts/", discount_views.DiscountLimitsPageView.as_view(), name="discount-limits"),
]
