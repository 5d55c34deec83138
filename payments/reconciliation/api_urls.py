"""REST routes of reconciliation, below /api/v1/."""

from django.urls import path

from payments.reconciliation import api
from payments.reconciliation.desk import api as desk_api
from payments.reconciliation.desk import match_api, rules_api
from payments.reconciliation.explanation import api as explanation_api
from payments.reconciliation.fee_audit import api as fee_api
from payments.reconciliation.imports import mapping_api

app_name = "reconciliation"

urlpatterns = [
    path("bank-accounts/", api.BankAccountsView.as_view(), name="bank-accounts"),
    path("report-accounts/", api.ReportAccountsView.as_view(), name="report-accounts"),
    path("bank-statements/", api.StatementsView.as_view(), name="statements"),
    path("bank-statements/fetches/", api.StatementFetchView.as_view(), name="statement-fetch-create"),
    path("bank-statements/<uuid:statement_id>/", api.StatementView.as_view(), name="statement"),
    path(
        "bank-statements/<uuid:statement_id>/completion/",
        api.StatementCompletionView.as_view(),
        name="statement-complete",
    ),
    path("column-mappings/", mapping_api.MappingsView.as_view(), name="mappings"),
    path("column-mappings/<uuid:mapping_id>/", mapping_api.MappingView.as_view(), name="mapping"),
    path("bank-lines/", explanation_api.BankLinesView.as_view(), name="bank-lines"),
    path(
        "bank-lines/<uuid:bank_line_id>/explanation/",
        explanation_api.BankLineExplanationView.as_view(),
        name="bank-line-explanation",
    ),
    path(
        "payouts/<uuid:payout_id>/explanation/",
        explanation_api.PayoutExplanationView.as_view(),
        name="payout-explanation",
    ),
    path(
        "payments/<uuid:payment_id>/explanation/",
        explanation_api.PaymentExplanationView.as_view(),
        name="payment-explanation",
    ),
    path("fees/report/", fee_api.FeeReportView.as_view(), name="fee-report"),
    path("fees/rows/", fee_api.FeeRowsView.as_view(), name="fee-rows"),
    path("fee-contracts/<uuid:contract_id>/dry-run/", fee_api.DryRunView.as_view(), name="fee-dry-run"),
    path("bank-statements/<uuid:statement_id>/file/", api.StatementRawView.as_view(), name="statement-file"),
    path("settlement-reports/<uuid:report_id>/file/", api.ReportRawView.as_view(), name="report-file"),
    path("settlement-reports/<uuid:report_id>/reconciliation/", api.ReportFiguresView.as_view(), name="report-figures"),
    path("reconciliation/runs/", api.RunsView.as_view(), name="runs"),
    path("reconciliation/runs/<uuid:run_id>/", api.RunView.as_view(), name="run"),
    path("reconciliation/matches/", match_api.MatchesView.as_view(), name="match-create"),
    path("reconciliation/matches/<uuid:match_id>/undo/", match_api.MatchUndoView.as_view(), name="match-undo"),
    path("reconciliation/due-payouts/", match_api.DuePayoutsView.as_view(), name="due-payouts"),
    path("reconciliation/exceptions/", desk_api.ExceptionsView.as_view(), name="exceptions"),
    path("reconciliation/exceptions/decisions/", desk_api.DecisionsView.as_view(), name="exception-decide-many"),
    path(
        "reconciliation/exceptions/decisions/<uuid:selection_id>/undo/",
        desk_api.SelectionUndoView.as_view(),
        name="selection-undo",
    ),
    path("reconciliation/exceptions/<uuid:exception_id>/", desk_api.ExceptionView.as_view(), name="exception"),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/resolve/",
        desk_api.ExceptionResolveView.as_view(),
        name="exception-resolve",
    ),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/undo/",
        desk_api.ExceptionUndoView.as_view(),
        name="exception-undo",
    ),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/assignment/",
        desk_api.ExceptionAssignView.as_view(),
        name="exception-assign",
    ),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/wait/",
        desk_api.ExceptionWaitView.as_view(),
        name="exception-wait",
    ),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/notes/",
        desk_api.ExceptionNoteView.as_view(),
        name="exception-note",
    ),
    path("reconciliation/rules/", rules_api.RulesView.as_view(), name="rules"),
    path("reconciliation/rules/dry-runs/", rules_api.DryRunsView.as_view(), name="dry-runs"),
    path("reconciliation/rules/dry-runs/<uuid:run_id>/", rules_api.DryRunView.as_view(), name="dry-run"),
    path("reconciliation/closings/", desk_api.ClosingsView.as_view(), name="closings"),
]
