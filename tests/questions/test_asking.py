"""Asking, step by step: from the first word to the posted question, and what stops on the way."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from questions.models import Draft, Follow, Question, QuestionEdit, TopicProposal
from questions.services import Asked, accept_proposal, edit_question, post_question, save_draft
from questions.similar import find_similar
from questions.views import asking
from questions.views.asking import post_waiting
from tests.factories import (
    AnswerFactory,
    DraftFactory,
    ModeratorFactory,
    QuestionFactory,
    TopicFactory,
    TopicPromptFactory,
    UserFactory,
    sign_in,
)
from tests.reading import Page, walk

pytestmark = pytest.mark.django_db

ASK = "/questions/ask/"
PHONE = "020 7946 0000"
TITLE = "Why does my knee click on every stair?"
BODY = "It began last autumn.\n\nIt does not hurt."


@pytest.fixture
def asker(client: Client) -> Any:
    """Return whoever is signed in to ``client``."""
    user = UserFactory(pen_name="quiet_harbour")
    client.force_login(user)
    return user


def typed(**other: Any) -> dict[str, Any]:
    """Return a form that is all right."""
    slugs = other.pop("topics", None) or [TopicFactory().slug]
    return {"key": str(uuid4()), "title": TITLE, "body": BODY, "topics": slugs, "no_names": "on", **other}


def sent(response: Any) -> dict[str, Any]:
    """Return what a browser would send of the page's form of a question, but for the button."""
    (form,) = [form["data"] for form in Page(response).forms if "key" in form["data"]]
    return form


# --- Posting -------------------------------------------------------------------------------------------------


def test_a_question_is_posted_and_shown(client: Client, asker: Any):
    topic = TopicFactory(name="Knees")

    response = client.post(ASK, typed(topics=[topic.slug], body="One.\r\n\r\nTwo <b>bold</b>."))

    question = Question.objects.get()
    assert (response.status_code, response["Location"]) == (302, question.get_absolute_url())
    assert (question.asker, question.state, question.is_urgent) == (asker, "published", False)
    assert question.body_html == "<p>One.</p><p>Two &lt;b&gt;bold&lt;/b&gt;.</p>"
    assert [topic.name for topic in question.topics.all()] == ["Knees"]
    topic.refresh_from_db()
    assert topic.question_count == 1
    assert "quiet_harbour" in Page(Client().get(question.get_absolute_url()))


def test_the_asker_follows_their_own_question(client: Client, asker: Any):
    client.post(ASK, typed())

    assert Follow.objects.get().how_often == "at_once"
    assert Follow.objects.get().question == Question.objects.get()


def test_the_same_form_twice_is_one_question_and_the_same_page(client: Client, asker: Any):
    form = typed()

    first, second = client.post(ASK, form), client.post(ASK, form)

    assert Question.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_somebody_elses_key_counts_as_a_new_one(asker: Any):
    key, other = uuid4(), UserFactory()
    first = post_question(asker=asker, key=key, asked=Asked(TITLE, BODY, []))

    second = post_question(asker=other, key=key, asked=Asked(TITLE, BODY, []))

    assert second.pk != first.pk
    assert (second.asker, first.asker) == (other, asker)


def test_other_words_in_a_form_that_was_posted_are_kept_as_a_draft(client: Client, asker: Any):
    form = typed()
    client.post(ASK, form)

    response = client.post(ASK, {**form, "title": "Does an MRI scan hurt a knee?"})

    assert response["Location"] == "/questions/mine/"
    assert "is posted already" in Page(client.get("/questions/mine/"))
    assert Draft.objects.get().content["title"] == "Does an MRI scan hurt a knee?"
    assert Question.objects.get().title == TITLE


def test_posting_needs_the_forms_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    assert client.post(ASK, typed()).status_code == 403

    page = client.get(ASK)
    token = sent(page)["csrfmiddlewaretoken"]
    assert client.post(ASK, {**typed(), "csrfmiddlewaretoken": token}).status_code == 302


def test_the_form_is_nobody_elses_page(client: Client):
    response = client.get(ASK)

    assert response["Cache-Control"] == "private, no-store"
    assert 'name="robots" content="noindex"' in response.content.decode()


def test_a_topic_may_be_chosen_by_the_address(client: Client):
    topic = TopicFactory(name="Knees")

    assert sent(client.get(f"{ASK}?topic={topic.slug}"))["topics"] == topic.slug
    assert client.get(f"{ASK}?topic=none-such").status_code == 200


# --- What is refused -----------------------------------------------------------------------------------------

