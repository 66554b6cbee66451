from pathlib import Path

from django.db import migrations

FILE = Path(__file__).parent.parent / "synonyms.txt"


def fill(apps, schema_editor):
    """Write the groups that come with the project; staff change them from then on."""
    groups = apps.get_model("questions", "SynonymGroup")
    lines = [line.strip() for line in FILE.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line and not line.startswith("#"):
            groups.objects.create(words=[word.strip() for word in line.split(",")])


class Migration(migrations.Migration):
    dependencies = [("questions", "0014_vocabulary")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
