"""How the screen reads: what is denied, past, supposed or meant of somebody else; slips of the pen; bad rules."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.emergency import FAMILY_LABELS, Rule, Screen, plain_words
from moderation.emergency_rules import LISTS, ORDINARY, RULES
from moderation.screening import shipped_screen
from moderation.wordings import WordingError, sound_of, written_out
from tests.moderation.scoring import rule_words

SAID = {
    "chest_pain": ["I have crushing chest pain", "my chest feels tight and I am sweating"],
    "stroke": ["his face has dropped on one side and his speech is slurred", "her left arm is suddenly weak"],
    "anaphylaxis": ["my tongue is swelling after I ate peanuts", "she was stung by a wasp and her throat is closing"],
    "breathing": ["he cannot breathe", "my daughter is gasping for breath and her lips are blue"],
    "bleeding": ["the cut will not stop bleeding, blood is pouring out", "he is vomiting blood"],
    "sepsis": ["his wound is infected, he has a fever and he is confused and his skin is mottled"],
    "meningitis": ["she has a fever and a rash that does not fade under a glass", "stiff neck, fever and light hurts"],
    "overdose": ["he took a whole packet of paracetamol", "my toddler swallowed bleach"],
    "head_injury": ["she hit her head and keeps vomiting", "he fell, banged his head and is drowsy"],
    "pregnancy_bleeding": ["I am 10 weeks pregnant and bleeding", "I am pregnant and passing clots"],
    "infant_fever": ["my 5 week old baby has a fever", "our newborn feels very hot, 38.6"],
    "torsion": ["sudden severe pain in my left testicle", "my son woke up with a swollen painful testicle"],
    "eye_chemical": ["bleach splashed in my eye", "I got oven cleaner in both eyes"],
    "burns": ["boiling water burnt my whole arm and it is blistering", "my toddler was scalded by hot tea"],
    "choking": ["my baby is choking", "he is choking on a grape"],
    "self_harm": ["I want to kill myself", "I do not want to be here anymore", "she says she wants to die"],
    "abuse": ["my husband hits me", "my boyfriend strangled me last night"],
    "vision_after_filler": ["I had filler in my nose and now I cannot see out of one eye"],
}  # fmt: skip
EVERY = [(family, text) for family, texts in SAID.items() for text in texts]


@pytest.mark.parametrize(("family", "text"), EVERY, ids=[text for _, text in EVERY])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "{} right now.",
        "Hello, I need help. {}",
        "HELP {}",
        "What should I do? {}",
        "<b>{}</b>",
        "I do not know, {}",
    ],
)
def test_an_emergency_is_found_however_it_is_framed(family: str, text: str, form: str):
    assert family in shipped_screen().families(form.format(text))


@pytest.mark.parametrize(("family", "text"), EVERY, ids=[text for _, text in EVERY])
def test_an_emergency_is_found_in_capitals_and_with_curly_quotes(family: str, text: str):
    assert family in shipped_screen().families(text.upper())
    assert family in shipped_screen().families(text.replace(" ", "  \u200b"))


@pytest.mark.parametrize("text", [*ORDINARY, ""])
def test_an_ordinary_question_passes(text: str):
    assert shipped_screen().families(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I have no chest pain.",
        "No fever, headache or rash. When can I fly?",
        "He never had chest pain and is not short of breath.",
        "Ten years ago I took an overdose. I am well now.",
        "I had a stroke in 2015.",
        "When I was a child I burnt my hand on a kettle and it blistered.",
        "My grandfather used to have chest pain.",
        "What are the signs of a stroke?",
        "Is there a risk of meningitis after travel?",
        "I am not suicidal.",
        "I am dying to know the price.",
        "This queue is killing me.",
    ],
)
def test_what_is_denied_past_supposed_or_a_figure_of_speech_passes(text: str):
    assert shipped_screen().families(text) == []


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("breathing", "no fever but he cant breathe"),
        ("chest_pain", "I had a heart attack two years ago and now I have crushing chest pain"),
        ("breathing", "My mum isn’t breathing"),
        ("breathing", "he is not breathing and has no pulse"),
        ("chest_pain", "I don't know what to do, crushing chest pain"),
        ("self_harm", "I can't go on living like this"),
        ("self_harm", "I don’t want to live anymore"),
        ("chest_pain", "crushng chest pian"),
        ("breathing", "she cant breeth"),
        ("self_harm", "I feel su1cidal"),
        ("self_harm", "im suicidle"),
        ("chest_pain", "crushing ch\u0435st pain"),
    ],
)
def test_a_denial_a_past_and_a_slip_hide_no_emergency(family: str, text: str):
    assert family in shipped_screen().families(text)


def test_families_come_in_their_fixed_order():
    found = shipped_screen().families("I want to kill myself. I have crushing chest pain. My husband hits me.")

    assert found == [family for family in FAMILY_LABELS if family in found]
    assert {"chest_pain", "self_harm", "abuse"} <= set(found)


@pytest.mark.parametrize("text", ["\x00", "\ud800", "<", "((((", "{CHEST}", "\U0001f600" * 50, "a" * 5000, "'" * 99])
def test_any_characters_may_come(text: str):
    assert shipped_screen().families(text) == []


def test_plain_words():
    assert plain_words("I CAN’T breathe, help!") == ["i", "cant", "breathe", ",", "help", "."]
    assert plain_words("for 30mins at 39.5") == ["for", "30", "mins", "at", "39", "5"]
    assert plain_words("Mum's <i>arm</i>") == ["mum", "arm"]


def test_a_word_is_written_out_where_it_can_be():
    assert written_out("pain(s|ful)?") == ["pains", "painful", "pain"]
    assert written_out("bleed\\w*") == []


@pytest.mark.parametrize(
    ("written", "is_found"),
    [
        ("throat", True),
        ("thraot", True),
        ("thoat", True),
        ("throatt", True),
        ("throooat", True),
        ("throte", True),  # two slips, and one sound
        ("thrift", False),  # two slips, and another sound
        ("broat", False),  # another first letter
        ("threats", False),
    ],
)
def test_a_slip_of_the_pen_is_read_as_the_word_that_is_meant(written: str, is_found: bool):
    assert bool(make("throat").families(written)) == is_found


def test_a_short_word_is_no_slip():
    assert not make("pain").families("pane")
    assert not make("pain").families("pin")


def test_words_of_one_sound():
    assert sound_of("throte") == sound_of("throat")
    assert sound_of("breething") == sound_of("breathing")


words = st.sampled_from(rule_words())
signs = st.sampled_from([" ", " ", ", ", ". ", "\n", "? ", " - "])
texts = st.lists(st.tuples(words, signs), max_size=40).map(lambda pairs: "".join(map("".join, pairs)))
said = st.sampled_from([text for _, text in EVERY])
# Further away than a passage is long; said of the present, so that no past goes on through it.
FAR = " The bus is green. It is Tuesday. The book is on the piano. The song is new. "


@lru_cache
def rules_alone() -> Screen:
    """Return the shipped rules without the second layer, which weighs what stands near together."""
    return Screen(RULES, LISTS)


@settings(max_examples=50)
@given(st.text() | texts)
def test_plain_words_are_plain_already(text: str):
    plain = plain_words(text)

    assert plain_words(" ".join(plain)) == plain


@settings(max_examples=50, deadline=None)
@given(said)
def test_a_neutral_sentence_takes_nothing_away(text: str):
    found = set(rules_alone().families(text))

    assert found <= set(rules_alone().families(f"{text}.{FAR}"))
    assert found <= set(rules_alone().families(f"{FAR}{text}"))


@settings(max_examples=50, deadline=None)
@given(said, said)
def test_the_order_of_what_stands_far_apart_does_not_matter(first: str, second: str):
    there = rules_alone().families(f"{first}.{FAR}{second}.")

    assert there == rules_alone().families(f"{second}.{FAR}{first}.")


def make(demands: str, lists: dict[str, str] | None = None, **more: object) -> Screen:
    rule = Rule("burns", "test", tuple(demands.split("\n")), **more)
    return Screen([rule], lists or {})


@pytest.mark.parametrize(
    ("demands", "words"),
    [
        ("pain(", "brackets"),
        (".*", "almost any word"),
        ("{NOBODY}", "no list of words called NOBODY"),
        ("(hot)?", "must be there"),
        ("", "at least one word"),
        ("a" * 500, "longer than"),
        ("(a|b c|d e) " * 9, "ways"),
    ],
)
def test_a_bad_rule_is_refused_in_words(demands: str, words: str):
    with pytest.raises(WordingError, match=words):
        make(demands)


def test_lists_that_stand_in_one_another_are_refused():
    with pytest.raises(WordingError, match="stands in itself: A → B"):
        make("{A}", {"A": "{B}", "B": "{A}"})


def test_a_set_that_is_too_large_is_refused():
    lists = {f"L{part}": ", ".join(f"w{part}x{number} x y z" for number in range(3_000)) for part in range(5)}
    with pytest.raises(WordingError, match="too large"):
        make("\n".join(f"{{{name}}}" for name in lists), lists)


def test_a_bad_rule_is_left_out_and_the_others_hold():
    good, bad = Rule("burns", "good", ("hot",)), Rule("stroke", "bad", ("(",))

    screen = Screen([bad, good], {}, strict=False)

    assert screen.families("hot") == ["burns"]
    assert [rule.name for rule, _ in screen.left_out] == ["bad"]


def test_a_gap_is_up_to_three_words():
    screen = make("hot * tea")

    assert screen.families("hot tea")
    assert screen.families("hot cup of strong tea") == ["burns"]
    assert not screen.families("hot a b c d tea")


@pytest.mark.parametrize(
    ("within", "text", "is_found"),
    [
        ("clause", "hot, tea", False),
        ("sentence", "hot, tea", True),
        ("sentence", "hot. tea", False),
        ("passage", "hot. then. tea", True),
        ("passage", "hot one. hot two. hot three. tea", True),
        ("text", "hot. x hot. y hot. z hot. tea", True),
    ],
)
def test_how_near_together(within: str, text: str, is_found: bool):
    assert bool(make("hot\ntea", within=within).families(text)) == is_found


def test_unless_keeps_a_rule_silent():
    assert make("hot", unless="weather").families("hot weather") == []


def test_every_list_that_the_reading_asks_for_is_shipped():
    from moderation.emergency import READING_LISTS

    assert set(READING_LISTS) <= set(LISTS)