REFUSED = {
    "no title": ({"title": " "}, "Write your question"),
    "two words": ({"title": "knee clicks"}, "Write your question as one full sentence"),
    "a long title": ({"title": "why " * 50}, "Shorten your question to 140 characters"),
    "no details": ({"body": ""}, "Write the details"),
    "long details": ({"body": "so " * 4000}, "Shorten the details to 10,000 characters"),
    "no topic": ({"topics": ["none-such"]}, "Choose a topic"),
    "too many topics": ({"other_topics": "a, b, c, d, e"}, "Choose up to 5 topics; these are 6"),
    "a long topic": ({"other_topics": "x" * 61}, "Shorten each other topic to 60 characters"),
    "not confirmed": ({"no_names": ""}, "Confirm that you left out personal details"),
    "a NUL": ({"body": "a\0b c"}, "Null characters are not allowed"),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_each_error_comes_back_first_and_nothing_is_lost(client: Client, fault: str, is_signed_in: bool):
    if is_signed_in:
        client.force_login(UserFactory())
    changed, words = REFUSED[fault]
    form = typed(**({"title": TITLE, "body": 'Keep "me" & <this>'} | changed))

    response = client.post(ASK, form)

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert page.index('class="errors') < page.index('<form class="form part')
    assert "autofocus" in page
    assert "<title>Error: Ask a question" in page
    assert not Question.objects.exists()
    if fault != "a NUL":
        assert (sent(response)["title"], sent(response)["body"]) == (form["title"], form["body"])


def test_all_errors_at_once_are_told_at_once(client: Client):
    response = client.post(ASK, {"title": "knee", "body": "", "other_topics": "a,b,c,d,e,f"})

    page = response.content.decode()
    assert response.status_code == 422
    for words in ("one full sentence", "Write the details", "Choose up to 5", "Confirm that you left out"):
        assert words in page
    assert 'value="a,b,c,d,e,f"' in page


def test_a_forged_key_is_replaced(client: Client, asker: Any):
    titles = {"": "Is a blue tongue normal?", "x": "Why do knees click?", "1" * 400: "May I fly after surgery?"}
    for key, title in titles.items():
        assert client.post(ASK, typed(key=key, title=title)).status_code == 302

    assert Question.objects.count() == 3


# Letters, marks and signs that are drawn as nothing, each three times.
BLANKS = [sign * 3 for sign in "\u2800\u3164\uffa0\u115f\u1160\u034f\u17b4\u17b5\u180b\ufe0f\ufeff\U000e0100\U000e0041"]


@pytest.mark.parametrize("title", ["\u200f \u200f \u200f", "\u200b\u200b\u200b", "... ... ...", *map(" ".join, BLANKS)])
def test_what_nobody_can_see_is_no_question(client: Client, asker: Any, title: str):
    assert client.post(ASK, typed(title=title)).status_code == 422
    assert client.post(ASK, typed(body=title)).status_code == 422
    assert not Question.objects.exists()


@pytest.mark.parametrize("name", ["title", "body"])
def test_a_sign_that_could_not_be_read_is_told_and_not_dropped(client: Client, asker: Any, name: str):
    words = "Is a dose of 50 \ufffdg each morning too much for me?"

    response = client.post(ASK, typed(**{name: words}))

    assert response.status_code == 422
    assert "Replace each “\ufffd”" in Page(response)
    assert sent(response)[name] == words


def test_bytes_that_are_no_text_are_told(client: Client, asker: Any):
    body = urlencode(typed(), doseq=True).encode() + b"&title=Is+a+dose+of+50+%B5g+too+much+for+me"

    response = client.generic("POST", ASK, body, "application/x-www-form-urlencoded")

    assert response.status_code == 422
    assert "Replace each “\ufffd”" in Page(response)


def test_a_word_in_which_a_blank_letter_stands_is_a_word(client: Client, asker: Any):
    client.post(ASK, typed(title="Is \u1112\u1161\u11ab\u115f a real sign here?"))

    assert Question.objects.count() == 1


def test_no_sign_turns_the_words_of_others_round(client: Client, asker: Any):
    client.post(ASK, typed(title="Why does \u202eeenk ym\u202c click on stairs?"))

    assert Question.objects.get().title == "Why does eenk ym click on stairs?"


def test_words_outlive_a_sign_in_in_another_window():
    browser, user = Client(enforce_csrf_checks=True), UserFactory()
    form = {**typed(), "csrfmiddlewaretoken": sent(browser.get(ASK))["csrfmiddlewaretoken"]}
    browser.force_login(user)
    browser.cookies["csrftoken"] = "n" * 32

    refused = browser.post(ASK, form)

    assert refused.status_code == 403
    again = sent(refused)
    assert (again["title"], again["body"]) == (TITLE, BODY)
    assert browser.post(ASK, again).status_code == 302
    assert Question.objects.get().asker == user


# --- Topics and their short questions ------------------------------------------------------------------------


def test_a_topic_that_is_named_and_exists_is_taken(client: Client, asker: Any):
    knees, skin = TopicFactory(name="Knees"), TopicFactory(name="Dry skin")

    client.post(ASK, typed(topics=[knees.slug], other_topics=" dry  SKIN ,Knees"))

    assert {topic.pk for topic in Question.objects.get().topics.all()} == {knees.pk, skin.pk}
    assert not TopicProposal.objects.exists()


def test_a_new_topic_is_proposed_and_shown_to_nobody_before_it_is_accepted(client: Client, asker: Any):
    client.post(ASK, typed(other_topics="Cold sores, cold SORES"))

    proposal = TopicProposal.objects.get()
    question = proposal.question
    assert "Cold sores" not in Page(Client().get(question.get_absolute_url()))

    topic = accept_proposal(proposal.pk)

    assert topic
    assert (topic.name, topic.slug) == ("Cold sores", "cold-sores")
    assert "Cold sores" in Page(Client().get(question.get_absolute_url()))
    topic.refresh_from_db()
    assert topic.question_count == 1


def test_two_proposals_of_one_name_become_one_topic(client: Client):
    proposals = [TopicProposal.objects.create(question=QuestionFactory(), name=name) for name in ("Lips", "LIPS")]

    topics = [accept_proposal(proposal.pk) for proposal in proposals]

    assert topics[0]
    assert topics[1] is None
    topics[0].refresh_from_db()
    assert topics[0].question_count == 2


def test_a_proposal_alone_is_topic_enough(client: Client, asker: Any):
    form = typed(other_topics="Cold sores")
    form["topics"] = []

    assert client.post(ASK, form).status_code == 302


def test_a_topics_short_questions_come_once_and_stand_beside_the_question(client: Client, asker: Any):
    prompt = TopicPromptFactory(short_label="Skin type", choices=["Dry", "Oily"])
    words = TopicPromptFactory(topic=prompt.topic, short_label="Tried so far", choices=[])
    form = typed(topics=[prompt.topic.slug])

    step = client.post(ASK, form)

    assert step.status_code == 200
    assert "Doctors ask a little more" in Page(step)
    assert not Question.objects.exists()

    replies = {f"reply_{prompt.pk}": "Oily", f"reply_{words.pk}": "A cream"}
    assert client.post(ASK, {**form, **replies, "seen": sent(step)["seen"]}).status_code == 302
    question = Question.objects.get()
    stranger = Client()
    page = stranger.get(question.get_absolute_url())
    assert "Skin type Oily" in Page(page)
    assert "Tried so far A cream" in Page(page)

    question.prompt_replies.filter(prompt=words).update(text="Nothing yet")
    assert "Tried so far Nothing yet" in Page(stranger.get(question.get_absolute_url()))


def test_a_reply_that_is_no_choice_is_refused(client: Client, asker: Any):
    prompt = TopicPromptFactory(short_label="Skin type", choices=["Dry", "Oily"])

    response = client.post(ASK, {**typed(topics=[prompt.topic.slug]), f"reply_{prompt.pk}": "Green"})

    assert response.status_code == 422
    assert "Choose one of the words for “Skin type”" in Page(response)


def test_the_short_questions_come_without_a_reload_and_keep_what_was_replied(client: Client):
    prompt = TopicPromptFactory(short_label="Tried", choices=[])

    response = client.post(f"{ASK}prompts/", typed(topics=[prompt.topic.slug], **{f"reply_{prompt.pk}": "A cream"}))

    assert f'value="p{prompt.pk}"' in response.content.decode()
    assert 'value="A cream"' in response.content.decode()


# --- Similar questions ---------------------------------------------------------------------------------------


def test_similar_questions_stand_on_the_way_once(client: Client, asker: Any):
    other = QuestionFactory(title="My knee clicks when I climb a stair")
    AnswerFactory(question=other)
    form = typed()

    step = client.post(ASK, form)

    assert step.status_code == 200
    assert "My knee clicks when I climb a stair" in Page(step)
    assert "1 answer" in Page(step)
    assert not Question.objects.filter(title=TITLE).exists()

    assert client.post(ASK, {**form, "seen": sent(step)["seen"]}).status_code == 302
    assert Question.objects.filter(title=TITLE).exists()


@pytest.mark.parametrize("part", ["similar", "prompts"])
def test_a_network_that_asks_for_parts_of_the_page_without_end_is_told_to_wait(
    client: Client, monkeypatch: pytest.MonkeyPatch, part: str
):
    monkeypatch.setattr(asking, "LOOKS_PER_NETWORK", 2)

    replies = [client.post(f"/questions/ask/{part}/", {"title": "Is this a question"}) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert int(replies[-1]["Retry-After"]) > 0


def test_similar_questions_come_while_the_title_is_typed(client: Client):
    QuestionFactory(title="My knee clicks when I climb a stair")

    response = client.post(f"{ASK}similar/", {"title": TITLE})

    assert "My knee clicks when I climb a stair" in Page(response)
    assert client.post(f"{ASK}similar/", {"title": "\0"}).status_code == 200


@pytest.mark.parametrize(
    ("title", "is_found"),
    [
        ("Why does my knee click on stairs?", True),
        ("knee stairs", True),
        ("Is a rash on the knee a problem?", False),
        ("the of and", False),
        ("", False),
        ("' OR 1=1 -- & | ! <-> \\ :*", False),
        ("click:A & knee'", True),
    ],
)
def test_similar_means_half_of_the_telling_words(title: str, is_found: bool):
    question = QuestionFactory(title="Clicking knee on the stairs after surgery")

    assert find_similar(title) == ([question] if is_found else [])


def test_the_same_question_is_found_among_very_many_of_common_words():
    same = QuestionFactory(title="Does a scar itch after laser treatment?")
    rows = [Question(title=f"Does my scar itch at night {n}?", slug="x", body="x") for n in range(1200)]
    Question.objects.bulk_create(rows)

    assert find_similar(same.title)[0] == same


def test_what_is_not_public_is_similar_to_nothing():
    QuestionFactory(title=TITLE, state="held")
    QuestionFactory(title=TITLE, state="withdrawn")

    assert find_similar(TITLE) == []


# --- The emergency screen ------------------------------------------------------------------------------------


def test_an_emergency_comes_before_everything_even_before_errors(client: Client):
    response = client.post(ASK, {"title": "Sudden crushing chest pain and my left arm is numb"})

    page = Page(response)
    assert response.status_code == 200
    assert "Call your local emergency number now" in page
    assert "112" in page
    assert not Question.objects.exists()


def test_the_words_are_kept_and_the_person_may_go_on(client: Client, asker: Any):
    form = typed(title="Sudden crushing chest pain since this morning, what is it?")
    step = client.post(ASK, form)
    carried = sent(step)
    confirmed = re.search(r'name="not_now" value="([^"]+)"', step.content.decode())
    assert confirmed
    assert carried["title"] == form["title"]

    assert client.post(ASK, {**carried, "not_now": confirmed[1]}).status_code == 302

    question = Question.objects.get()
    assert question.is_urgent
    assert question.emergencies == ["chest_pain"]


def test_going_back_from_the_emergency_page_shows_the_words_without_errors(client: Client):
    step = client.post(ASK, {"title": "Sudden crushing chest pain since this morning", "key": str(uuid4())})

    back = client.post(ASK, {**sent(step), "back": "1"})

    assert back.status_code == 200
    assert 'class="errors' not in back.content.decode()
    assert sent(back)["title"] == "Sudden crushing chest pain since this morning"


def test_a_word_that_was_confirmed_does_not_cover_another_emergency(client: Client, asker: Any):
    response = client.post(ASK, typed(title="Sudden crushing chest pain since this morning", not_now="burns"))

    assert "Call your local emergency number now" in Page(response)


# --- The personal data guard ---------------------------------------------------------------------------------


def test_a_way_to_reach_somebody_must_go(client: Client, asker: Any):
    form = typed(body=f"Call me on {PHONE} in the evening.")

    preview = client.post(ASK, form)

    assert preview.status_code == 200
    assert "Check for personal details" in Page(preview)
    button = re.search(r'name="redact" value="(body:phone:[^"]+)"', preview.content.decode())
    assert button
    assert 'name="kept"' not in preview.content.decode()
    stamp = "0" * 24
    assert client.post(ASK, {**sent(preview), "kept": stamp}).status_code == 200
    assert not Question.objects.exists()

    clean = client.post(ASK, {**sent(preview), "redact": button[1]})
    assert clean.status_code == 200
    assert "Nothing is marked any more" in Page(clean)
    assert not Question.objects.exists()

    kept = re.search(r'name="kept" value="([^"]+)"', clean.content.decode())
    assert kept
    assert client.post(ASK, {**sent(clean), "kept": kept[1]}).status_code == 302
    assert PHONE not in Question.objects.get().body
    assert "[phone number removed]" in Question.objects.get().body


def test_all_can_go_with_one_click(client: Client, asker: Any):
    preview = client.post(ASK, typed(title=f"May I be called on {PHONE} today?", body=f"Or on {PHONE} later."))

    clean = client.post(ASK, {**sent(preview), "redact": "all"})

    assert PHONE not in clean.content.decode()


def test_a_name_may_stay_by_choice(client: Client, asker: Any):
    preview = client.post(ASK, typed(body="My name is Ellen Marsh and it still clicks."))
    kept = re.search(r'name="kept" value="([^"]+)"', preview.content.decode())
    assert kept

    assert client.post(ASK, {**sent(preview), "kept": kept[1]}).status_code == 302
    assert "Ellen Marsh" in Question.objects.get().body


def test_a_choice_covers_the_words_that_were_shown_and_no_others(client: Client, asker: Any):
    preview = client.post(ASK, typed(body="My name is Ellen Marsh and it still clicks."))
    kept = re.search(r'name="kept" value="([^"]+)"', preview.content.decode())
    assert kept

    again = client.post(ASK, {**sent(preview), "kept": kept[1], "body": "My name is Tom Okafor, it clicks."})

    assert again.status_code in (200, 422)
    assert not Question.objects.exists()


@pytest.mark.parametrize("redact", ["", ":", "body:phone:0:99999999", "x:phone:0:4", "body:phone:a:b", "key:email:0:4"])
def test_a_forged_redaction_changes_nothing(client: Client, asker: Any, redact: str):
    response = client.post(ASK, typed(redact=redact))

    assert response.status_code in (200, 422)
    assert not Question.objects.exists()


# --- Writing first, joining afterwards -----------------------------------------------------------------------


def test_a_stranger_writes_first_and_the_question_waits(client: Client):
    response = client.post(ASK, typed())

    assert response["Location"] == "/questions/ask/join/"
    draft = Draft.objects.get()
    assert (draft.user, draft.is_ready, draft.content["title"]) == (None, True, TITLE)
    assert TITLE in Page(client.get("/questions/ask/join/"))
    assert not Question.objects.exists()
    assert Client().get("/questions/ask/join/").status_code == 302


def test_what_waits_can_be_deleted(client: Client):
    client.post(ASK, typed())

    assert client.post("/questions/ask/join/").status_code == 302

    assert not Draft.objects.exists()
    assert post_waiting(waiting(client), UserFactory()) is None


def waiting(client: Client) -> Any:
    """Return a request of the browser that wrote a question as a stranger."""
    request = RequestFactory().post("/accounts/login/")
    request.session = client.session
    request.user = AnonymousUser()
    from django.contrib.messages.storage.session import SessionStorage

    request._messages = SessionStorage(request)
    return request


def test_what_waited_is_posted_at_sign_in(client: Client):
    client.post(ASK, typed())
    user = UserFactory()

    address = post_waiting(waiting(client), user)

    question = Question.objects.get()
    assert address == question.get_absolute_url()
    assert question.asker == user
    assert not Draft.objects.exists()


def test_of_two_that_wait_the_latest_is_posted_and_the_other_kept(client: Client):
    client.post(ASK, typed(title="Is a blue tongue any reason to worry?"))
    client.post(ASK, typed())
    user = UserFactory()

    post_waiting(waiting(client), user)

    assert Question.objects.get().title == TITLE
    draft = Draft.objects.get()
    assert (draft.user, draft.content["title"]) == (user, "Is a blue tongue any reason to worry?")


def test_what_can_no_longer_be_posted_stays_a_draft_of_theirs(client: Client):
    topic = TopicFactory()
    client.post(ASK, typed(topics=[topic.slug]))
    topic.delete()
    user = UserFactory()

    assert post_waiting(waiting(client), user) == "/questions/mine/"

    assert Draft.objects.get().user == user
    assert not Question.objects.exists()


def test_nobody_else_gets_what_waits(client: Client):
    client.post(ASK, typed())

    assert post_waiting(waiting(Client()), UserFactory()) is None
    assert not Question.objects.exists()


# --- Drafts --------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_as_typed_and_gone_on_with(client: Client, asker: Any):
    form = {"key": str(uuid4()), "title": "Half a", "body": "  words", "save": "1", "topics": [TopicFactory().slug]}

    assert client.post(ASK, form)["Location"] == "/questions/mine/"

    draft = Draft.objects.get()
    assert str(draft.key) == form["key"]
    again = sent(client.get(f"/questions/drafts/{draft.key}/"))
    assert (again["title"], again["body"], again["topics"]) == ("Half a", "  words", form["topics"][0])
    assert "Half a" in Page(client.get("/questions/mine/"))


def test_a_draft_is_saved_on_the_way_and_gone_when_it_is_posted(client: Client, asker: Any):
    form = typed()

    assert "Draft saved" in Page(client.post(f"{ASK}draft/", form))
    assert "Draft saved" in Page(client.post(f"{ASK}draft/", {**form, "title": "Another title here"}))
    assert Draft.objects.get().content["title"] == "Another title here"

    client.post(ASK, form)
    assert not Draft.objects.exists()
    # The page's last automatic save may come after it was posted.
    client.post(f"{ASK}draft/", form)
    assert not Draft.objects.exists()


def test_somebody_elses_draft_is_not_found(client: Client, asker: Any):
    draft = DraftFactory()

    assert client.get(f"/questions/drafts/{draft.key}/").status_code == 404
    assert client.post(f"/questions/drafts/{draft.key}/delete/").status_code == 302
    assert Draft.objects.filter(pk=draft.pk).exists()
    assert client.post(f"{ASK}draft/", typed(key=str(draft.key))).status_code == 200
    draft.refresh_from_db()
    assert draft.content == {"title": "Is this half a question"}
    assert Draft.objects.get(user=asker).content["title"] == TITLE


def test_so_many_drafts_and_no_more(client: Client, asker: Any):
    DraftFactory.create_batch(20, user=asker)

    response = client.post(ASK, {**typed(), "save": "1"})

    assert response.status_code == 422
    assert "You have 20 drafts" in Page(response)
    assert sent(response)["title"] == TITLE
    assert "Not saved" in Page(client.post(f"{ASK}draft/", typed()))


def test_a_draft_that_is_far_too_long_is_told_and_stays_in_the_form(client: Client, asker: Any):
    form = typed(body="so " * 100_000)

    response = client.post(ASK, {**form, "save": "1"})

    assert response.status_code == 422
    assert "Shorten the details to 10,000 characters, then save them." in Page(response)
    assert sent(response)["body"] == form["body"]
    assert "Not saved" in Page(client.post(f"{ASK}draft/", form))
    assert not Draft.objects.exists()


def test_a_stranger_with_somebodys_key_gets_another_draft():
    key, user = uuid4(), UserFactory()
    save_draft(key=key, user=user, content={"title": "Mine"})

    other = save_draft(key=key, user=None, content={"title": "Yours"}, is_ready=True)

    assert other
    assert other.key != key
    assert Draft.objects.get(key=key).content == {"title": "Mine"}


def test_whoever_was_signed_out_meanwhile_is_told_that_nothing_is_saved(client: Client):
    assert "Not saved. Sign in again" in Page(client.post(f"{ASK}draft/", typed()))
    assert not Draft.objects.exists()


def test_a_forged_draft_is_bounded(client: Client, asker: Any):
    forged = {f"reply_{number}": "x" * 20_000 for number in range(20)} | {"reply_x": "y", "topics": ["z" * 20_000] * 10}

    assert client.post(f"{ASK}draft/", {**typed(), **forged}).status_code == 200

    assert "reply_x" not in Draft.objects.get().content


# --- Limits --------------------------------------------------------------------------------------------------


def test_ten_questions_a_day_and_the_words_of_the_eleventh_are_kept(client: Client, asker: Any):
    topic = TopicFactory()
    titles = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    for title in titles:
        response = client.post(ASK, typed(topics=[topic.slug], title=f"{title * 3} {title * 2} {title}"))
        assert response.status_code == 302, title

    response = client.post(ASK, typed(topics=[topic.slug]))

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert sent(response)["title"] == TITLE
    assert "kept as a draft" in Page(response)
    assert Draft.objects.get().content["title"] == TITLE
    assert Question.objects.count() == 10


# --- Changing ------------------------------------------------------------------------------------------------


@pytest.fixture
def question(asker: Any) -> Question:
    """Return a question of whoever is signed in."""
    return QuestionFactory(asker=asker, title=TITLE, body=BODY, slug="why", topics=[TopicFactory()])


def edited(question: Question, **other: Any) -> dict[str, Any]:
    slugs = [topic.slug for topic in question.topics.all()]
    return typed(topics=slugs, title=question.title, body=question.body, **other)


def test_a_change_is_public_with_what_and_when(client: Client, asker: Any, question: Question):
    page = client.get(f"/questions/{question.pk}/edit/")
    assert sent(page)["title"] == TITLE

    response = client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "It began in spring."})

    question.refresh_from_db()
    assert response["Location"] == question.get_absolute_url()
    assert (question.body, question.body_html) == ("It began in spring.", "<p>It began in spring.</p>")
    assert question.edited_at
    history = Page(Client().get(f"/questions/{question.pk}/history/"))
    assert "spring" in history
    assert "last autumn" in history
    assert "What it said before" in Page(Client().get(question.get_absolute_url()))


