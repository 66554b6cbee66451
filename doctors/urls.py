from django.urls import path

from doctors import views

app_name = "doctors"
urlpatterns = [
    path("doctors/", views.doctor_list, name="doctor_list"),
    path("doctors/<slug:slug>/", views.doctor_detail, name="doctor_detail"),
]
