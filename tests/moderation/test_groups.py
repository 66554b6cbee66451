"""The groups of staff: there from the first migration on, after every flush, and left as somebody changed them."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from moderation.groups import GROUPS, make_missing_groups
from tests.factories import UserFactory, VoteRingFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db


def may(group: str) -> set[str]:
    permissions = Group.objects.get(name=group).permissions.select_related("content_type")
    return {f"{each.content_type.app_label}.{each.codename}" for each in permissions}


def test_each_group_may_do_what_is_listed():
    assert {name: may(name) for name in GROUPS} == {name: set(listed) for name, listed in GROUPS.items()}


@pytest.mark.django_db(transaction=True)
def test_the_groups_are_there_again_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)

    assert {name: may(name) for name in GROUPS} == {name: set(listed) for name, listed in GROUPS.items()}


def test_what_somebody_changed_in_a_group_is_left():
    Group.objects.get(name="Moderators").permissions.clear()

    make_missing_groups(using="default")

    assert may("Moderators") == set()


def test_a_moderator_of_the_group_decides_on_a_ring(client: Client):
    user, ring = UserFactory(is_staff=True), VoteRingFactory()
    user.groups.add(Group.objects.get(name="Moderators"))
    sign_in(client, user)
    address = "/admin/voting/votering/"

    page = Page(client.post(address, {"action": "void_chosen", "_selected_action": ring.pk}))
    sent = page.forms[-1]["data"]
    assert sent["_selected_action"] == str(ring.pk)
    client.post(address, {**sent, "reason": "One hand."})

    ring.refresh_from_db()
    assert ring.state == "void"