def test_a_long_history_has_pages_and_each_change_its_own_words(client: Client, asker: Any, question: Question):
    for number in range(1, 14):
        edit_question(
            question.pk,
            editor=asker,
            asked=Asked(TITLE, f"Version number {number}.", list(question.topics.all())),
            is_redaction=False,
        )

    newest, oldest = walk(Client(), f"/questions/{question.pk}/history/")

    assert "12.13." in str(newest).replace(" ", "")
    assert "3.4." in str(newest).replace(" ", "")
    # The first change of the older page led to what the last one of the newer page found.
    assert "2.3." in str(oldest).replace(" ", "")
    assert "last autumn" in oldest


def test_a_change_that_is_too_slow_to_compare_shows_both_texts(client: Client, asker: Any, question: Question):
    for body in ("a " * 4900, "b a " * 2400):
        asked = Asked(TITLE, body.strip(), list(question.topics.all()))
        edit_question(question.pk, editor=asker, asked=asked, is_redaction=False)

    page = Page(client.get(f"/questions/{question.pk}/history/"))

    assert str(page).count("Too different to compare: first what it said before") == 1
    assert "a a a a" in page
    assert "b a b a" in page


def test_a_redaction_shows_that_it_happened_and_never_the_text(client: Client, asker: Any, question: Question):
    client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "I live at the old mill. It clicks."})
    client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "It clicks.", "is_redaction": "on"})

    history = Page(Client().get(f"/questions/{question.pk}/history/"))
    assert "Personal details removed" in history
    assert "old mill" not in history
    assert not QuestionEdit.objects.exclude(body=None).exists()


