"""What the search stands on: vectors with copied names, plain letters, synonyms, and the site's own words."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from questions.models import Question, SynonymGroup, Topic, Vocabulary, Word
from questions.search import search
from questions.search.vocabulary import count_all_words, count_new_words
from questions.services import hide_question, hold_topic
from tests.crowd import all_at_once
from tests.factories import AnswerFactory, DoctorFactory, QuestionFactory, SpecialtyFactory, TopicFactory

pytestmark = pytest.mark.django_db


def found(words: str) -> list[Question]:
    return [hit.question for hit in search(words).hits]


def refused(constraint: str, write: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


# --- Copied names ----------------------------------------------------------------------------------------


def test_a_question_is_found_by_the_names_of_its_topics():
    topic = TopicFactory(name="Eyelid surgery")
    question = QuestionFactory(title="How soon may I fly?", topics=[topic, TopicFactory(name="Travel")])

    assert found("eyelid travel") == [question]


def test_a_renamed_topic_is_found_by_its_new_name_only():
    topic = TopicFactory(name="Eyelids")
    question = QuestionFactory(title="How soon may I fly?", topics=[topic])

    with transaction.atomic():
        hold_topic(topic.pk)
        topic.name = "Blepharoplasty"
        topic.save()

    assert (found("eyelids"), found("blepharoplasty")) == ([], [question])


def test_a_topic_that_was_taken_away_lends_its_name_no_more():
    topic = TopicFactory(name="Eyelids")
    question = QuestionFactory(title="How soon may I fly?", topics=[topic])

    question.topics.clear()
    question.refresh_from_db()

    assert (question.topic_names, found("eyelids")) == ("", [])


def test_a_deleted_topic_lends_its_name_no_more():
    topic = TopicFactory(name="Eyelids")
    question = QuestionFactory(title="How soon may I fly?", topics=[topic, TopicFactory(name="Travel")])

    topic.delete()
    question.refresh_from_db()

    assert question.topic_names == "Travel"


def test_a_doctor_is_found_by_name_credentials_specialty_and_place():
    specialty = SpecialtyFactory(name="Dermatology")
    doctor = DoctorFactory(name="Zoë Ångström", credentials="FRCP", specialty=specialty, place="Málaga")

    for words in ("zoe angstrom", "Ångström dermatology", "frcp", "malaga dermatology"):
        assert search(words).doctors == [doctor]
    specialty.name = "Skin medicine"
    specialty.save()
    assert (search("angstrom dermatology").doctors, search("angstrom skin").doctors) == ([], [doctor])


def test_a_doctor_who_is_not_listed_is_never_found():
    DoctorFactory(name="Zoe Angstrom", is_listed=False)

    assert search("angstrom").doctors == []


def test_a_topic_is_found_by_its_name_and_its_description():
    topic = TopicFactory(name="Eyelid surgery", description="What is done about hooded lids.")

    assert search("eyelid").topics == search("hooded").topics == [topic]


# --- Plain letters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("naïve café", "naive cafe"),
        ("oedema", "œdema"),
        ("Ménière", "meniere"),
        ("Sjo\u0308gren", "sjögren"),
        ("ß", "ss"),
    ],
)
def test_accents_do_not_part_words(written: str, typed: str):
    question = QuestionFactory(title=f"About {written} today")

    assert found(typed) == found(f'"{written}"') == [question]


def test_folding_reads_no_search_path():
    """A restore and an index of expressions run with none."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL search_path = pg_catalog")
        cursor.execute("SELECT public.search_fold('Café'), public.search_keys(ARRAY['Heart attacks'])")
        assert cursor.fetchone() == ("Cafe", ["'heart' <-> 'attack'"])
        cursor.execute("SET LOCAL search_path = public")


# --- Synonyms --------------------------------------------------------------------------------------------


