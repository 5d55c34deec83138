"""REST routes of reconciliation, below /api/v1/."""

from django.urls import path

from payments.reconciliation import api

app_name = "reconciliation"

urlpatterns = [
    path("bank-accounts/", api.BankAccountsView.as_view(), name="bank-accounts"),
    path("bank-statements/", api.StatementsView.as_view(), name="statements"),
    path("bank-statements/fetches/", api.StatementFetchView.as_view(), name="statement-fetch-create"),
    path("bank-statements/<uuid:statement_id>/", api.StatementView.as_view(), name="statement"),
    path("reconciliation/runs/", api.RunsView.as_view(), name="runs"),
    path("reconciliation/runs/<uuid:run_id>/", api.RunView.as_view(), name="run"),
    path("reconciliation/exceptions/", api.ExceptionsView.as_view(), name="exceptions"),
    path("reconciliation/exceptions/<uuid:exception_id>/", api.ExceptionView.as_view(), name="exception"),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/resolve/",
        api.ExceptionResolveView.as_view(),
        name="exception-resolve",
    ),
]
