"""Triggers that count how many published answers each doctor gave in each topic: the rows of `TopicDoctor`.

Counted are published answers to published questions, whatever the standing of their doctor: whoever reads the rows asks
for doctors who stand today. Every function holds the question first; what it reads then is no longer changing.
"""

import pgtrigger

_HOLD = "PERFORM 1 FROM questions_question WHERE id IN ({}) ORDER BY id FOR NO KEY UPDATE;"

# Pairs of topic and doctor that so many answers are added to, the source giving them.
_ADD = """
    INSERT INTO questions_topicdoctor AS kept (topic_id, doctor_id, answer_count, last_answer_at)
    SELECT topic_id, doctor_id, count(*), max(answered_at) FROM ({source}) answered
    GROUP BY topic_id, doctor_id ORDER BY topic_id, doctor_id
    ON CONFLICT (topic_id, doctor_id) DO UPDATE SET
        answer_count = kept.answer_count + excluded.answer_count,
        last_answer_at = greatest(kept.last_answer_at, excluded.last_answer_at);
"""
# In the order of their keys, so that two that take away do not wait for each other.
_TAKE = """
    PERFORM 1 FROM questions_topicdoctor WHERE (topic_id, doctor_id) IN (
        SELECT topic_id, doctor_id FROM ({source}) answered
    ) ORDER BY topic_id, doctor_id FOR NO KEY UPDATE;
    UPDATE questions_topicdoctor kept SET answer_count = kept.answer_count - n
    FROM (
        SELECT topic_id, doctor_id, count(*) AS n FROM ({source}) answered GROUP BY topic_id, doctor_id
    ) taken
    WHERE kept.topic_id = taken.topic_id AND kept.doctor_id = taken.doctor_id;
"""
_OF_ONE_ANSWER = """
    SELECT qt.topic_id, {row}.doctor_id, {row}.answered_at FROM questions_questiontopic qt
    JOIN questions_question q ON q.id = qt.question_id AND q.state = 'published'
    WHERE qt.question_id = {row}.question_id
"""
_OF_ANSWERS = """
    SELECT qt.topic_id, a.doctor_id, a.answered_at FROM new_rows a
    JOIN questions_question q ON q.id = a.question_id AND q.state = 'published'
    JOIN questions_questiontopic qt ON qt.question_id = q.id WHERE a.state = 'published'
"""
_OF_LINKS = """
    SELECT qt.topic_id, a.doctor_id, a.answered_at FROM {rows} qt
    JOIN questions_question q ON q.id = qt.question_id AND q.state = 'published'
    JOIN questions_answer a ON a.question_id = q.id AND a.state = 'published'
"""
_OF_QUESTION = """
    SELECT qt.topic_id, a.doctor_id, a.answered_at FROM questions_questiontopic qt
    JOIN questions_answer a ON a.question_id = qt.question_id AND a.state = 'published'
    WHERE qt.question_id = NEW.id
"""

OF_ANSWERS = [
    pgtrigger.Trigger(
        name="topic_doctors_answers_added",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_HOLD.format("SELECT question_id FROM new_rows") + _ADD.format(source=_OF_ANSWERS) + "RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="topic_doctors_answer_changed",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state", "answered_at", "question_id", "doctor_id"),
        # The counters of a vote pass by here without a call.
        condition=pgtrigger.AnyChange("state", "answered_at", "question", "doctor"),
        func=f"""
            {_HOLD.format("NEW.question_id, OLD.question_id")}
            IF OLD.state = 'published' THEN
                {_TAKE.format(source=_OF_ONE_ANSWER.format(row="OLD"))}
            END IF;
            IF NEW.state = 'published' THEN
                {_ADD.format(source=_OF_ONE_ANSWER.format(row="NEW"))}
            END IF;
            RETURN NULL;
        """,
    ),
    pgtrigger.Trigger(
        name="topic_doctors_answer_removed",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Q(old__state="published"),
        func=_HOLD.format("OLD.question_id") + _TAKE.format(source=_OF_ONE_ANSWER.format(row="OLD")) + "RETURN NULL;",
    ),
]
OF_QUESTIONS = [
    pgtrigger.Trigger(
        name="topic_doctors_question_state",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.AnyChange("state"),
        func=f"""
            IF NEW.state = 'published' THEN
                {_ADD.format(source=_OF_QUESTION)}
            ELSIF OLD.state = 'published' THEN
                {_TAKE.format(source=_OF_QUESTION)}
            END IF;
            RETURN NULL;
        """,
    ),
]
OF_LINKS = [
    pgtrigger.Trigger(
        name="topic_doctors_topic_added",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_HOLD.format("SELECT question_id FROM new_rows")
        + _ADD.format(source=_OF_LINKS.format(rows="new_rows"))
        + "RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="topic_doctors_topic_removed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="old_rows"),
        func=_HOLD.format("SELECT question_id FROM old_rows")
        + _TAKE.format(source=_OF_LINKS.format(rows="old_rows"))
        + "RETURN NULL;",
    ),
]
