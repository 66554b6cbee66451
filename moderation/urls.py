from django.urls import path

from moderation import views

app_name = "moderation"
urlpatterns = [
    path("report/<slug:noun>/<key:subject_id>/", views.report_thing, name="report"),
    path("about/numbers/", views.numbers, name="numbers"),
    path("about/numbers/<month:month>/", views.numbers, name="numbers_of_month"),
    path("decisions/", views.my_decisions, name="my_decisions"),
    path("decisions/<key:decision_id>/", views.decision, name="decision"),
]
