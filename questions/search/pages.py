"""One search from its words to a page of results."""

from dataclasses import dataclass, field, replace

from django.utils.safestring import SafeString

from doctors.models import Doctor
from qa_forum.keyset import decode, encode
from questions.bodies import plain
from questions.models import Answer, Question, Topic
from questions.search.engine import Found, find_all_terms, find_some_terms
from questions.search.extracts import EXTRACTED_CHARACTERS, mark_words
from questions.search.filters import Filters
from questions.search.fusion import fuse_scores
from questions.search.language import Query, parse
from questions.search.meaning import find_by_meaning
from questions.search.spelling import mend
from questions.search.statements import Clock, run, within
from questions.search.terms import Terms, read_terms

PAGE_SIZE = 20
# Fewer than this, and what has only some of the words is shown after what has all.
ENOUGH = 10
BESIDE = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """One question that was found: its title and an extract with the words marked, and whose words they are."""

    question: Question
    title: SafeString
    extract: SafeString
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found, and the cursor to the next one (empty: there is none).

    ``words`` were searched for, which are ``asked`` or, where these found nothing, those words mended. Doctors and
    topics stand on the first page only.
    """

    hits: list[Hit]
    after: str
    words: str = ""
    asked: str = ""
    doctors: list[Doctor] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)

    @property
    def is_mended(self) -> bool:
        """Whether other words were searched for than those that came."""
        return self.words != self.asked


def search(
    words: str, filters: Filters | None = None, cursor: str = "", *, is_exact: bool = False, size: int = PAGE_SIZE
) -> Results:
    """Return questions that match in their own words or in an answer's, best first, with doctors and topics.

    ``is_exact`` never mends the words. At most 26 queries, 29 where it searches by meaning, too;
    `SearchTooSlow` where the database takes more than 2 s.
    """
    filters = filters or Filters()
    words = words.replace("\0", " ")
    place = decode(cursor, float) if cursor else None
    with within() as clock:
        searched, terms, found = find(clock, words, filters, is_exact=is_exact)
        found = with_meaning(clock, searched, terms, filters, found)
        if place:
            found = [each for each in found if (each.score, each.question) < place]
        more, found = len(found) > size, found[:size]
        hits = _hits(terms, found) if found else []
        doctors, topics = ([], []) if cursor else (_doctors(terms), _topics(terms))
    after = encode(found[-1].score, found[-1].question) if more else ""
    return Results(hits, after, searched, words, doctors, topics)


def find(clock: Clock, words: str, filters: Filters, *, is_exact: bool = False) -> tuple[str, Terms, list[Found]]:
    """Return the words that were searched for, what they mean, and all that was found, best first."""
    query = parse(words)
    terms = read_terms(query)
    if not terms.terms:
        return words, terms, []
    found = find_all_terms(clock, terms, filters)
    if not is_exact and len(found) < ENOUGH:
        mended = mend(words, terms)
        if mended and (better := _search_mended(clock, mended, filters, fewest=len(found))):
            return better
    return words, terms, _with_some(clock, query, terms, filters, found)


def with_meaning(clock: Clock, words: str, terms: Terms, filters: Filters, found: list[Found]) -> list[Found]:
    """Join what was found by words with what means the same, unless somebody insisted on certain words. Three queries.

    Scores are then those of the fusion. What was found by meaning alone covers nothing of the query.
    """
    if not terms.terms or terms.excluded or any(unit.is_phrase for unit in parse(words).units):
        return found
    near = find_by_meaning(clock, words, filters)
    if not near:
        return found
    by_key = {each.question: Found(each.question, 0, each.answer, 0) for each in near}
    by_key |= {each.question: each for each in found}
    scores = fuse_scores([each.question for each in found], [each.question for each in near])
    joined = [replace(each, score=round(scores[key], 9)) for key, each in by_key.items()]
    return sorted(joined, key=lambda each: (each.score, each.question), reverse=True)


def _search_mended(clock: Clock, words: str, filters: Filters, *, fewest: int) -> tuple[str, Terms, list[Found]] | None:
    query = parse(words)
    terms = read_terms(query)
    found = _with_some(clock, query, terms, filters, find_all_terms(clock, terms, filters))
    return (words, terms, found) if len(found) > fewest else None


def _with_some(clock: Clock, query: Query, terms: Terms, filters: Filters, found: list[Found]) -> list[Found]:
    """Add what has only some of the words, where few have all and nobody insisted on a phrase."""
    if len(found) >= ENOUGH or len(terms.terms) < 2 or any(unit.is_phrase for unit in query.units):
        return found
    return find_some_terms(clock, terms, filters)


_DOCTORS = """
    SELECT id FROM doctors_doctor WHERE search @@ %(query)s::tsquery AND is_listed
    ORDER BY answer_count DESC, id LIMIT %(most)s
"""
_TOPICS = """
    SELECT id FROM questions_topic WHERE search @@ %(query)s::tsquery
    ORDER BY question_count DESC, id LIMIT %(most)s
"""


def _doctors(terms: Terms) -> list[Doctor]:
    """Return the few doctors whose own row has every word, those with most answers first. Two queries."""
    keys = _beside(_DOCTORS, terms)
    found = Doctor.objects.visible().defer("search").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _topics(terms: Terms) -> list[Topic]:
    """Return the few topics whose own row has every word, the busiest first. Two queries."""
    keys = _beside(_TOPICS, terms)
    found = Topic.objects.only("name", "slug", "question_count").in_bulk(keys)
    return [found[key] for key in keys]


def _beside(statement: str, terms: Terms) -> list[int]:
    if not terms.terms:
        return []
    return [key for (key,) in run(statement, {"query": terms.without_excluded(terms.all_of_them), "most": BESIDE})]


def _hits(terms: Terms, found: list[Found]) -> list[Hit]:
    questions = Question.objects.visible().with_lists().defer("search").in_bulk([each.question for each in found])
    answers = Answer.objects.visible().select_related("doctor").defer("search")
    answers_by_key = answers.in_bulk([each.answer for each in found if each.answer])
    rows = [
        (questions[each.question], answers_by_key.get(each.answer or 0)) for each in found if each.question in questions
    ]
    query = terms.any_of(terms.terms)
    titles = mark_words(query, [question.title for question, _ in rows], is_whole=True)
    bodies = [(answer or question).body_html[: 2 * EXTRACTED_CHARACTERS] for question, answer in rows]
    extracts = mark_words(query, [plain(body) for body in bodies])
    return [Hit(*row) for row in zip((q for q, _ in rows), titles, extracts, (a for _, a in rows), strict=True)]
