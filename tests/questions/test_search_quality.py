"""How good the search is: what a newcomer types finds the right page, and figures say how often."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.models import Question, SynonymGroup
from questions.search.measure import Figures, Judged, gain, mean, measure_each
from questions.search.vocabulary import count_all_words
from tests.factories import QuestionFactory

pytestmark = pytest.mark.django_db

QUERIES = Path(__file__).parent.parent / "data" / "search_queries.jsonl"
SHARED = Path(__file__).parents[3] / "shared" / "data"


def test_the_synonyms_that_come_along_are_enough_and_none_is_empty():
    groups = list(SynonymGroup.objects.all())

    assert len(groups) >= 250
    assert not [group for group in groups if "" in group.keys]
    assert not [group for group in groups if len(set(group.keys)) < 2]


def test_no_synonym_turns_its_sense_when_stop_words_fall_away():
    """“Not sleeping” would be “sleep” to the search."""
    first_words = {"no", "not", "the", "without", "after", "before"}
    words = [word for group in SynonymGroup.objects.all() for word in group.words]

    assert not [word for word in words if word.split()[0] in first_words and len(word.split()) == 2]


# --- The command -------------------------------------------------------------------------------------------


def write(path: Path, *lines: dict) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def measured(*arguments: object) -> str:
    out = StringIO()
    call_command("measure_search", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_figures_of_a_search_are_told_for_words_meaning_and_both(tmp_path: Path):
    QuestionFactory(title="Does eczema itch?", external_id="a:1")
    QuestionFactory(title="Is a melanoma dangerous?", external_id="a:2")
    file = write(
        tmp_path / "queries.jsonl",
        {"query": "eczema", "relevant": {"a:1": 3}},
        {"query": "melanoma", "relevant": {"a:1": 3, "elsewhere": 2}},
        {"query": "unknown", "relevant": {"elsewhere": 1}},
    )

    told = measured(file, "--plain")

    assert "2 queries, 1 left out" in told
    assert "words        0.500   0.500    0.500" in told
    assert "plain        0.500   0.500    0.500" in told
    assert "meaning " in told and "both " in told


def test_every_third_line_can_be_put_aside(tmp_path: Path):
    QuestionFactory(title="Does eczema itch?", external_id="a:1")
    file = write(tmp_path / "queries.jsonl", *[{"query": "eczema", "relevant": {"a:1": 1}}] * 7)

    assert "5 queries" in measured(file, "--tuning")
    assert "2 queries" in measured(file, "--held-out")


@pytest.mark.parametrize("content", ["", "{", "[1", '{"query": "x", "relevant": {}}', "\ud800"])
def test_a_file_that_says_nothing_is_refused_in_words(tmp_path: Path, content: str):
    file = tmp_path / "queries.jsonl"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))

    with pytest.raises(CommandError):
        measured(file)


def test_grades_and_places_make_the_figures():
    judged = [Judged("x", {1: 3, 2: 1})]

    perfect, turned = mean(measure_each(judged, lambda _: [1, 2])), mean(measure_each(judged, lambda _: [9, 2, 1]))

    assert (perfect.recall, perfect.mrr, perfect.ndcg) == (1, 1, 1)
    assert (turned.recall, turned.mrr) == (1, 0.5)
    assert 0.5 < turned.ndcg < 0.6
    assert measure_each(judged, lambda _: None) is None
    assert mean([]) == Figures(0, 0, 0)


def test_what_one_ranking_gains_over_another_is_told_with_its_interval():
    better, worse = [Figures(1, 1, value) for value in (0.5, 0.9, 0.7)], [Figures(1, 1, 0.5)] * 3

    more, low, high = gain(better, worse)

    assert more == pytest.approx(0.2)
    assert 0 <= low < more < high < 0.41
    assert gain(better, worse) == (more, low, high)


def test_the_judged_queries_are_whole():
    lines = [json.loads(line) for line in QUERIES.read_text().splitlines()]

    assert len(lines) >= 120
    assert len({line["query"] for line in lines}) == len(lines)
    assert all(set(line) == {"query", "relevant"} and line["relevant"] for line in lines)
    assert {grade for line in lines for grade in line["relevant"].values()} == {1, 2, 3}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not beside the project")
def test_the_search_beats_the_plain_one_by_far():
    call_command("import_questions", *map(str, sorted(SHARED.glob("*.jsonl"))), stdout=StringIO())
    count_all_words()

    lines = measured(QUERIES, "--plain").splitlines()
    plain, words = (float(line.split()[-1]) for line in lines if line.startswith(("plain", "words")))

    assert words > plain + 0.4
    assert Question.objects.count() > 900
