from django.urls import path

from doctors.views import applying, documents, reading

app_name = "doctors"
# Each first word below doctors/ stands in `RESERVED_SLUGS`, too.
urlpatterns = [
    path("doctors/", reading.doctor_list, name="doctor_list"),
    path("doctors/join/", applying.join, name="join"),
    path("doctors/application/", applying.application, name="application"),
    path("doctors/application/documents/", documents.add_documents, name="add_documents"),
    path("doctors/documents/<uuid:document>/", documents.document, name="document"),
    path("doctors/documents/<uuid:document>/delete/", documents.delete_document, name="delete_document"),
    path("doctors/<slug:slug>/", reading.doctor_detail, name="doctor_detail"),
    path("doctors/<slug:slug>/claim/", applying.claim, name="claim"),
]
