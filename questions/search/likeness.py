"""Questions alike: whose titles say what another title says, whatever words it uses."""

from questions.search.engine import RARE
from questions.search.language import Query, Unit
from questions.search.spelling import mend
from questions.search.statements import within
from questions.search.terms import Terms, rarest_together, read_terms

# So many of those that share a telling word are looked at, and so many that have all of them.
CANDIDATES, WITH_ALL = 800, 50
# Of what a title says, so much must be there: in the title, or for this part in topics and body.
LEAST_COVER, ELSEWHERE = 0.5, 0.4
# Nobody who asks waits longer.
SECONDS = 1.0

_TITLE = "to_tsvector('english'::regconfig, COALESCE(search_fold(q.title), ''))"
_FIND = f"""
    WITH terms AS MATERIALIZED (
        SELECT * FROM unnest(%(terms)s::text[]::tsquery[], %(weights)s::float8[]) AS t (query, weight)
    ), candidates AS (
        -- Those with all the words first, however common each is.
        (SELECT q.id FROM questions_question q WHERE {_TITLE} @@ %(all)s::tsquery AND q.state = 'published'
            LIMIT %(with_all)s)
        UNION
        (SELECT q.id FROM questions_question q WHERE {_TITLE} @@ %(telling)s::tsquery AND q.state = 'published'
            LIMIT %(candidates)s)
    ), covering AS (
        SELECT q.id, q.answer_count, ts_rank(q.search, %(any)s::tsquery) AS rank, (
            SELECT sum(weight * CASE
                WHEN title.words @@ query THEN 1 WHEN q.search @@ query THEN {ELSEWHERE} ELSE 0
            END) FROM terms
        ) / %(total)s AS cover
        FROM candidates JOIN questions_question q USING (id)
        CROSS JOIN LATERAL (SELECT ts_filter(q.search, '{{a}}') AS words OFFSET 0) title
        WHERE q.id <> %(self)s
    )
    SELECT id FROM covering WHERE cover >= %(least)s
    ORDER BY round(cover::numeric, 6) DESC, rank DESC, answer_count DESC, id DESC LIMIT %(most)s
"""


def find_alike(title: str, *, besides: int = 0, most: int, least: float = LEAST_COVER) -> list[int]:
    """Return keys of published questions whose titles share most of a title's telling words, closest first.

    At most nine queries; `SearchTooSlow` where the database takes more than a second.
    """
    with within(SECONDS) as clock:
        terms = _terms(title)
        if not terms.terms:
            return []
        values = {
            "terms": [term.query for term in terms.terms],
            "weights": [term.weight for term in terms.terms],
            "total": sum(term.weight for term in terms.terms),
            "all": terms.all_of_them,
            "any": terms.any_of(terms.terms),
            "telling": terms.any_of(rarest_together(terms.terms, RARE)),
            "with_all": WITH_ALL,
            "candidates": CANDIDATES,
            "self": besides,
            "least": least,
            "most": most,
        }
        return [key for (key,) in clock.run(_FIND, values)]


def _terms(title: str) -> Terms:
    """Read a title as a sentence: nothing in it is an operator. Misspelt words are mended."""
    terms = read_terms(_sentence(title))
    mended = mend(title, terms)
    return read_terms(_sentence(mended)) if mended else terms


def _sentence(title: str) -> Query:
    return Query(tuple(Unit((word,)) for word in title.split() if any(sign.isalnum() for sign in word)))
