from django.urls import path

from doctors.views import applying, reading

app_name = "doctors"
# Each first word below doctors/ stands in `RESERVED_SLUGS`, too.
urlpatterns = [
    path("doctors/", reading.doctor_list, name="doctor_list"),
    path("doctors/join/", applying.join, name="join"),
    path("doctors/application/", applying.application, name="application"),
    path("doctors/<slug:slug>/", reading.doctor_detail, name="doctor_detail"),
    path("doctors/<slug:slug>/claim/", applying.claim, name="claim"),
]
