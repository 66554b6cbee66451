"""Topics: other names, wider topics, what their page says, and two that become one."""

import json
import re
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from psycopg.types.range import Range

from doctors.lists import directory
from doctors.models import Doctor
from questions.models import (
    AnswerFact,
    Desk,
    Follow,
    PromptReply,
    QuestionTopic,
    Topic,
    TopicDoctor,
    TopicPrompt,
    TopicSynonym,
)
from questions.search import search
from questions.services import NotMergedError, hide_question, merge_topics, restore_question
from tests.counting import drifted
from tests.crowd import all_at_once
from tests.factories import (
    AnswerFactory,
    DoctorFactory,
    FactKindFactory,
    FollowFactory,
    QuestionFactory,
    SpecialtyFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
)
from tests.reading import Page

pytestmark = pytest.mark.django_db


def synonym(topic: Topic, name: str, slug: str) -> TopicSynonym:
    return TopicSynonym.objects.create(topic=topic, name=name, slug=slug)


# --- Other names -----------------------------------------------------------------------------------------


@pytest.fixture
def acne() -> Topic:
    topic = TopicFactory(name="Acne", slug="acne")
    synonym(topic, "Pimples", "pimples")
    synonym(topic, "Breakouts", "breakouts")
    return Topic.objects.get(pk=topic.pk)


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/topics/pimples/", "/topics/acne/"),
        ("/topics/pimples/?sort=unanswered", "/topics/acne/?sort=unanswered"),
        ("/feeds/topics/pimples.atom", "/feeds/topics/acne.atom"),
        ("/api/v1/topics/pimples/", "/api/v1/topics/acne/"),
    ],
)
def test_the_address_of_a_synonym_leads_to_the_topic(client: Client, acne: Topic, address: str, leads_to: str):
    for _ in range(2):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, leads_to)


@pytest.mark.parametrize(
    "address", ["/questions/?topic={}", "/search/?q=swelling&topic={}", "/api/v1/questions/?topic={}"]
)
def test_a_list_knows_a_topic_by_each_name(client: Client, acne: Topic, address: str):
    question = QuestionFactory(title="A swelling", topics=[acne])

    for slug in ("acne", "pimples"):
        assert f"/questions/{question.pk}/" in client.get(address.format(slug)).content.decode()


def test_the_directory_and_the_page_of_a_doctor_know_a_topic_by_each_name(client: Client, acne: Topic):
    answer = AnswerFactory(question__topics=[acne], doctor__name="Ada Secret")
    AnswerFactory(doctor__name="Bo Elsewhere")

    assert {doctor.pk for doctor in directory(topic="pimples")} == {answer.doctor_id}
    page = Page(client.get("/doctors/?topic=pimples"))
    assert "Ada Secret" in page and "Bo Elsewhere" not in page


def test_names_are_told_on_the_page_in_its_data_and_in_the_api(client: Client, acne: Topic):
    assert acne.synonyms_named == ["Breakouts", "Pimples"]
    page = client.get("/topics/acne/").content.decode()
    assert "Also called: Breakouts, Pimples" in page
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["alternateName"] == ["Breakouts", "Pimples"]
    assert client.get("/api/v1/topics/acne/").json()["synonyms"] == ["Breakouts", "Pimples"]
    TopicSynonym.objects.get(slug="pimples").delete()
    assert "Also called: Breakouts<" in client.get("/topics/acne/").content.decode()


def test_whoever_searches_a_synonym_finds_the_topic(acne: Topic):
    assert search("pimples").topics == [acne]


def test_whoever_proposes_a_synonym_is_given_the_topic(acne: Topic):
    assert Topic.objects.by_names(["PIMPLES", "Acne", "Warts"]) == {"pimples": acne, "acne": acne}


@pytest.mark.parametrize(("name", "slug"), [("ACNE", "other"), ("Other", "acne"), ("pimples", "x"), ("X", "pimples")])
def test_one_name_leads_to_one_topic(acne: Topic, name: str, slug: str):
    for write in (partial(synonym, acne), lambda name, slug: Topic.objects.create(name=name, slug=slug)):
        with pytest.raises(IntegrityError), transaction.atomic():
            write(name, slug)


@pytest.mark.django_db(transaction=True)
def test_of_a_topic_and_a_synonym_of_one_name_at_one_moment_one_stays():
    topic = TopicFactory()
    for turn in range(5):
        name, slug = f"Name {turn}", f"name-{turn}"
        writes = [
            partial(synonym, topic, name, f"{slug}-s"),
            partial(Topic.objects.create, name=name.upper(), slug=f"{slug}-t"),
        ]

        outcomes = all_at_once(writes)

        assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1, outcomes


