"""Mends the spelling of a query from the words of the site itself."""

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from questions.search.language import bare
from questions.search.statements import run
from questions.search.terms import Terms

# Words of the site that others are mended to: the commonest ones.
KNOWN_WORDS = 60_000
SHORTEST = 4
LONGEST = 30
_WORDS = "SELECT word, count FROM questions_word ORDER BY count DESC, word LIMIT %(most)s"
# A word of a text that was just hidden is still counted until the night: rare ones are looked up.
RARE = 20
_READABLE = """
    SELECT given.word FROM unnest(%(words)s::text[]) AS given (word)
    CROSS JOIN LATERAL (SELECT phraseto_tsquery('english', given.word) AS query OFFSET 0) asked
    WHERE EXISTS (SELECT FROM questions_question q WHERE q.search @@ asked.query AND q.state = 'published')
        OR EXISTS (
            SELECT FROM questions_answer a JOIN questions_question q ON q.id = a.question_id AND q.state = 'published'
            JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > CURRENT_DATE
            WHERE a.search @@ asked.query AND a.state = 'published'
        )
        OR EXISTS (SELECT FROM doctors_doctor d WHERE d.search @@ asked.query AND d.is_listed)
        OR EXISTS (SELECT FROM questions_topic t WHERE t.search @@ asked.query)
        OR EXISTS (
            SELECT FROM questions_synonymgroup s
            WHERE to_tsvector('english', search_fold(array_to_string(s.words, ' '))) @@ asked.query
        )
"""


def mend(words: str, terms: Terms) -> str:
    """Return a query with its unknown words mended, or nothing where there is none to be mended. At most two queries.

    Nobody is led to a word that they could not read here.
    """
    unknown = {text: plain for text, plain in terms.unknown.items() if _can_be_mended(plain)}
    if not unknown:
        return ""
    vocabulary = _words(terms.vocabulary.version)
    closest = {text: _closest(plain, vocabulary) for text, plain in unknown.items()}
    rare = [word for word, count in closest.values() if word and count <= RARE]
    readable = {word for (word,) in run(_READABLE, {"words": rare})} if rare else set()
    mended = {text: word for text, (word, count) in closest.items() if word and (count > RARE or word in readable)}
    return " ".join(_put(piece, mended) for piece in words.split()) if mended else ""


def _put(piece: str, mended: dict[str, str]) -> str:
    """Return a piece of a query with its word mended, and the signs around it as they were."""
    word = bare(piece)
    return piece.replace(word, mended[word]) if word in mended else piece


def _can_be_mended(text: str) -> bool:
    return SHORTEST <= len(text) <= LONGEST and text.isalpha()


@lru_cache(maxsize=1)
def _words(version: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    rows = run(_WORDS, {"most": KNOWN_WORDS})
    return tuple(word for word, _ in rows), tuple(count for _, count in rows)


def _closest(word: str, vocabulary: tuple[tuple[str, ...], tuple[int, ...]]) -> tuple[str, int]:
    """Return the word that was most likely meant, or nothing: few letters differ, and many texts have it; how many."""
    words, counts = vocabulary
    most = 1 if len(word) <= 5 else 2 if len(word) <= 8 else 3
    near = process.extract(word, words, scorer=OSA.distance, score_cutoff=most, limit=30)
    if not near:
        return "", 0
    best = min(near, key=lambda each: (_badness(word, each[0], int(each[1])), -counts[each[2]], each[0]))
    return best[0], counts[best[2]]


def _badness(word: str, other: str, distance: int) -> float:
    # People know how a word begins; and they write letters once that stand twice.
    return distance + 0.5 * (word[0] != other[0]) - 0.3 * (_once(word) == _once(other))


def _once(word: str) -> str:
    return "".join(letter for place, letter in enumerate(word) if word[place - 1 : place] != letter)
