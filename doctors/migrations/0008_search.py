from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models
import django.contrib.postgres.search
import pgtrigger.compiler
import pgtrigger.migrations

import qa_forum.folding

# Letters that are none with an accent, and signs that stand for an apostrophe.
OTHERS, PLAIN = "ØøŁłĐđĦħıŦŧ’‘ʼ", "OoLlDdHhiTt''''''"
MARKS = "[\u0300-\u036f]+"

# Most texts have plain letters alone, and cost nothing. The rest is taken apart into letters and accents, which fall away.
# A standard body is bound when it is made: no search_path of a restore can change what it means.
FOLD = f"""
    CREATE FUNCTION search_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN octet_length(words) = char_length(words) THEN words ELSE translate(
        replace(replace(replace(replace(replace(
            regexp_replace(normalize(words, NFD), '{MARKS}', '', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'),
        '{OTHERS}', '{PLAIN}'
    ) END
"""


class Migration(migrations.Migration):
    dependencies = [("doctors", "0007_review_by_date")]

    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION search_fold(text)"),
        migrations.AddField(
            model_name='doctor',
            name='specialty_name',
            field=models.CharField(blank=True, default='', editable=False, max_length=255),
        ),
        migrations.RunSQL(
            "UPDATE doctors_doctor d SET specialty_name = s.name FROM doctors_specialty s WHERE s.id = d.specialty_id",
            migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='doctor',
            trigger=pgtrigger.compiler.Trigger(name='copy_specialty_name', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    NEW.specialty_name := coalesce(\n                        (SELECT name FROM doctors_specialty WHERE id = NEW.specialty_id), '');\n                    RETURN NEW;\n                ", hash='61fb5f82751d4be0eff17b3d00edfe9dd21854f7', operation='INSERT OR UPDATE OF "specialty_id", "specialty_name"', pgid='pgtrigger_copy_specialty_name_9b3f4', table='doctors_doctor', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='specialty',
            trigger=pgtrigger.compiler.Trigger(name='rename_specialty_of_doctors', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name"))', func='\n                    PERFORM 1 FROM doctors_doctor WHERE specialty_id = NEW.id ORDER BY id FOR NO KEY UPDATE;\n                    UPDATE doctors_doctor SET specialty_name = NEW.name WHERE specialty_id = NEW.id;\n                    RETURN NULL;\n                ', hash='8fd8b9ca5dc4d1e607518344cbabc46eb48df5a0', operation='UPDATE OF "name"', pgid='pgtrigger_rename_specialty_of_doctors_ad020', table='doctors_specialty', when='AFTER')),
        ),
        migrations.AddField(
            model_name='doctor',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(qa_forum.folding.Folded('name'), config='english', weight='A'), '||', django.contrib.postgres.search.SearchVector(qa_forum.folding.Folded('specialty_name'), config='english', weight='B'), django.contrib.postgres.search.SearchConfig('english')), '||', django.contrib.postgres.search.SearchVector(qa_forum.folding.Folded('place'), config='english', weight='C'), django.contrib.postgres.search.SearchConfig('english')), '||', django.contrib.postgres.search.SearchVector(qa_forum.folding.Folded('credentials'), config='english', weight='D'), django.contrib.postgres.search.SearchConfig('english')), output_field=SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='doctor',
            index=GinIndex(fields=['search'], name='doctor_search'),
        ),
    ]
