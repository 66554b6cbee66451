"""The reply guard: what stops, what passes, and how long it takes."""

import json
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.replies import KINDS
from moderation.reply_evidence import WRITTEN
from moderation.services import NEUTRAL_WORDINGS, Fault, find_reply_faults, marked_faults, reply_reasons
from tests.moderation.score_replies import PARTS, score
from tests.moderation.weigh_replies import teach


def said(text: str, **kwargs: list[str]) -> list[tuple[str, str]]:
    """Return the faults of a text, each with the words in which it lies."""
    return [(fault.kind, text[fault.start : fault.end]) for fault in find_reply_faults(text, **kwargs)]


# --- What stops ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("patient", "Your appointment began on time."),
        ("patient", "You have been coming to us since you were ten."),
        ("patient", "It was a pleasure treating you."),
        ("patient", "Our records show something else."),
        ("patient", "We never treated this person."),
        ("patient", "She left before the doctor came."),
        ("patient", "As we discussed, you were told about it twice."),
        ("patient", "See you next time!"),
        ("dates", "What happened last Tuesday was not right."),
        ("dates", "It was all over by 14 March."),
        ("dates", "That was on 03/04/2024."),
        ("treatment", "Your crown came loose."),
        ("treatment", "We used 20 units of Botox."),
        ("treatment", "The swelling was gone soon."),
        ("treatment", "You had a root canal."),
        ("payment", "Your deposit is not lost."),
        ("payment", "A refund was issued."),
        ("payment", "You still owe us for it."),
        ("payment", "There is an unpaid balance."),
        ("person", "Hi Maureen, thanks for the stars!"),
        ("person", "Mrs. Hallworth, this is not so."),
        ("person", "Your husband heard every word."),
        ("person", "For a 45-year-old this is fine."),
        ("person", "Patient no. 448812 was told."),
    ],
)
def test_each_kind_is_found(kind: str, text: str):
    assert kind in reply_reasons(text)


def test_a_fault_says_where_it_lies_and_what_helps():
    text = "Thank you. Your\u200b ﬁller was never mentioned."

    (fault,) = find_reply_faults(text)

    assert (fault.kind, text[fault.start : fault.end]) == ("treatment", "Your\u200b ﬁller")


def test_names_that_the_reviewer_goes_by_are_found_as_they_are_written():
    assert said("Thank you, SÜNNY  day", names=["sunny_day"]) == [("person", "SÜNNY  day")]
    assert said("Thank you, sunny day") == []
    assert said("Sunnyday is fine", names=["sunny", "x", ""]) == []


@pytest.mark.parametrize(
    "text",
    [
        "YOUR VISIT was short",
        "Yоur vіsit was short",  # Letters of Cyrillic.
        "Ýöür vísìt was short",
        "y\u200bour vi\u00adsit was short",
        "ｙｏｕｒ ｖｉｓｉｔ was short",
        "𝐘𝐨𝐮𝐫 𝐯𝐢𝐬𝐢𝐭 was short",
        "your    \n visit was short",
        "Your\n\nvisit was short",
        "y o u r  v i s i t was short",
        "y o u r v i s i t was short",
        "y.o.u.r v.i.s.i.t was short",
        "y0ur v1sit was short",
        "your_*visit* was short",
        "<b>your</b> <i>visit</i> was short",
        "your, visit was short",
    ],
)
def test_a_disguise_hides_nothing(text: str):
    assert reply_reasons(text) == ["patient"]


def test_what_holds_for_anybody_shields_nobody():
    assert reply_reasons("As for every patient, your filler was checked.") == ["treatment"]
    assert reply_reasons("If you had listened, all would be well.") == ["patient"]
    assert reply_reasons("People who know us, as you do, know that your visit was long.") == ["patient"]


