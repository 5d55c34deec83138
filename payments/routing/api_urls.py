"""REST routes of routing, below /api/v1/."""

from django.urls import path

from payments.routing import api

app_name = "routing"

urlpatterns = [
    path("routing/plan/", api.PlanView.as_view(), name="plan"),
    path("routing/plans/", api.PlansView.as_view(), name="plans"),
    path("routing/route/", api.RouteView.as_view(), name="route"),
    path("routing/decisions/", api.DecisionsView.as_view(), name="decision-list"),
    path("routing/decisions/<uuid:decision_id>/replay/", api.ReplayView.as_view(), name="decision-replay"),
]