def test_synonyms_are_found_both_ways_and_as_phrases():
    SynonymGroup.objects.create(words=["heart burst", "myocardial rupture"])
    lay = QuestionFactory(title="Can a heart burst from running?")
    clinical = AnswerFactory(body="A myocardial rupture is rare.").question
    apart = QuestionFactory(title="A rupture of a tendon, myocardial or not")

    assert set(found("heart bursts")) == {lay, clinical}
    assert set(found("myocardial rupture")) == {lay, clinical, apart}


def test_synonyms_are_two_or_more():
    refused("synonyms_are_two_or_more", lambda: SynonymGroup.objects.create(words=["alone"]))


# --- The site's own words --------------------------------------------------------------------------------


def test_words_are_counted_once_for_each_text_that_has_them():
    QuestionFactory(title="Eczema eczema", body="eczema")
    AnswerFactory(body="Eczéma itches", question__title="x")

    count_new_words()
    count_new_words()

    assert Word.objects.get(word="eczema").count == 2
    assert Vocabulary.objects.get().document_count == 3


def test_counting_anew_forgets_what_is_gone():
    question = QuestionFactory(title="Wilhelmina has eczema")
    QuestionFactory(title="More eczema")
    count_new_words()

    hide_question(question.pk, rule=1, reason="Why.", moderator=None)
    count_all_words()

    assert not Word.objects.filter(word="wilhelmina").exists()
    assert Word.objects.get(word="eczema").count >= 1


def test_a_database_that_was_emptied_counts_again():
    Vocabulary.objects.all().delete()
    QuestionFactory(title="Does eczema itch?")

    assert [hit.question.title for hit in search("eczema").hits] == ["Does eczema itch?"]
    assert (count_new_words(), count_all_words()) == (1, 1)


def test_there_is_one_vocabulary():
    refused("one_vocabulary", lambda: Vocabulary.objects.create(pk=2))


def test_a_misspelt_word_is_mended_and_both_are_told():
    question = QuestionFactory(title="Does eczema itch at night?")
    count_all_words()

    results = search("ezcema itch")

    assert [hit.question for hit in results.hits] == [question]
    assert (results.words, results.asked, results.is_mended) == ("eczema itch", "ezcema itch", True)
    assert search("ezcema", is_exact=True).hits == []


def test_nobody_is_led_to_a_word_of_a_hidden_text():
    hidden = QuestionFactory(title="Wilhelmina itches")
    QuestionFactory(title="Does eczema itch?")
    count_all_words()
    hide_question(hidden.pk, rule=1, reason="Why.", moderator=None)

    assert search("wilhelmnia itch").words == "wilhelmnia itch"


def test_signs_around_a_misspelt_word_do_not_keep_it_from_being_mended():
    QuestionFactory(title="Does eczema itch at night?")
    count_all_words()

    assert search("itch, ezcema?").words == "itch, eczema?"


@pytest.mark.django_db(transaction=True)
def test_a_topic_is_renamed_while_its_questions_change():
    """Whoever holds a question waits for its topic; a rename holds the questions first."""
    topic = TopicFactory(name="Eyelids")
    questions = QuestionFactory.create_batch(4, topics=[topic])

    def rename(name: str) -> None:
        with transaction.atomic():
            hold_topic(topic.pk)
            Topic.objects.filter(pk=topic.pk).update(name=name)

    def hide(key: int) -> None:
        hide_question(key, rule=1, reason="Why.", moderator=None)

    outcomes = all_at_once(
        [*(partial(hide, question.pk) for question in questions), *(partial(rename, f"Lids {n}") for n in range(4))]
    )

    assert outcomes == [None] * 8
    name = Topic.objects.get().name
    assert set(Question.objects.values_list("topic_names", flat=True)) == {name}


def test_a_word_that_the_site_knows_is_never_mended():
    QuestionFactory(title="A scar on my chin")
    QuestionFactory(title="A scab on my chin")
    count_all_words()

    assert search("scab").words == "scab"
