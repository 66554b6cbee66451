from django.db import migrations, models
from django.db.models.functions import Now


def wait_for_telling(apps, schema_editor):
    """What never showed was told to nobody; all others were told, or were imported."""
    Review = apps.get_model("doctors", "DoctorReview")
    Review.objects.filter(state="held").update(told_at=None)


class Migration(migrations.Migration):

    dependencies = [("doctors", "0005_cases")]

    operations = [
        # By a default, which no row has to be written for, and with it no trigger runs.
        migrations.AddField("doctorreview", "told_at", models.DateTimeField(db_default=Now(), editable=False, null=True)),
        migrations.AlterField("doctorreview", "told_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(wait_for_telling, migrations.RunPython.noop),
    ]
