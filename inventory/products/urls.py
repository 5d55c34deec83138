"""Pages of products, prices and tax rates."""

from django.urls import path

from inventory.products import import_views, tax_views, views

app_name = "product_pages"
urlpatterns = [
    path("products/", views.ArticleListView.as_view(), name="product-list"),
    path("products/export.csv", views.ArticleFileView.as_view(), name="product-file"),
    path("products/new/", views.NewArticleView.as_view(), name="product-create"),
    path("products/import/", import_views.UploadView.as_view(), name="import-create"),
    path("products/import/columns/", import_views.ColumnsView.as_view(), name="import-columns"),
    path("products/import/<uuid:import_id>/", import_views.ImportView.as_view(), name="import-detail"),
    path("products/import/<uuid:import_id>/refused.csv", import_views.RefusedRowsView.as_view(), name="import-refused"),
    path("products/<uuid:variant_id>/", views.ArticleView.as_view(), name="product-detail"),
    path("products/<uuid:variant_id>/switch/", views.SwitchArticleView.as_view(), name="product-switch"),
    path("settings/taxes/", tax_views.TaxesView.as_view(), name="taxes"),
]
