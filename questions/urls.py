from django.urls import path

from questions.views import answering, asking, desk, inquiries, mine, photos, reading

app_name = "questions"
urlpatterns = [
    path("questions/", reading.question_list, name="question_list"),
    path("questions/ask/", asking.ask, name="ask"),
    path("questions/ask/similar/", asking.similar, name="similar"),
    path("questions/ask/prompts/", asking.prompts, name="prompts"),
    path("questions/ask/draft/", asking.keep_draft, name="keep_draft"),
    path("questions/ask/join/", asking.join, name="join"),
    path("questions/drafts/<uuid:key>/", asking.open_draft, name="open_draft"),
    path("questions/drafts/<uuid:key>/delete/", asking.delete_draft, name="delete_draft"),
    path("questions/mine/", mine.my_questions, name="my_questions"),
    path("questions/following/", mine.following, name="following"),
    # Before the slug: `question_slug` never makes one of these words.
    path("questions/<key:question_id>/edit/", asking.edit, name="edit_question"),
    path("questions/<key:question_id>/history/", mine.history, name="question_history"),
    path("questions/<key:question_id>/close/", mine.close, name="close_question"),
    path("questions/<key:question_id>/open/", mine.reopen, name="open_question"),
    path("questions/<key:question_id>/withdraw/", mine.withdraw, name="withdraw_question"),
    path("questions/<key:question_id>/photos/", photos.photos, name="photos"),
    path("questions/<key:question_id>/follow/", mine.follow_question, name="follow_question"),
    path("questions/<key:question_id>/answers/", answering.post_answer, name="post_answer"),
    path("questions/<key:question_id>/answers/draft/", answering.keep_answer_draft, name="keep_answer_draft"),
    path(
        "questions/<key:question_id>/answers/draft/delete/", answering.delete_answer_draft, name="delete_answer_draft"
    ),
    path("questions/<key:question_id>/inquire/", desk.inquire_question, name="inquire"),
    path("questions/<key:question_id>/decline/", desk.decline_question, name="decline"),
    path("questions/<key:question_id>/", reading.question_detail),
    path("questions/<key:question_id>/<str:slug>/", reading.question_detail, name="question_detail"),
    path("answers/<key:answer_id>/", reading.answer_detail, name="answer_detail"),
    path("answers/<key:answer_id>/edit/", answering.change_answer, name="edit_answer"),
    path("answers/<key:answer_id>/history/", answering.answer_history, name="answer_history"),
    path("answers/<key:answer_id>/withdraw/", answering.withdraw_answer, name="withdraw_answer"),
    path("answers/<key:answer_id>/agree/", answering.agree, name="agree"),
    path("answers/<key:answer_id>/confirm/", desk.confirm, name="confirm_answer"),
    path("photos/<key:photo_id>/", photos.photo, name="photo"),
    path("photos/<key:photo_id>/describe/", photos.describe_photo, name="describe_photo"),
    path("photos/<key:photo_id>/remove/", photos.remove_photo, name="remove_photo"),
    path("inquiries/<key:inquiry_id>/reply/", inquiries.reply, name="reply"),
    path("desk/", desk.desk, name="desk"),
    path("desk/waiting/", desk.waiting, name="desk_waiting"),
    path("desk/drafts/", desk.drafts, name="desk_drafts"),
    path("desk/answers/", desk.answers, name="desk_answers"),
    path("desk/reviews/", desk.reviews, name="desk_reviews"),
    path("desk/choices/", desk.choices, name="desk_choices"),
    path("topics/", reading.topic_list, name="topic_list"),
    path("topics/<slug:slug>/", reading.topic_detail, name="topic_detail"),
    path("topics/<slug:slug>/follow/", mine.follow_topic, name="follow_topic"),
    path("search/", reading.search, name="search"),
]