def test_what_the_guard_no_longer_finds_was_a_redaction(client: Client, asker: Any):
    question = QuestionFactory(asker=asker, title=TITLE, body=f"Call {PHONE} please.", topics=[TopicFactory()])

    client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "Call nobody please."})

    assert QuestionEdit.objects.get().is_redaction
    assert PHONE not in Client().get(f"/questions/{question.pk}/history/").content.decode()


def test_a_redaction_that_comes_late_erases_what_stands_in_the_history(client: Client, asker: Any, question: Question):
    address = f"/questions/{question.pk}/edit/"
    client.post(address, {**edited(question), "body": "I live at the old mill. It clicks."})
    client.post(address, {**edited(question), "body": "It clicks."})
    question.refresh_from_db()
    assert "old mill" in Page(Client().get(f"/questions/{question.pk}/history/"))

    client.post(address, {**edited(question), "is_redaction": "on"})

    assert "old mill" not in Page(Client().get(f"/questions/{question.pk}/history/"))
    assert not QuestionEdit.objects.exclude(body=None).exists()


def test_topics_and_replies_that_change_stand_in_the_history(client: Client, asker: Any, question: Question):
    prompt = TopicPromptFactory(topic=question.topics.get(), short_label="Skin type")
    other = TopicFactory(name="Second opinions")
    question.prompt_replies.create(prompt=prompt, text="Dry")
    address = f"/questions/{question.pk}/edit/"

    topics = [*edited(question)["topics"], other.slug]
    client.post(address, {**edited(question), "topics": topics, "seen": f"p{prompt.pk}", f"reply_{prompt.pk}": "Oily"})

    history = Client().get(f"/questions/{question.pk}/history/").content.decode()
    assert "Second opinions" in history
    assert "Dry</del>" in history
    assert "Oily</ins>" in history


