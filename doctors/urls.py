from django.urls import path

from doctors.views import applying, documents, languages, marking, reading, replying, reviewing

app_name = "doctors"
# Each first word below doctors/ stands in `RESERVED_SLUGS`, too.
urlpatterns = [
    path("doctors/", reading.doctor_list, name="doctor_list"),
    path("doctors/join/", applying.join, name="join"),
    path("doctors/application/", applying.application, name="application"),
    path("doctors/application/documents/", documents.add_documents, name="add_documents"),
    path("doctors/documents/<uuid:document>/", documents.document, name="document"),
    path("doctors/documents/<uuid:document>/delete/", documents.delete_document, name="delete_document"),
    path("doctors/reviews/", reviewing.my_reviews, name="my_reviews"),
    path("doctors/reviews/<key:review_id>/history/", reading.review_history, name="review_history"),
    path("doctors/reviews/<key:review_id>/helpful/", marking.mark_review, name="mark_review"),
    path("doctors/reviews/<key:review_id>/withdraw/", reviewing.withdraw, name="withdraw_review"),
    path("doctors/reviews/<key:review_id>/reply/", replying.reply, name="reply_to_review"),
    path("doctors/reviews/<key:review_id>/reply/withdraw/", replying.withdraw_own_reply, name="withdraw_reply"),
    path("doctors/languages/", languages.own_languages, name="own_languages"),
    path("doctors/visit-codes/", replying.visit_codes, name="visit_codes"),
    path("doctors/<slug:slug>/", reading.doctor_detail, name="doctor_detail"),
    path("doctors/<slug:slug>/answers/", reading.doctor_answers, name="doctor_answers"),
    path("doctors/<slug:slug>/reviews/", reviewing.review, name="review_doctor"),
    path("doctors/<slug:slug>/claim/", applying.claim, name="claim"),
]
