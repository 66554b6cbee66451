from django.urls import path

from questions import views

app_name = "questions"
urlpatterns = [
    path("questions/", views.question_list, name="question_list"),
    path("questions/<key:question_id>/", views.question_detail),
    path("questions/<key:question_id>/<str:slug>/", views.question_detail, name="question_detail"),
    path("answers/<key:answer_id>/", views.answer_detail, name="answer_detail"),
    path("topics/", views.topic_list, name="topic_list"),
    path("topics/<slug:slug>/", views.topic_detail, name="topic_detail"),
    path("search/", views.search, name="search"),
]
