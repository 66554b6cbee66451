from django.db import migrations, models
from django.db.models.functions import Lower


def write_addresses_small(apps, schema_editor):
    """No two can meet: they were unique in any case of letters before."""
    users = apps.get_model("accounts", "User").objects
    users.exclude(email=Lower("email")).update(email=Lower("email"))


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunPython(write_addresses_small, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(condition=models.Q(email=Lower("email")), name="email_in_lower_case"),
        ),
    ]
