"""Staff pages of coupons."""

from django.urls import path

from orders.placing import coupon_views

app_name = "coupon_pages"
urlpatterns = [
    path("coupons/", coupon_views.CouponListView.as_view(), name="coupon-list"),
    path("coupons/new/", coupon_views.NewCouponView.as_view(), name="coupon-create"),
    path("coupons/<uuid:coupon_id>/", coupon_views.CouponView.as_view(), name="coupon-detail"),
    path("coupons/<uuid:coupon_id>/end/", coupon_views.EndCouponView.as_view(), name="coupon-end"),
]
