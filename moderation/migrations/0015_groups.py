from django.db import migrations

# What each group may do, as "room.permission". Whoever needs the admin is staff besides.
MODERATORS = [
    "moderation.view_case", "moderation.change_case", "moderation.view_report", "moderation.view_appeal",
    "moderation.view_decision", "moderation.add_decision", "moderation.view_auditentry",
    "questions.view_question", "questions.view_answer", "questions.view_topic", "questions.view_inquiry",
    "doctors.view_doctor", "doctors.view_doctorreview",
]
# And besides that:
SENIOR_MODERATORS = [
    "moderation.remove_content", "moderation.decide_on_doctor",
    "moderation.view_screenrule", "moderation.change_screenrule", "moderation.add_screenrule",
    "moderation.view_screenwords", "moderation.change_screenwords", "moderation.add_screenwords",
]
# Django names the others itself.
NAMES = {
    "remove_content": ("decision", "Can remove something for good"),
    "decide_on_doctor": ("decision", "Can decide on doctors"),
}
WORDS = {
    "auditentry": "entry of the audit log", "screenrule": "rule of the emergency screen",
    "screenwords": "list of words for the screen", "doctorreview": "doctor review",
}


def make_groups(apps, schema_editor):
    """Make both groups; permissions come after the migrations, so those that are missing are made here."""
    Group = apps.get_model("auth", "Group")
    moderators = Group.objects.get_or_create(name="Moderators")[0]
    seniors = Group.objects.get_or_create(name="Senior moderators")[0]
    moderators.permissions.add(*(permission(apps, name) for name in MODERATORS))
    seniors.permissions.add(*(permission(apps, name) for name in MODERATORS + SENIOR_MODERATORS))


def permission(apps, name):
    app, _, codename = name.partition(".")
    verb, _, model = codename.partition("_")
    model, words = NAMES.get(codename, (model, f"Can {verb} {WORDS.get(model, model)}"))
    kind = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)[0]
    return apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": words}
    )[0]


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0014_reports_belong_to_cases'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        # Backwards the groups stay: people may be in them.
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