# --- Wider topics ----------------------------------------------------------------------------------------


def test_a_page_names_the_wider_topics_and_the_parts(client: Client):
    skin = TopicFactory(name="Skin", slug="skin")
    scars = TopicFactory(name="Scars", slug="scars", parent=skin)
    TopicFactory(name="Acne scars", slug="acne-scars", parent=scars)

    page = client.get("/topics/scars/").content.decode()

    assert {"/topics/skin/", "/topics/acne-scars/"} <= set(re.findall(r'href="(/topics/[\w-]+/)"', page))
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    way = json.loads(data)["breadcrumb"]["itemListElement"]
    assert [each["name"] for each in way] == ["Topics", "Skin", "Scars"]
    assert client.get("/api/v1/topics/scars/").json()["parent"]["slug"] == "skin"
    assert "part of Skin" in Page(client.get("/topics/"))


def test_topics_never_go_round():
    first = TopicFactory()
    second = TopicFactory(parent=first)
    third = TopicFactory(parent=second)

    for below in (first, second, third):
        with pytest.raises(IntegrityError), transaction.atomic():
            Topic.objects.filter(pk=first.pk).update(parent=below)


@pytest.mark.django_db(transaction=True)
def test_two_that_become_part_of_each_other_at_one_moment_do_not_both():
    for _ in range(5):
        first, second = TopicFactory.create_batch(2)

        outcomes = all_at_once([partial(_put_below, first, second), partial(_put_below, second, first)])

        assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1, outcomes


def _put_below(topic: Topic, wider: Topic) -> None:
    with transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(parent=wider)


def test_what_was_part_of_a_deleted_topic_stays():
    part = TopicFactory(parent=(wider := TopicFactory()))

    wider.delete()

    assert Topic.objects.get(pk=part.pk).parent is None


# --- What the page says ----------------------------------------------------------------------------------


@pytest.fixture
def filled(acne: Topic) -> Topic:
    """A topic with three questions, one of which waits, and three answers by two doctors."""
    ada, bo = DoctorFactory(name="Ada Most", slug="ada"), DoctorFactory(name="Bo Less", slug="bo")
    first, second = QuestionFactory(title="First?", topics=[acne]), QuestionFactory(title="Second?", topics=[acne])
    QuestionFactory(title="Third?", topics=[acne])
    AnswerFactory(question=first, doctor=ada, headline="Good", imported_upvote_count=50)
    AnswerFactory(question=first, doctor=bo, headline="Lesser", imported_upvote_count=5)
    AnswerFactory(question=second, doctor=ada, headline="Fair", imported_upvote_count=20)
    return acne


def test_a_page_says_how_much_there_is_and_who_answers_most(client: Client, filled: Topic):
    page = Page(client.get("/topics/acne/"))

    assert "3 questions, 3 answers by 2 doctors" in page
    assert "1 without an answer" in page
    text = client.get("/topics/acne/").content.decode()
    best = text[text.index('id="best"') : text.index('id="most"')]
    assert re.findall(r"#answer-\d+\">([^<]*)<", best) == ["Good", "Fair"]
    most = text[text.index('id="most"') : text.index("All doctors with answers")]
    assert re.findall(r'href="/doctors/(\w+)/"', most) == ["ada", "bo"]
    assert re.findall(r"(\d) answers? in this topic", most) == ["2", "1"]


def test_only_the_front_has_answers_and_doctors(client: Client, filled: Topic):
    for query in ("?sort=newest", "?sort=helpful"):
        page = client.get(f"/topics/acne/{query}").content.decode()
        assert 'id="best"' not in page and 'id="most"' not in page


def test_a_page_counts_what_can_be_read_today(client: Client, filled: Topic):
    client.get("/topics/acne/")
    question = filled.questions.get(title="First?")
    with transaction.atomic():
        hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    page = client.get("/topics/acne/").content.decode()
    assert "2 questions, 1 answer by 1 doctor" in Page(client.get("/topics/acne/"))
    assert "Good" not in page and "/doctors/bo/" not in page
    with transaction.atomic():
        restore_question(question.pk, reason="Why.", moderator=None)
    assert "3 questions, 3 answers by 2 doctors" in Page(client.get("/topics/acne/"))
    Doctor.objects.filter(slug="ada").update(is_listed=False)
    page = client.get("/topics/acne/").content.decode()
    assert 'href="/doctors/ada/"' not in page[page.index('id="most"') :]
    assert drifted() == []


