from django.db import migrations

# Reports from before there were cases: those on one thing join one, under their one row for each person.
CASES = """
INSERT INTO moderation_case
    (subject_kind, subject_id, cause, urgency, reasons, report_count, words, opened_at)
SELECT subject_kind, subject_id, 'reports', 0, array_agg(DISTINCT reason ORDER BY reason), count(*),
    string_agg(note, E'\\n' ORDER BY id), min(reported_at)
FROM moderation_report WHERE case_id IS NULL GROUP BY subject_kind, subject_id;
UPDATE moderation_report r SET case_id = c.id FROM moderation_case c
WHERE r.case_id IS NULL AND c.subject_kind = r.subject_kind AND c.subject_id = r.subject_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0012_cases'),
    ]

    operations = [
        migrations.RunSQL(CASES, migrations.RunSQL.noop),
    ]
