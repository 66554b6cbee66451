"""What else waits, on the first page of the admin."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from moderation import waiting
from questions.models import TopicProposal
from tests.factories import QuestionFactory, UserFactory, VerificationFactory, VoteRingFactory, sign_in
from tests.reading import Page

pytestmark = pytest.mark.django_db


def test_the_first_page_leads_to_all_that_waits(admin_client: Client):
    ring = VoteRingFactory(), VoteRingFactory()
    VerificationFactory(state="applied")
    TopicProposal.objects.create(question=QuestionFactory(), name="Cupping")

    page = admin_client.get("/admin/")

    lines = waiting.waiting_for(page.wsgi_request.user)
    assert [line.words.partition(" ")[0] for line in lines] == ["2", "1", "1"]
    assert all(f'href="{line.address}"' in page.content.decode() for line in lines)
    assert all(admin_client.get(line.address).status_code == 200 for line in lines)
    assert all(str(each.doctor) in admin_client.get(lines[0].address).content.decode() for each in ring)


def test_where_nothing_waits_nothing_is_said(admin_client: Client):
    VoteRingFactory(state="restored", reason="A busy day.", decided_by=UserFactory(), decided_at=timezone.now())

    assert "What else waits" not in admin_client.get("/admin/").content.decode()


def test_staff_are_told_of_what_they_may_see(client: Client):
    moderator = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    VerificationFactory(state="applied")
    VoteRingFactory()

    page = str(Page(sign_in(client, moderator).get("/admin/")))

    assert "ring of votes" in page and "application" not in page


def test_no_more_are_counted_than_matter(admin_user: object, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "MOST_COUNTED", 2)
    for name in ("a", "b", "c"):
        TopicProposal.objects.create(question=QuestionFactory(), name=name)

    assert [line.words for line in waiting.waiting_for(admin_user)] == ["more than 2 topics were proposed by askers"]
