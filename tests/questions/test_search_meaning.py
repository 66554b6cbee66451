"""Search by meaning: what it finds beside the words, when it is found anew, and what happens where it cannot be."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from qa_forum import embedded_postgres
from questions.models import MEANING_NUMBERS, Meaning, Question
from questions.search import Filters, meaning, search
from questions.search.fusion import fuse_scores
from questions.search.points import find_due, find_some_due, make_all_due
from questions.search.statements import within
from questions.tasks import find_meaning
from tests.factories import AnswerFactory, QuestionFactory

pytestmark = pytest.mark.django_db

# The same thing without a word in common.
DIVORCE, MARRIAGE = "husband wants a divorce", "Our marriage is falling apart"


@pytest.fixture
def model() -> None:
    """Where the extra is not installed, or a server of somebody's own has no pgvector, what needs them is skipped."""
    pytest.importorskip("wordllama")
    reason = meaning.prepare()
    if reason and not embedded_postgres.is_used():
        pytest.skip(reason)
    assert reason == ""


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where the extra is not installed."""
    monkeypatch.setitem(sys.modules, "wordllama", None)
    meaning._model.cache_clear()
    yield
    meaning._model.cache_clear()


def found(words: str, filters: Filters | None = None) -> list[Question]:
    return [hit.question for hit in search(words, filters).hits]


def near(words: str) -> list[int] | None:
    with within() as clock:
        nearest = meaning.find_by_meaning(clock, words, Filters())
    return None if nearest is None else [each.question for each in nearest]


def due() -> set[int]:
    return set(Meaning.objects.filter(is_due=True).values_list("pk", flat=True))


# --- With a model ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("model")
def test_what_means_the_same_in_other_words_is_found():
    wanted = QuestionFactory(title=MARRIAGE, body="")
    QuestionFactory(title="Does a cast get wet in the shower?", body="My wrist is broken.")
    assert found(DIVORCE) == []
    find_due()

    assert found(DIVORCE) == [wanted]
    assert near(DIVORCE) == [wanted.pk]


@pytest.mark.usefixtures("model")
def test_what_stands_high_by_words_and_by_meaning_stands_first():
    both = QuestionFactory(title="Is my eczema a skin allergy?", body="")
    words = QuestionFactory(title="Opening hours", body="The poster in the hall said eczema somewhere.")
    find_due()

    assert found("eczema") == [both, words]


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    "words", ['"divorce"', "divorce -lamp", "qqqqqqqq", "the of and is", "  ", "🙂", "\0", "x" * 9000]
)
def test_who_insists_on_words_or_says_nothing_finds_nothing_by_meaning(words: str):
    QuestionFactory(title=MARRIAGE, body="")
    find_due()

    assert found(words) == []


@pytest.mark.usefixtures("model")
def test_filters_and_states_hold_for_what_is_found_by_meaning():
    answered = AnswerFactory(question__title=MARRIAGE, body="A counsellor can help a marriage.").question
    hidden = QuestionFactory(title=MARRIAGE)
    Question.objects.filter(pk=hidden.pk).update(state="withdrawn")
    find_due()

    assert found(DIVORCE, Filters(answered=True)) == [answered]
    assert found(DIVORCE, Filters(answered=False)) == []


@pytest.mark.usefixtures("model")
def test_a_question_that_is_a_title_alone_shows_its_best_answer():
    answer = AnswerFactory(question__title=MARRIAGE, question__body="", body="A counsellor can help a marriage.")
    find_due()

    (hit,) = search(DIVORCE).hits

    assert hit.answer == answer
    assert "A counsellor can help" in hit.extract


@pytest.mark.usefixtures("model")
def test_pages_of_both_hold_each_question_once():
    questions = {QuestionFactory(title=f"Why am I sad and depressed, part {number}?").pk for number in range(9)}
    find_some_due()

    cursor, seen = "", []
    while True:
        page = search("sad and depressed", cursor=cursor, size=4)
        seen += [hit.question.pk for hit in page.hits]
        if not (cursor := page.after):
            break

    assert sorted(seen) == sorted(questions)


@pytest.mark.usefixtures("model")
def test_a_search_by_both_takes_at_most_three_queries_more(django_assert_max_num_queries):
    AnswerFactory(question__title=MARRIAGE, body="A counsellor can help a marriage.")
    find_due()

    with django_assert_max_num_queries(29):
        assert found(DIVORCE)


@pytest.mark.usefixtures("model")
def test_points_have_length_one_and_answers_move_them():
    alone = meaning.embed_question("Why is it swollen?", "", [])
    answered = meaning.embed_question("Why is it swollen?", "", ["The knee is inflamed: arthritis."])
    knee = meaning.embed("arthritis of the knee")

    assert alone and answered and knee and len(alone) == len(answered) == MEANING_NUMBERS
    assert sum(number * number for number in answered) == pytest.approx(1)
    assert sum(map(float.__mul__, answered, knee)) > sum(map(float.__mul__, alone, knee))
    assert meaning.embed(" \0 ") is None
    assert meaning.embed_question("\0", "", []) is None


@pytest.mark.usefixtures("model")
def test_the_worker_and_the_command_find_what_is_due():
    first, second = QuestionFactory(), QuestionFactory()
    assert due() == {first.pk, second.pk}

    find_meaning(timestamp=0)
    assert due() == set()
    assert not Meaning.objects.filter(vector=None).exists()

    out = StringIO()
    call_command("fill_meaning", stdout=out)
    assert "0 questions" in out.getvalue()
    call_command("fill_meaning", all=True, stdout=out)
    assert "2 questions" in out.getvalue()

    Meaning.objects.filter(pk=first.pk).update(model="another")
    Meaning.objects.filter(pk=second.pk).delete()
    assert near(first.title) == []
    call_command("fill_meaning", stdout=out)
    assert out.getvalue().count("2 questions") == 2


@pytest.mark.usefixtures("model")
def test_the_index_serves_the_search():
    """On a table that is worth an index."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT question_id FROM questions_meaning ORDER BY vector::halfvec(256)"
            " <=> array_fill(0.1::real, array[256])::halfvec(256) LIMIT 100"
        )
        assert meaning.INDEX in str(cursor.fetchall())


