"""Staff pages of account numbers and periods."""

from django.urls import path

from payments.accounting import period_views, views

app_name = "accounting_pages"
urlpatterns = [
    path("accounting/accounts/", views.PlanView.as_view(), name="plan"),
    path("accounting/settings/", views.PlanSettingsView.as_view(), name="plan-settings"),
    path("accounting/periods/", period_views.PeriodListView.as_view(), name="period-list"),
    path("accounting/periods/close/", period_views.CloseView.as_view(), name="period-close"),
    path("accounting/periods/reopen/", period_views.ReopenView.as_view(), name="period-reopen"),
]
