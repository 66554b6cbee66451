"""Every stored counter once more, counted from its rows in plain Python: what the triggers must agree with."""

from collections import Counter
from datetime import datetime

from doctors.models import NEVER, STARS, Doctor, DoctorReview, HelpfulMark
from questions.models import Answer, Question, QuestionTopic, Topic, TopicDoctor
from voting.models import AnswerVote


def drifted() -> list[str]:
    """Return a line for each counter that differs from its rows."""
    return [*_votes(), *_answers(), *_topics(), *_topic_doctors(), *_reviews(), *_marks()]


def _votes() -> list[str]:
    counted: Counter[tuple[int, str]] = Counter()
    for answer, user, value, state in AnswerVote.objects.values_list("answer_id", "user_id", "value", "state"):
        column = f"{'visitor' if user is None else 'user'}_{'up' if value == 1 else 'down'}vote_count"
        counted[answer, column if state == "counted" else "set_aside_count"] += value != 0
    columns = [f"{who}_{way}vote_count" for who in ("user", "visitor") for way in ("up", "down")]
    versions: Counter[int] = Counter()
    for vote in AnswerVote.objects.select_related("answer"):
        versions[vote.answer_id] += vote.state == "counted" and vote.version < vote.answer.version
    for answer in Answer.objects.all():
        counted[answer.pk, "earlier_vote_count"] = versions[answer.pk]
    columns += ["earlier_vote_count", "set_aside_count"]
    return [
        f"answer {answer.pk}: {column} is {getattr(answer, column)}, has {counted[answer.pk, column]}"
        for answer in Answer.objects.all()
        for column in columns
        if getattr(answer, column) != counted[answer.pk, column]
    ]


def _answers() -> list[str]:
    of_question: Counter[int] = Counter()
    of_doctor: Counter[int] = Counter()
    newest: dict[int, datetime] = {}
    for answer in Answer.objects.filter(state="published", doctor__valid_until__gt=NEVER).select_related("question"):
        of_question[answer.question_id] += 1
        of_doctor[answer.doctor_id] += answer.question.state == "published"
        if answer.answered_at:
            newest[answer.question_id] = max(newest.get(answer.question_id, answer.answered_at), answer.answered_at)
    wrong = [
        f"question {question.pk}: answer_count is {question.answer_count}, has {of_question[question.pk]}"
        for question in Question.objects.all()
        if question.answer_count != of_question[question.pk]
    ]
    wrong += [
        f"question {question.pk}: last_answer_at is {question.last_answer_at}, not {newest.get(question.pk)}"
        for question in Question.objects.all()
        if question.last_answer_at != newest.get(question.pk)
    ]
    wrong += [
        f"doctor {doctor.pk}: answer_count is {doctor.answer_count}, has {of_doctor[doctor.pk]}"
        for doctor in Doctor.objects.all()
        if doctor.answer_count != of_doctor[doctor.pk]
    ]
    return wrong


def _topics() -> list[str]:
    of_topic = Counter(
        QuestionTopic.objects.filter(question__state="published").values_list("topic_id", flat=True).order_by()
    )
    return [
        f"topic {topic.pk}: question_count is {topic.question_count}, has {of_topic[topic.pk]}"
        for topic in Topic.objects.all()
        if topic.question_count != of_topic[topic.pk]
    ]


def _topic_doctors() -> list[str]:
    answers = Answer.objects.filter(state="published", question__state="published", question__topics__isnull=False)
    given = Counter(answers.values_list("question__topics", "doctor_id").order_by())
    kept = {(row.topic_id, row.doctor_id): row.answer_count for row in TopicDoctor.objects.all()}
    return [
        f"topic {topic} and doctor {doctor}: answer_count is {kept.get((topic, doctor), 0)}, has {given[topic, doctor]}"
        for topic, doctor in sorted(given.keys() | kept.keys())
        if kept.get((topic, doctor), 0) != given[topic, doctor]
    ]


def _marks() -> list[str]:
    given = Counter(HelpfulMark.objects.values_list("review_id", flat=True).order_by())
    return [
        f"review {review.pk}: helpful_count is {review.helpful_count}, has {given[review.pk]}"
        for review in DoctorReview.objects.all()
        if review.helpful_count != given[review.pk]
    ]


def _reviews() -> list[str]:
    given = Counter(DoctorReview.objects.filter(state="published").values_list("doctor_id", "rating").order_by())
    return [
        f"doctor {doctor.pk}: {column} is {getattr(doctor, column)}, has {given[doctor.pk, stars]}"
        for doctor in Doctor.objects.all()
        for stars, column in STARS.items()
        if getattr(doctor, column) != given[doctor.pk, stars]
    ]