# --- What passes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wording", NEUTRAL_WORDINGS)
def test_the_wordings_on_offer_pass(wording: str):
    assert find_reply_faults(wording) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you for your review.",
        "We are sorry that you were disappointed.",
        "We cannot say whether somebody is a patient of ours.",
        "Every patient gets a written price before any treatment.",
        "In general, filler can be dissolved.",
        "Please call our office on 555-0142 or write to desk@clinic.example.",
        "Please ask for Karen, our practice manager.",
        "Our practice moved in June 2022, and there is a lift now.",
        "A missed appointment costs $40, as our price list says.",
        "Thank you from all of us. Kind regards, Dr. Anna Lopez",
        "If you would like to talk about your care, our door is open.",
    ],
)
def test_what_tells_of_nobody_passes(text: str):
    assert said(text) == []


# --- The face ------------------------------------------------------------------------------------------


def test_a_reply_is_shown_again_in_pieces_that_together_are_the_reply():
    text = "Your filler was paid last week."
    faults = find_reply_faults(text)

    pieces = marked_faults(text, [*faults, Fault("person", 1, 3)])

    assert "".join(piece.text for piece in pieces) == text
    assert {piece.fault for piece in pieces if piece.fault} == set(faults)


@given(
    st.lists(st.sampled_from(["your visit", "last Tuesday", "Hi Maria, ", "$5", "é", "\u200b", ". ", "\n", "y o u"]))
)
def test_faults_lie_in_the_text_and_those_of_a_kind_apart(pieces: list[str]):
    text = " ".join(pieces)

    faults = find_reply_faults(text, names=["Maria"])

    assert all(0 <= fault.start < fault.end <= len(text) for fault in faults)
    for kind in KINDS:
        mine = [fault for fault in faults if fault.kind == kind]
        assert all(before.end <= after.start for before, after in pairwise(mine))


HOSTILE = {
    "blanks": " ",
    "one word": "a",
    "near matches": "you we the ",
    "matches": "your visit ",
    "letters apart": "y o u r ",
    "zero-width characters": "y\u200bo\u200bu\u200br ",
    "look-alikes": "уоur vіsit ",
    "marks": "e\u0301",
    "stops": ".",
    "dates": "May 3. ",
    "amounts": "$5 ",
    "treatments in one sentence": "filler ",
    "names": "Hi Maria. ",
    "harmless words": "your kind words, ",
    "suppositions": "if you are ",
    "markup": "<b",
    "other scripts": "漢",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_takes_no_long_time(kind: str):
    text = HOSTILE[kind] * (100_000 // len(HOSTILE[kind].encode()))

    def best() -> float:
        times = []
        for _ in range(5):
            begun = time.process_time()
            find_reply_faults(text, names=["Maria Lopez"])
            times.append(time.process_time() - begun)
        return min(times)

    # Asked is 0.05; the machine that runs the tests may be slower.
    assert best() <= 0.1


def test_too_much_to_weigh_is_stopped():
    assert reply_reasons("All filler costs $5 for anybody. " * 1000)


def test_the_weights_are_those_that_the_replies_teach():
    assert teach()[0] == WRITTEN.read_text(), "Run python -m tests.moderation.weigh_replies."


# --- How well ----------------------------------------------------------------------------------------------


def test_the_labelled_sets_are_as_large_as_they_must_be():
    entries = [json.loads(line) for path in PARTS.values() for line in path.read_text().splitlines()]
    counts = Counter(entry["stop"] for entry in entries)

    assert counts[True] >= 80 and counts[False] >= 80
    assert len({entry["text"] for entry in entries}) == len(entries)
    assert all(set(entry["why"]) <= set(KINDS) and (entry["stop"] or not entry["why"]) for entry in entries)


@pytest.mark.parametrize("part", PARTS)
def test_bad_replies_are_stopped_and_good_ones_pass(part: str):
    result = score(PARTS[part])

    assert result.stopped.value >= 0.95, str(result)
    assert result.alarms.value <= 0.10, str(result)
