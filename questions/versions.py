"""Versions of this room's pages for strangers: see ``qa_forum.versions``."""

from django.http import HttpRequest

from qa_forum.prepared import run_prepared
from qa_forum.versions import digest
from questions.lists import MANY
from questions.models import REVIEW_MONTHS, Question, Topic
from questions.topics import MOST_ACTIVE, best_keys

# Every row that the page shows, in one planned statement. Whether a check is valid and whether an answer is due follow
# the calendar, not a write: a day that passes changes the page although no row did.
_QUESTION = f"""
    WITH shown AS MATERIALIZED (
        SELECT id, doctor_id, decision_id, coalesce(confirmed_at, answered_at) AS last_word, xmin FROM questions_answer
        WHERE question_id = %(question)s AND state IN ('published', 'hidden')
    )
    SELECT q.slug, q.state, concat_ws(
        ' ', q.xmin,
        (SELECT xmin FROM accounts_user WHERE id = q.asker_id),
        (SELECT xmin FROM moderation_decision WHERE id = q.decision_id),
        (SELECT string_agg(concat_ws(':', qt.id, qt.xmin, t.xmin), ',' ORDER BY qt.id)
            FROM questions_questiontopic qt JOIN questions_topic t ON t.id = qt.topic_id WHERE qt.question_id = q.id),
        (SELECT string_agg(concat_ws(':', r.id, r.xmin, p.xmin), ',' ORDER BY r.id)
            FROM questions_promptreply r JOIN questions_topicprompt p ON p.id = r.prompt_id WHERE r.question_id = q.id),
        (SELECT string_agg(concat_ws(
                ':', a.id, a.xmin, d.xmin, d.valid_until > current_date, s.xmin, e.xmin,
                (a.last_word + make_interval(months => m.months))::date <= current_date), ',' ORDER BY a.id)
            FROM shown a JOIN doctors_doctor d ON d.id = a.doctor_id
            CROSS JOIN (
                SELECT coalesce(min(t.review_months), {REVIEW_MONTHS}) AS months
                FROM questions_questiontopic qt JOIN questions_topic t ON t.id = qt.topic_id
                WHERE qt.question_id = %(question)s
            ) m
            LEFT JOIN doctors_specialty s ON s.id = d.specialty_id
            LEFT JOIN moderation_decision e ON e.id = a.decision_id),
        (SELECT string_agg(concat_ws(':', p.id, p.xmin, s.xmin), ',' ORDER BY p.id)
            FROM doctors_credentialperiod p LEFT JOIN doctors_specialty s ON s.id = p.specialty_id
            WHERE p.doctor_id IN (SELECT doctor_id FROM shown)),
        (SELECT string_agg(concat_ws(':', g.id, d.valid_until > current_date), ',' ORDER BY g.id)
            FROM questions_answeragreement g JOIN doctors_doctor d ON d.id = g.doctor_id
            WHERE g.answer_id IN (SELECT id FROM shown)),
        (SELECT string_agg(concat_ws(':', r.id, r.xmin), ',' ORDER BY r.id)
            FROM questions_recall r JOIN questions_questiontopic t ON t.topic_id = r.topic_id
            WHERE t.question_id = q.id),
        (SELECT string_agg(concat_ws(':', i.id, i.xmin, d.xmin, d.valid_until > current_date), ',' ORDER BY i.id)
            FROM questions_inquiry i JOIN doctors_doctor d ON d.id = i.doctor_id WHERE i.question_id = q.id),
        (SELECT string_agg(concat_ws(':', ph.id, ph.xmin), ',' ORDER BY ph.id)
            FROM questions_questionphoto ph WHERE ph.question_id = q.id AND ph.state = 'published'),
        (SELECT string_agg(concat_ws(':', f.id, f.xmin, k.xmin), ',' ORDER BY f.id)
            FROM questions_answerfact f JOIN questions_factkind k ON k.id = f.kind_id
            WHERE f.answer_id IN (SELECT id FROM shown)),
        (SELECT string_agg(concat_ws(':', r.id, r.xmin), ',' ORDER BY r.id)
            FROM questions_question r WHERE r.id = ANY(q.related_ids) AND r.state = 'published')
    )
    FROM questions_question q WHERE q.id = %(question)s
"""


# What stands on top of a topic's page, in one planned statement as well. Of an answer its words are read and not its
# stamp, which votes move: they show here by the order alone.
_SUMMARY = """
    WITH RECURSIVE way AS (
        SELECT parent_id, id, 0 AS depth FROM questions_topic WHERE id = %(topic)s
        UNION ALL
        SELECT t.parent_id, t.id, depth + 1 FROM questions_topic t JOIN way ON t.id = way.parent_id
    ), answering AS MATERIALIZED (
        SELECT td.answer_count, d.id, d.is_listed, concat_ws(':', d.id, d.xmin, s.xmin) AS stamp
        FROM questions_topicdoctor td JOIN doctors_doctor d ON d.id = td.doctor_id AND d.valid_until > current_date
        LEFT JOIN doctors_specialty s ON s.id = d.specialty_id
        WHERE td.topic_id = %(topic)s AND td.answer_count > 0
    )
    SELECT
        (SELECT string_agg(concat_ws(':', t.id, t.xmin), ',' ORDER BY depth)
            FROM way JOIN questions_topic t USING (id)),
        (SELECT string_agg(concat_ws(':', t.id, t.xmin), ',' ORDER BY t.id)
            FROM questions_topic t WHERE t.parent_id = %(topic)s),
        (SELECT concat_ws(':', count(*), sum(answer_count)) FROM answering),
        (SELECT count(*) FROM (
            SELECT FROM questions_questiontopic qt JOIN questions_question q ON q.id = qt.question_id
            WHERE qt.topic_id = %(topic)s AND q.state = 'published' AND q.answer_count = 0 LIMIT %(many)s + 1
        ) waiting),
        (SELECT string_agg(concat_ws(':', answer_count, stamp), ',' ORDER BY answer_count DESC, id) FROM (
            SELECT * FROM answering WHERE is_listed ORDER BY answer_count DESC, id LIMIT %(most)s
        ) most),
        (SELECT array_agg(ARRAY[a.headline, q.title, q.slug, d.xmin::text] ORDER BY a.id)
            FROM questions_answer a JOIN questions_question q ON q.id = a.question_id
            JOIN doctors_doctor d ON d.id = a.doctor_id WHERE a.id = ANY(%(best)s::bigint[]))
"""


def summary_stamp(topic: Topic, *, is_front: bool) -> tuple:
    """Return what changes with everything that `questions.topics.summarize` tells. One query, or two on the front."""
    best = best_keys(topic) if is_front else []
    shown = {"topic": topic.pk, "many": MANY, "most": MOST_ACTIVE if is_front else 0, "best": best}
    return best, run_prepared(_SUMMARY, shown)


def question_version(request: HttpRequest, question_id: int, slug: str = "") -> str | None:
    """Return the version of a question's page, or None where there is no page at this address."""
    rows = run_prepared(_QUESTION, {"question": question_id})
    if not rows or rows[0][:2] != (slug, Question.State.PUBLISHED):
        return None
    return digest(rows[0])
