from django.urls import path

from voting import views

app_name = "voting"
urlpatterns = [path("answers/<key:answer_id>/vote/", views.cast_vote, name="cast_vote")]