# --- What is due -------------------------------------------------------------------------------------------


def all_found() -> None:
    Meaning.objects.update(is_due=False)


def test_every_change_of_words_makes_a_question_due_and_nothing_else_does():
    answer = AnswerFactory()
    question, other = answer.question, QuestionFactory()
    assert due() == {question.pk, other.pk}

    for change in (
        lambda: Question.objects.filter(pk=question.pk).update(title="Another title?"),
        lambda: Question.objects.filter(pk=question.pk).update(body="Another body."),
        lambda: (
            type(answer).objects.filter(pk=answer.pk).update(body="Another body.", body_html="<p>Another body.</p>")
        ),
        lambda: type(answer).objects.filter(pk=answer.pk).update(headline="Another headline"),
        lambda: type(answer).objects.filter(pk=answer.pk).update(state="withdrawn"),
        lambda: AnswerFactory(question=question),
        answer.delete,  # The last: it is gone then.
    ):
        all_found()
        change()
        assert due() == {question.pk}

    all_found()
    Question.objects.filter(pk=question.pk).update(is_urgent=False, title="Another title?")
    assert due() == set()
    question.delete()
    assert not Meaning.objects.filter(pk=question.pk).exists()


def test_a_point_of_another_length_is_refused():
    question = QuestionFactory()

    with pytest.raises(IntegrityError, match="meaning_has_its_numbers"), transaction.atomic():
        Meaning.objects.filter(pk=question.pk).update(vector=[0.1, 0.2])


def test_an_answer_that_moves_makes_both_questions_due():
    answer, other = AnswerFactory(), QuestionFactory()
    all_found()

    type(answer).objects.filter(pk=answer.pk).update(question=other)

    assert due() == {answer.question_id, other.pk}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("model")
def test_words_that_change_while_their_meaning_is_found_are_due_again():
    question = QuestionFactory(title="Before?")
    is_taken, is_changed = Event(), Event()

    def change() -> None:
        is_taken.wait(30)
        try:
            with transaction.atomic():
                is_changed.set()  # From here on it waits for the row.
                Question.objects.filter(pk=question.pk).update(title="After?")
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool, transaction.atomic():
        changing = pool.submit(change)
        assert find_due() == 1
        is_taken.set()
        is_changed.wait(30)
        assert not changing.done()
    changing.result(30)

    assert due() == {question.pk}


# --- Without -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_model")
def test_without_the_package_words_alone_decide_and_it_is_said():
    question = QuestionFactory(title="Is my eczema a skin allergy?")

    assert found("eczema") == [question]
    assert near("eczema") is None
    assert meaning.embed("eczema") is None
    assert "wordllama is not installed" in meaning.why_not()
    find_meaning(timestamp=0)
    assert due() == {question.pk}
    with pytest.raises(CommandError, match="wordllama is not installed"):
        call_command("fill_meaning")


@pytest.mark.usefixtures("model")
def test_without_extension_or_vectors_words_alone_decide_and_it_is_said():
    question = QuestionFactory(title="Is my eczema a skin allergy?")
    find_due()
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")

    assert found("eczema") == [question]
    assert near("eczema") is None
    assert "fill_meaning" in meaning.why_not()
    make_all_due()
    assert find_some_due() == 1


@pytest.mark.usefixtures("model")
def test_a_role_that_may_make_no_extension_is_told_who_may():
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")
        cursor.execute("CREATE ROLE nobody_much NOLOGIN")
        cursor.execute("GRANT pg_read_all_data TO nobody_much")
        cursor.execute("SET LOCAL ROLE nobody_much")

        assert "CREATE EXTENSION vector" in meaning.prepare()
        cursor.execute("RESET ROLE")


def test_a_place_counts_as_the_formula_says():
    assert fuse_scores([7, 8], [8]) == {7: 1 / 61, 8: 1 / 62 + 1 / 61}