def test_a_detail_that_goes_from_a_reply_stays_in_no_history(client: Client, asker: Any, question: Question):
    prompt = TopicPromptFactory(topic=question.topics.get(), choices=[])
    question.prompt_replies.create(prompt=prompt, text=f"Call {PHONE}")

    typed_now = {"seen": f"p{prompt.pk}", f"reply_{prompt.pk}": "Nothing so far"}
    client.post(f"/questions/{question.pk}/edit/", {**edited(question), **typed_now})

    assert QuestionEdit.objects.get().is_redaction
    assert PHONE not in Client().get(f"/questions/{question.pk}/history/").content.decode()


def test_a_name_inside_another_word_is_still_removed(client: Client, asker: Any):
    question = QuestionFactory(asker=asker, title=TITLE, body="My name is Ann Marsh.", topics=[TopicFactory()])

    client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "Annual checks of marshes were fine."})

    assert QuestionEdit.objects.get().is_redaction


def test_so_many_changes_a_day_and_the_words_of_the_next_come_back(client: Client, asker: Any, question: Question):
    from accounts.services import take
    from questions.views.asking import CHANGES_PER_DAY, DAY

    for _ in range(CHANGES_PER_DAY):
        take(scope="change", who=str(asker.pk), limit=CHANGES_PER_DAY, window=DAY)

    response = client.post(f"/questions/{question.pk}/edit/", {**edited(question), "body": "One change too many."})

    assert response.status_code == 429
    assert sent(response)["body"] == "One change too many."


