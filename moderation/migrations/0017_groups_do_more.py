from django.db import migrations

# What came to be done in the admin since the groups were made.
MORE = {
    "Moderators": [
        ("moderation", "monthofnumbers", "view", "month of numbers"), ("moderation", "sanction", "view", "sanction of a person"),
        ("moderation", "hiding", "view", "hiding of all by a person"), ("voting", "votering", "view", "vote ring"),
        ("voting", "votering", "change", "vote ring"),
    ],
    "Senior moderators": [
        ("moderation", "sanction", "add", "sanction of a person"), ("moderation", "sanction", "change", "sanction of a person"),
        ("moderation", "hiding", "add", "hiding of all by a person"), ("moderation", "hiding", "change", "hiding of all by a person"),
        ("moderation", "hold", "view", "thing kept as evidence"), ("moderation", "hold", "add", "thing kept as evidence"),
        ("moderation", "hold", "change", "thing kept as evidence"), ("accounts", "user", "view", "user"),
    ],
}


def let_them(apps, schema_editor):
    """Permissions come after the migrations, so those that are missing are made here."""
    seniors = MORE["Moderators"] + MORE["Senior moderators"]
    for name, more in [("Moderators", MORE["Moderators"]), ("Senior moderators", seniors)]:
        group = apps.get_model("auth", "Group").objects.get_or_create(name=name)[0]
        for app, model, verb, words in more:
            kind = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)[0]
            made = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=kind, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {words}"}
            )
            group.permissions.add(made[0])


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0016_numbers"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        # Backwards the groups stay as they are: people may be in them.
        migrations.RunPython(let_them, migrations.RunPython.noop),
    ]
