"""Pages of feedback."""

from django.urls import path

from orders.feedback import views

app_name = "feedback_pages"
urlpatterns = [path("feedback/", views.FeedbackListView.as_view(), name="feedback-list")]