def test_saving_without_a_change_changes_nothing(client: Client, asker: Any, question: Question):
    client.post(f"/questions/{question.pk}/edit/", edited(question))

    question.refresh_from_db()
    assert question.edited_at is None


def test_nothing_changed_leaves_no_history(client: Client, asker: Any, question: Question):
    client.post(f"/questions/{question.pk}/edit/", edited(question))

    assert not QuestionEdit.objects.exists()


def test_a_change_goes_through_the_screen_and_the_guard(client: Client, asker: Any, question: Question):
    address = f"/questions/{question.pk}/edit/"

    alarm = client.post(address, {**edited(question), "body": "I have sudden crushing chest pain right now."})
    preview = client.post(address, {**edited(question), "body": f"Call me on {PHONE}."})

    assert "Call your local emergency number now" in Page(alarm)
    assert "Check for personal details" in Page(preview)
    question.refresh_from_db()
    assert question.body == BODY


def test_somebody_elses_question_is_not_found_and_a_hidden_one_not_changed(client: Client, asker: Any):
    other, withdrawn = QuestionFactory(), QuestionFactory(asker=asker, state="withdrawn")

    assert client.get(f"/questions/{other.pk}/edit/").status_code == 404
    assert client.post(f"/questions/{other.pk}/withdraw/").status_code == 404
    assert client.get(f"/questions/{withdrawn.pk}/edit/").status_code == 403
    assert client.post(f"/questions/{withdrawn.pk}/close/").status_code == 403
    with pytest.raises(PermissionDenied):
        edit_question(other.pk, editor=asker, asked=Asked(TITLE, BODY, []), is_redaction=False)


