from django.db import migrations

COUNT_ANEW = """
    UPDATE questions_question q SET (answer_count, last_answer_at) = (
        SELECT count(*), max(a.answered_at) FROM questions_answer a
        JOIN doctors_doctor d ON d.id = a.doctor_id AND d.valid_until > '0001-01-01'
        WHERE a.question_id = q.id AND a.state = 'published'
    )
    WHERE id IN (
        SELECT question_id FROM questions_answer WHERE doctor_id IN (
            SELECT id FROM doctors_doctor WHERE valid_until = '0001-01-01'
        )
    );
    UPDATE doctors_doctor SET answer_count = 0 WHERE valid_until = '0001-01-01' AND answer_count > 0;
"""


class Migration(migrations.Migration):
    """Count no longer the answers of doctors without a valid check."""

    dependencies = [("questions", "0004_answering"), ("doctors", "0003_standing")]

    operations = [migrations.RunSQL(COUNT_ANEW, migrations.RunSQL.noop)]