def test_a_page_of_a_topic_asks_the_same_however_much_is_in_it(client: Client, django_assert_max_num_queries, acne):
    for _ in range(8):
        AnswerFactory(question=QuestionFactory(topics=[acne]))

    with django_assert_max_num_queries(28):
        client.get("/topics/acne/")


# --- Two become one --------------------------------------------------------------------------------------


def test_what_hangs_on_a_topic_goes_along(client: Client):
    old, new = TopicFactory(name="Zits", slug="zits", review_months=6), TopicFactory(name="Acne", slug="acne")
    synonym(old, "Pimples", "pimples")
    part, wider = TopicFactory(parent=old), TopicFactory()
    Topic.objects.filter(pk=old.pk).update(parent=wider, description="Spots.")
    both, one = QuestionFactory(topics=[old, new]), QuestionFactory(topics=[old])
    answers = [AnswerFactory(question=question) for question in (both, one)]
    doctor = DoctorFactory(specialty=SpecialtyFactory())
    old.specialties.add(doctor.specialty)
    desk = Desk.objects.create(doctor=doctor)
    desk.topics.add(old)
    reader, other = UserFactory(), UserFactory()
    for topic in (old, new):
        FollowFactory(user=reader, topic=topic, question=None)
    FollowFactory(user=other, topic=old, question=None)
    old.recalls.create(reason="New guidance.", made_by=UserFactory())

    merged = merge_topics(old.pk, new.pk)

    assert set(merged.questions.all()) == {both, one}
    assert merged.question_count == 2
    assert {row.doctor_id for row in TopicDoctor.objects.filter(topic=merged)} == {each.doctor_id for each in answers}
    assert Follow.objects.filter(topic=merged).count() == 2
    assert list(merged.desks.all()) == [desk]
    assert list(merged.specialties.all()) == [doctor.specialty]
    assert merged.recalls.count() == 1
    assert merged.synonyms_named == ["Pimples", "Zits"]
    assert (merged.description, merged.review_months, merged.parent) == ("Spots.", 6, wider)
    part.refresh_from_db()
    assert part.parent == merged
    for slug in ("zits", "pimples"):
        assert client.get(f"/topics/{slug}/")["Location"] == "/topics/acne/"
    one.refresh_from_db()
    assert one.topic_names == "Acne"
    assert drifted() == []


def test_every_table_that_hangs_on_a_topic_is_known_to_the_merge():
    """What is new here needs a line in `merge_topics`, and one in the tests above and below."""
    hangs = {relation.related_model._meta.label for relation in Topic._meta.related_objects}

    assert hangs == {
        *("questions.Topic", "questions.TopicSynonym", "questions.TopicDoctor", "questions.QuestionTopic"),
        *("questions.Question", "questions.FactKind", "questions.TopicPrompt", "questions.Follow"),
        *("questions.Recall", "questions.Desk"),
    }
    assert {field.name for field in Topic._meta.many_to_many} == {"specialties"}


def test_facts_go_to_what_asks_the_same_and_none_is_lost():
    old, new = TopicFactory.create_batch(2)
    same = {"key": "sessions", "form": "range", "unit": "sessions", "choices": {}}
    kind, twin = (FactKindFactory(topic=topic, label="Sessions", **same) for topic in (old, new))
    other = FactKindFactory(topic=old, key="redness", form="days")
    clash, _ = FactKindFactory(topic=old, key="pain", form="days"), FactKindFactory(topic=new, key="pain", form="range")
    alone, both, differs = AnswerFactory.create_batch(3)
    state = AnswerFact.objects.create
    state(answer=alone, kind=kind, span=Range(1, 3))
    for asked in (kind, twin):
        state(answer=both, kind=asked, span=Range(2, 4))
    state(answer=alone, kind=other, span=Range(5, 6))
    state(answer=alone, kind=clash, span=Range(7, 8))

    merge_topics(old.pk, new.pk)

    assert set(new.fact_kinds.values_list("key", flat=True)) == {"sessions", "redness", "pain", "pain-2"}
    assert alone.facts.get(kind=twin).span.lower == 1
    assert both.facts.count() == 1
    assert alone.facts.count() == 3
    assert not differs.facts.exists()


