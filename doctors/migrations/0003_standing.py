from django.db import migrations


class Migration(migrations.Migration):
    """Let the trigger say of each doctor until when they stand."""

    dependencies = [("doctors", "0002_verification")]

    operations = [
        migrations.RunSQL("UPDATE doctors_doctor SET valid_until = valid_until", migrations.RunSQL.noop),
    ]
