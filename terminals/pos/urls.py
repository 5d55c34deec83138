"""Pages about what tills did while they were offline."""

from django.urls import path

from terminals.pos import offline_rules_views, offline_views

app_name = "offline_pages"
urlpatterns = [
    path("offline/", offline_views.OfflineView.as_view(), name="overview"),
    path(
        "offline/redemptions/<uuid:redemption_id>/retry/",
        offline_views.RetryView.as_view(),
        name="redemption-retry",
    ),
    path(
        "offline/redemptions/<uuid:redemption_id>/write-off/",
        offline_views.WriteOffView.as_view(),
        name="redemption-write-off",
    ),
    path("settings/offline/", offline_rules_views.OfflineRulesPageView.as_view(), name="merchant-rules"),
    path("settings/offline/<uuid:store_id>/", offline_rules_views.OfflineRulesPageView.as_view(), name="store-rules"),
]