def test_the_title_takes_the_address_along(client: Client, asker: Any, question: Question):
    old = question.get_absolute_url()

    client.post(f"/questions/{question.pk}/edit/", {**edited(question), "title": "Does a noisy knee need a scan?"})

    assert Client().get(old)["Location"].endswith("/does-a-noisy-knee-need-a-scan/")


# --- Closing, withdrawing ------------------------------------------------------------------------------------


def test_closed_with_thanks_and_opened_again(client: Client, asker: Any, question: Question):
    stranger = Client()
    assert "Closed with thanks" not in Page(stranger.get(question.get_absolute_url()))

    for _ in range(2):
        assert client.post(f"/questions/{question.pk}/close/").status_code == 302
    assert "Closed with thanks" in Page(stranger.get(question.get_absolute_url()))

    client.post(f"/questions/{question.pk}/open/")
    assert "Closed with thanks" not in Page(stranger.get(question.get_absolute_url()))


def test_withdrawn_is_gone_for_all_but_its_asker(client: Client, asker: Any, question: Question):
    AnswerFactory(question=question)
    doctor = question.answers.get().doctor
    assert "Withdraw your question?" in Page(client.get(f"/questions/{question.pk}/withdraw/"))

    for _ in range(2):
        assert client.post(f"/questions/{question.pk}/withdraw/").status_code == 302

    assert Client().get(question.get_absolute_url()).status_code == 410
    assert client.get(question.get_absolute_url()).status_code == 200
    doctor.refresh_from_db()
    assert doctor.answer_count == 0
    assert "withdrawn by its author" in Page(client.get("/questions/mine/"))