def test_facts_that_differ_stay_apart():
    old, new = TopicFactory.create_batch(2)
    same = {"key": "sessions", "form": "range", "unit": "sessions", "choices": {}}
    kind, twin = (FactKindFactory(topic=topic, label="Sessions", **same) for topic in (old, new))
    answer = AnswerFactory()
    AnswerFact.objects.create(answer=answer, kind=kind, span=Range(1, 3))
    AnswerFact.objects.create(answer=answer, kind=twin, span=Range(4, 5))

    merge_topics(old.pk, new.pk)

    assert sorted(fact.span.lower for fact in answer.facts.all()) == [1, 4]
    assert set(new.fact_kinds.values_list("key", flat=True)) == {"sessions", "sessions-2"}


def test_short_questions_go_along_with_their_replies():
    old, new = TopicFactory.create_batch(2)
    prompt, twin = (TopicPromptFactory(topic=topic, short_label="Skin type", choices=[]) for topic in (old, new))
    alone, both, differs = QuestionFactory.create_batch(3)
    PromptReply.objects.create(question=alone, prompt=prompt, text="Dry")
    for asked in (prompt, twin):
        PromptReply.objects.create(question=both, prompt=asked, text="Oily")
        PromptReply.objects.create(question=differs, prompt=asked, text=f"Reply {asked.pk}")

    merge_topics(old.pk, new.pk)

    assert set(new.prompts.values_list("short_label", flat=True)) == {"Skin type", "Skin type (2)"}
    assert alone.prompt_replies.get().prompt == twin
    assert [reply.text for reply in both.prompt_replies.all()] == ["Oily"]
    assert differs.prompt_replies.count() == 2
    assert TopicPrompt.objects.filter(topic=old).count() == 0


def test_a_topic_that_was_part_of_the_other_takes_its_place():
    wider = TopicFactory()
    old = TopicFactory(parent=wider)
    between = TopicFactory(parent=old)
    new = TopicFactory(parent=between)

    merge_topics(old.pk, new.pk)

    new.refresh_from_db()
    between.refresh_from_db()
    assert (new.parent, between.parent) == (wider, new)


def test_what_cannot_be_merged_is_said():
    topic = TopicFactory()

    with pytest.raises(NotMergedError):
        merge_topics(topic.pk, topic.pk)
    with pytest.raises(NotMergedError):
        merge_topics(topic.pk, 0)


@pytest.mark.django_db(transaction=True)
def test_while_topics_are_merged_questions_are_hidden_and_answered():
    old, new = TopicFactory.create_batch(2)
    questions = [QuestionFactory(topics=[old, new] if turn % 2 else [old]) for turn in range(6)]
    doctors = DoctorFactory.create_batch(3, specialty=None)
    why = {"reason": "Why.", "moderator": None}

    outcomes = all_at_once(
        [
            partial(merge_topics, old.pk, new.pk),
            *(partial(hide_question, question.pk, rule=1, **why) for question in questions[:3]),
            *(
                partial(AnswerFactory, question=questions[-1], doctor=each, answered_at=timezone.now())
                for each in doctors
            ),
        ]
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert QuestionTopic.objects.filter(topic=new).count() == 6
    assert drifted() == []


def test_staff_merge_topics_in_the_admin(admin_client: Client):
    old, new = TopicFactory(name="Zits", description="One."), TopicFactory(name="Acne", description="Two.")
    question = QuestionFactory(topics=[old])
    chosen = {"action": "merge_chosen", "_selected_action": [old.pk, new.pk]}

    asked = admin_client.post("/admin/questions/topic/", chosen)
    refused = admin_client.post("/admin/questions/topic/", {**chosen, "merge": "1"})
    done = admin_client.post(
        "/admin/questions/topic/", {**chosen, "merge": "1", "target": new.pk, "description": "Both."}, follow=True
    )

    assert "One." in Page(asked) and "Two." in Page(asked)
    assert refused.status_code == 422
    assert "Merged into Acne: Zits" in Page(done)
    merged = Topic.objects.get()
    assert (merged.description, list(merged.questions.all())) == ("Both.", [question])


def test_one_topic_alone_is_not_merged(admin_client: Client):
    topic = TopicFactory()

    chosen = {"action": "merge_chosen", "_selected_action": [topic.pk]}
    page = Page(admin_client.post("/admin/questions/topic/", chosen, follow=True))

    assert "Choose two topics or more." in page
