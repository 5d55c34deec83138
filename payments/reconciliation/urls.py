"""Pages of reconciliation and imports."""

from django.urls import path

from payments.reconciliation.explanation import due_views, payout_views
from payments.reconciliation.explanation import views as explanation_views
from payments.reconciliation.fee_audit import views as fee_views
from payments.reconciliation.imports import file_views as import_file_views
from payments.reconciliation.imports import mapping_views
from payments.reconciliation.imports import views as import_views
from payments.reconciliation.statements import account_views, transfer_views
from payments.reconciliation.workbench import decision_views as desk_views
from payments.reconciliation.workbench import list_views, rules_views, views

app_name = "reconciliation_pages"
urlpatterns = [
    path("reconciliation/", views.WorkbenchView.as_view(), name="workbench"),
    path("reconciliation/run/", views.RunView.as_view(), name="run-create"),
    path("reconciliation/close/", desk_views.CloseView.as_view(), name="batch-close"),
    path("reconciliation/exceptions/", list_views.ExceptionListView.as_view(), name="exception-list"),
    path("reconciliation/exceptions/decide/", list_views.DecideManyView.as_view(), name="exception-decide-many"),
    path(
        "reconciliation/exceptions/decide/<uuid:selection_id>/undo/",
        list_views.UndoManyView.as_view(),
        name="selection-undo",
    ),
    path("reconciliation/exceptions/<uuid:exception_id>/", desk_views.ExceptionView.as_view(), name="exception-detail"),
    path("reconciliation/exceptions/<uuid:exception_id>/undo/", desk_views.UndoView.as_view(), name="exception-undo"),
    path(
        "reconciliation/exceptions/<uuid:exception_id>/assign/",
        desk_views.AssignView.as_view(),
        name="exception-assign",
    ),
    path("reconciliation/exceptions/<uuid:exception_id>/note/", desk_views.NoteView.as_view(), name="exception-note"),
    path("reconciliation/rules/", rules_views.MatchRulesView.as_view(), name="rules"),
    path("reconciliation/rules/try/", rules_views.DryRunCreateView.as_view(), name="dry-run-create"),
    path("reconciliation/rules/dry-runs/<uuid:run_id>/", rules_views.DryRunView.as_view(), name="dry-run"),
    path("orders/<uuid:order_id>/transfer/", transfer_views.OrderTransferView.as_view(), name="order-transfer"),
    path("transfers/", transfer_views.TransferListView.as_view(), name="transfer-list"),
    path("transfers/references/", transfer_views.ReferenceKindView.as_view(), name="reference-kinds"),
    path("payouts/", payout_views.PayoutListView.as_view(), name="payout-list"),
    path("payouts/due/", due_views.DuePayoutsView.as_view(), name="due-payouts"),
    path("payouts/<uuid:payout_id>/", explanation_views.PayoutView.as_view(), name="payout-detail"),
    path("bank-lines/<uuid:bank_line_id>/", explanation_views.BankLineView.as_view(), name="bank-line"),
    path("fees/", fee_views.FeeReportView.as_view(), name="fee-report"),
    path("fees/rows/", fee_views.FeeRowsView.as_view(), name="fee-rows"),
    path("fees/contracts/<uuid:contract_id>/dry-run/", fee_views.DryRunView.as_view(), name="fee-dry-run"),
    path("imports/", import_views.ImportListView.as_view(), name="import-list"),
    path("imports/accounts/", account_views.AccountListView.as_view(), name="account-list"),
    path("imports/accounts/bank/", account_views.NewBankAccountView.as_view(), name="bank-account-create"),
    path("imports/accounts/processor/", account_views.NewReportAccountView.as_view(), name="report-account-create"),
    path("imports/mappings/", mapping_views.MappingListView.as_view(), name="mapping-list"),
    path("imports/mappings/<uuid:mapping_id>/", mapping_views.MappingView.as_view(), name="mapping-detail"),
    path("imports/unknown/<uuid:file_id>/", mapping_views.UnknownFileView.as_view(), name="unknown-file"),
    path("imports/<uuid:report_id>/", import_file_views.ReportFileView.as_view(), name="report-detail"),
    path("imports/<uuid:report_id>/progress/", import_file_views.ReportProgressView.as_view(), name="report-progress"),
    path("imports/<uuid:report_id>/file/", import_file_views.ReportRawView.as_view(), name="report-file"),
    path("imports/<uuid:report_id>/retry/", import_file_views.ReportRetryView.as_view(), name="report-retry"),
    path(
        "imports/statements/<uuid:statement_id>/file/",
        import_file_views.StatementRawView.as_view(),
        name="statement-file",
    ),
    path(
        "imports/statements/<uuid:statement_id>/retry/",
        import_file_views.StatementRetryView.as_view(),
        name="statement-retry",
    ),
    path(
        "imports/statements/<uuid:statement_id>/complete/",
        import_file_views.StatementCompleteView.as_view(),
        name="statement-complete",
    ),
    path(
        "imports/statements/<uuid:statement_id>/",
        import_file_views.StatementFileView.as_view(),
        name="statement-detail",
    ),
    path(
        "imports/statements/<uuid:statement_id>/progress/",
        import_file_views.StatementProgressView.as_view(),
        name="statement-progress",
    ),
]