def test_ones_own_questions_show_each_state(client: Client, asker: Any):
    for state in ("published", "held", "withdrawn"):
        QuestionFactory(asker=asker, title=f"This one is {state}", state=state)
    QuestionFactory(title="Not mine")

    page = Page(client.get("/questions/mine/"))

    assert "waits for a moderator" in page
    assert "This one is withdrawn" in page
    assert "Not mine" not in page


def test_the_acts_stand_on_the_page_of_the_asker_alone(client: Client, asker: Any, question: Question):
    assert f"/questions/{question.pk}/edit/" in client.get(question.get_absolute_url()).content.decode()
    assert f"/questions/{question.pk}/edit/" not in Client().get(question.get_absolute_url()).content.decode()
    other = Client()
    other.force_login(UserFactory())
    assert f"/questions/{question.pk}/edit/" not in other.get(question.get_absolute_url()).content.decode()


# --- For moderators ------------------------------------------------------------------------------------------


def test_what_sounded_urgent_stands_on_top_until_somebody_looked_at_it():
    urgent = QuestionFactory(title="The urgent one", is_urgent=True, emergencies=["chest_pain"])
    newer = QuestionFactory(title="The newer one")
    client = sign_in(Client(), ModeratorFactory())

    def order() -> list[str]:
        text = str(Page(client.get("/admin/questions/question/")))
        return sorted([urgent.title, newer.title], key=text.index)

    assert order() == [urgent.title, newer.title]

    client.post("/admin/questions/question/", {"action": "mark_as_looked_at", "_selected_action": [urgent.pk]})

    assert order() == [newer.title, urgent.title]
    urgent.refresh_from_db()
    assert urgent.emergencies == ["chest_pain"]


def test_a_proposal_becomes_a_topic_in_the_admin():
    question = QuestionFactory()
    proposal = TopicProposal.objects.create(question=question, name="Cold sores")
    client = sign_in(Client(), ModeratorFactory())

    client.post("/admin/questions/topicproposal/", {"action": "accept", "_selected_action": [proposal.pk]})

    assert [topic.name for topic in question.topics.all()] == ["Cold sores"]
    assert not TopicProposal.objects.exists()
