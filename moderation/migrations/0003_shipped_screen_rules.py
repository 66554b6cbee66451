"""The shipped rules go into an empty table, where staff edit them; rows that stand there already are left alone."""

from django.db import migrations


def fill_empty_tables(apps, schema_editor):
    from moderation.emergency_rules import LISTS, RULES

    rules, words = apps.get_model("moderation", "ScreenRule"), apps.get_model("moderation", "ScreenWords")
    if rules.objects.exists() or words.objects.exists():
        return
    words.objects.bulk_create(words(name=name, phrases=phrases) for name, phrases in LISTS.items())
    rules.objects.bulk_create(
        rules(
            family=rule.family,
            name=rule.name,
            patterns="\n".join(rule.demands),
            unless=rule.unless,
            within=rule.within,
            heeds_negation=rule.heeds_negation,
            heeds_past=rule.heeds_past,
            heeds_supposition=rule.heeds_supposition,
        )
        for rule in RULES
    )


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0002_emergency_screen'),
    ]

    operations = [
        migrations.RunPython(fill_empty_tables, migrations.RunPython.noop),
    ]
