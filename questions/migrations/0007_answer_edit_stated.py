from django.db import migrations, models

# These words stand in the place of the slug from now on.
MAKE_WAY = "UPDATE questions_question SET slug = slug || '-question' WHERE slug IN ('decline', 'inquire')"


class Migration(migrations.Migration):
    """Keep interest and facts from before an edit, and make way for pages on which doctors act."""

    dependencies = [("questions", "0006_desk")]

    operations = [
        migrations.AddField(
            model_name="answeredit",
            name="stated",
            field=models.TextField(blank=True, help_text="The interest and the facts from before, one a line."),
        ),
        migrations.RunSQL(MAKE_WAY, migrations.RunSQL.noop),
    ]
