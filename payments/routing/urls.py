"""Pages of gateways and routing."""

from django.urls import path

from payments.routing import account_views, views

app_name = "routing_pages"
urlpatterns = [
    path("gateways/", views.RoutingView.as_view(), name="gateway-list"),
    path("gateways/accounts/<uuid:account_id>/", account_views.AccountView.as_view(), name="account"),
    path("gateways/rules/new/", views.RuleView.as_view(), name="rule-create"),
    path("gateways/rules/<str:number>/", views.RuleView.as_view(), name="rule-change"),
    path("gateways/rules/<str:number>/move/", views.RuleMoveView.as_view(), name="rule-move"),
]
