"""The groups of staff: what a moderator may do, and what a senior one may besides.

A migration made them first. Whoever changes what a group may do does so in the admin; that is never undone from here.
"""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import router, transaction

MODERATORS = (
    *("moderation.view_case", "moderation.change_case", "moderation.view_report", "moderation.view_appeal"),
    *("moderation.view_decision", "moderation.add_decision", "moderation.view_auditentry"),
    "moderation.view_bayestoken",
    *("questions.view_question", "questions.view_answer", "questions.view_topic", "questions.view_inquiry"),
    "questions.view_questionphoto",
    *("doctors.view_doctor", "doctors.view_doctorreview"),
    *("moderation.view_monthofnumbers", "moderation.view_sanction", "moderation.view_hiding"),
    *("voting.view_votering", "voting.change_votering"),
)
SENIOR_MODERATORS = (
    *MODERATORS,
    *("moderation.remove_content", "moderation.decide_on_doctor", "moderation.change_bayesfilter"),
    *("moderation.view_screenrule", "moderation.change_screenrule", "moderation.add_screenrule"),
    *("moderation.view_screenwords", "moderation.change_screenwords", "moderation.add_screenwords"),
    *("moderation.add_sanction", "moderation.change_sanction", "moderation.add_hiding", "moderation.change_hiding"),
    *("moderation.view_hold", "moderation.add_hold", "moderation.change_hold", "accounts.view_user"),
)
GROUPS = {"Moderators": MODERATORS, "Senior moderators": SENIOR_MODERATORS}


def make_missing_groups(*, using: str, apps: Any = installed, **kwargs: Any) -> None:
    """Make each group that is not there, with what it may do; one that is there is left as it is."""
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    missing = set(GROUPS) - set(group_model.objects.using(using).values_list("name", flat=True))
    if not missing or not router.allow_migrate_model(using, group_model):
        return
    # Permissions of rooms that are listed later come later.
    for room in {name.partition(".")[0] for name in SENIOR_MODERATORS}:
        create_permissions(installed.get_app_config(room), verbosity=0, using=using, apps=apps)
    for name in sorted(missing):
        with transaction.atomic(using=using):
            group = group_model.objects.using(using).create(name=name)
            group.permissions.add(*_named(permission_model.objects.using(using), GROUPS[name]))


def _named(permissions: Any, names: tuple[str, ...]) -> list[Any]:
    codes = [name.partition(".")[2] for name in names]
    found = permissions.filter(codename__in=codes).select_related("content_type")
    return [each for each in found if f"{each.content_type.app_label}.{each.codename}" in names]
