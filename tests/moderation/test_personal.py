"""The personal data guard: what it finds, what it leaves alone, and what redaction promises."""

import time
from itertools import pairwise

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.looking_over import MOST_CHARACTERS
from moderation.services import Finding, apply_redaction, find_personal, marked, redact, take_out
from tests.moderation.score_personal import PARTS, report, score

# Each text with the one detail that is to be found in it, between braces.
FOUND = {
    "email": [
        "Write to {ann.lee@mail.example} soon",
        "mine is {ANN@MAIL.EXAMPLE}.",
        "{jane dot doe at mail dot example}",
        "mail me: {ann.lee (at) host . example}",
        "{ann[at]mail[dot]example}",
        "my email is {ann at mail.example}",
        "{ann_lee AT mail DOT example} works best",
        "reach me on {ann(at)mail.example}",
        "{ann+skin@mail.co.example}, any time",
        "{nora77 at gmail dot com} is mine",
        "mailto:{ann@mail.example}",
        "{ann@gmail} is enough",
    ],
    "phone": [
        "Call me on {07700 900461}",
        "{+44 7700 900461}",
        "{+44 (0)20 7946 0123} is the ward",
        "tel. {020 7946 0123}",
        "{(415) 555-0132}",
        "my cell is {415.555.0132}",
        "{1-800-555-0199} is the line",
        "ring {555 0132} after six",
        "{0049 30 23125 014} is busy",
        "Telefon {030/23125014}",
        "my number is {98765 43210}",
        "{0161 496 0245} ext 12 never answers",
        "whatsapp {+91-22-5550-0177}",
        "text {zero seven seven double zero nine oh oh four six one}",
        "call {1300 975 707}",
        "mobile: {0412 345 678}",
    ],
    "address": [
        "I live at {14 Larkspur Road}, by the sea",
        "{Flat 3, 88 Cobbler's Lane, Bristol BS99 4QX}",
        "{940 Marigold Blvd, Sacramento, CA 95899}",
        "im at {501 north alder avenue}",
        "{Lindenallee 27b, 04999 Leipzig}",
        "{Berliner Straße 12}",
        "ich wohne {Am Alten Markt 5, 04999 Leipzig}",
        "{P.O. Box 114}",
        "my postcode is {BS99 4QX}",
        "{12 rue de la Fontaine, 75099 Paris}",
        "vivo en {Calle Mayor 12}",
        "{1180 Sycamore Ct., Boise}",
        "{Keizersgracht 123}, second floor",
        "{12 St James's Square}",
    ],
    "record_number": [
        "MRN {00482913}",
        "hospital number {B1234567}",
        "Patient number {90 41 772} at the unit",
        "my record at St Brannock hospital is {1187-440}",
        "accession {S23-004518} says benign",
        "case # {2023-11874}",
        "chart no. {19-7734}",
        "Medical record number: {MR-3320/98}",
        "Fallnummer {4417220}",
        "hosp no {E118804}",
        "specimen ID {DP-22-04178}",
        "patient ID ({WLK00921})",
    ],
    "insurance_number": [
        "Insurance ID: {ZGP 4471 0098 21}",
        "policy no. {BH-7741902-C}",
        "member number {W30911842}",
        "group number {0084417}",
        "subscriber ID {SFD900118842}",
        "My Medicare number is {1EG4-TE5-MK73}",
        "it reads {1EG4-TE5-MK73}",
        "Krankenkasse number {A123456780}",
        "Versichertennummer {A123456780}",
        "Medicaid ID {QZ44120K}",
        "insurance number so here: {884-22-10937}",
    ],
    "birth_date": [
        "Born {12/03/1984}, female",
        "DOB {1990-01-02}",
        "My date of birth is {March 12, 1984}",
        "I was born on {the 3rd of May 1979}",
        "geb. {3.5.79}",
        "birthday: {17-08-1965}",
        "D.O.B. {12 March 84}",
        "{12/03/1984} is my birthday",
        "date of birth is {the twelfth of June, 1980}",
        "born in Leeds on {12 March 1984}",
        "geboren am {12. März 1984}",
        "née le {3 mai 1979}",
        "Ann Lee, {12/03/1984}",
    ],
    "name": [
        "my name is {ann lee}",
        "My name is {Jorge Lima} and I itch",
        "I'm {Ellen Marsh}",
        "hi its {Dee Flanagan} from Cork",
        "{Dr. Aloysius Finch} did it",
        "{Dr Young} did it",
        "{Dr. O'Neill} did it",
        "saw {dr mehta} today",
        "I saw {doctor okafor} today",
        "{Nurse Pollard} took them out",
        "{Mr Adeyemi-Brown} operated",
        "{Prof. Dr. Henrike Sandmann} came",
        "My daughter {Lily Hart} has patches",
        "my daughter {lily} has patches",
        "My 6 year old son {Oscar} has patches",
        "Best wishes\n{Desmond Achterberg}",
        "Thanks, {Jane}",
        "Regards, {Xavi Oru}",
        "signed: {Józef Wątroba}",
        "ask for {Bernadette}",
        "Mein Name ist {Friederike Stolz}",
        "Patient: {HOLLOWAY, Geraldine}",
        "{Lily}, 7, has patches",
        "{Dr van der Berg} did it",
        "{DR SMITH} DID IT",
        "It was done by {Ramesh Pillai}",
    ],
    "profile_link": [
        "see {facebook.com/wendy.tarrow.9}",
        "{https://www.linkedin.com/in/harriet-vole-5512} is me",
        "my insta is {@sunny_face_92}",
        "Insta: {the.keloid.diary}",
        "{t.me/gil_beckwith}",
        "Skype me: {live:petra_gruber_55}",
        "{https://x.com/gilbeckwith}",
        "{tiktok.com/@scar.story}",
        "snap: {lipo_larry_66}",
        "I am {u/scar_story} there",
        "{instagram dot com/plain_jane}",
        "follow {@scarstory} for more",
    ],
    "id_number": [
        "NHS number {999 123 4567}",
        "it is {943 476 5919}",
        "SSN {900-45-6789}",
        "here: {900-45-6789}",
        "passport no. {X00417789}",
        "National insurance number {QQ 12 34 56 C}",
        "my social is {912-70-0034}",
        "Aadhaar {0000 1142 9087}",
        "DNI {00000471-X}",
        "CPF {000.417.229-00}",
        "PPS {1234567FA}",
        "driving licence {MARSH 801122 E99ZZ}",
    ],
}

ORDINARY = [
    "I take 20 mg twice a day.",
    "50,000 IU weekly for 8 weeks",
    "Every 6-8 weeks I get a cold sore.",
    "The biopsy on March 12 2024 was fine.",
    "My surgery was on 12/03/2023.",
    "I was born in 1969.",
    "born at 32 weeks, 1,850 grams",
    "I use Dr. Jart cream.",
    "Dr Pepper gives me boils.",
    "Dr. Squatch soap",
    "Dr said no sun.",
    "I asked Dr. Google.",
    "the surgeon, let's call him Dr X",
    "St. John's wort and laser",
    "300 mg St John's wort",
    "Bell's palsy since May",
    "Hashimoto's and Mohs",
    "I am Fitzpatrick Type IV",
    "I'm Desperate. Nothing Works.",
    "I am Worried Sick",
    "I'm African American",
    "My son has Kawasaki",
    "My name is not important",
    "Call me crazy",
    "1200 euros for one syringe",
    "Rs 85,000 for 2500 grafts",
    "L40.0 is on the letter",
    "CPT 15823 and 67904",
    "ref FX-410-350 on the implant card",
    "lot L2209A on the tube",
    "Q-switched Nd:YAG 1064/532",
    "BP 168/97 and 124/78",
    "prednisone 60-40-30-20-10-5",
    "I bought it at boots.com",
    "look at nhs.uk",
    "https://www.nice.org.uk/guidance",
    "a video on youtube.com/watch?v=abc",
    "I saw it on instagram.com",
    "r/skincare says so, facebook too",
    "I live on a busy street",
    "10 minutes down the road",
    "2 hours on the road",
    "4 units @brow",
    "B12 5MG every day",
    "10.5.2019 to 12.6.2021, then 22.10.2022",
    "What does a record number mean?",
    "My address has changed",
    "They never called me back",
    "two of the 500s at 6 pm",
    "10 20 30 40 50 60 70 mg",
    "Thanks in advance",
    "Thanks, Hopeful In Ohio",
    "Kind regards",
    "I paid the Dr. The nurse was kind.",
    "Elizabeth Arden cream",
    "Charlotte Tilbury cream",
    "Johnson & Johnson oil",
    "ANA 1:640, C3 0.71",
    "the ring finger, 4 mm",
    "my birthday is in three weeks",
    "In 1998 and 2010, then 2019-2021",
    "[name removed] and [phone number removed]",
]

each_found = pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts], ids=lambda value: value[:40]
)
texts = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "Ann Lee",
            "Dr. Finch",
            "my name is",
            "07700 900461",
            "+",
            "@",
            "a@b.example",
            "12/03/1984",
            "born",
            "MRN",
            "4471",
            ", ",
            " ",
            "\n",
            "NHS",
            "943 476 5919",
            "14 Larkspur Road",
            "insta: ",
            "x_y",
            "[name removed]",
            "removed]",
            "(",
            "\u200b",
            "\u200d",
            "٣",
            "０７",
            "–",
            "policy no.",
            "AB-77",
            "thanks",
            "straße 5",
            "dot",
            "at",
            "é",
            "e\u0301",
            "\r\n",
            "#",
            ".",
            "-",
            "1",
            "here",
        ]
    ),
    max_size=30,
).map("".join)


def kinds(text: str) -> set[str]:
    return {each.kind for each in find_personal(text)}


@each_found
def test_a_detail_is_found_in_its_place(kind: str, text: str):
    start, end = text.index("{"), text.index("}") - 1
    plain = text.replace("{", "").replace("}", "")

    assert [each for each in find_personal(plain) if each.kind == kind and each.start < end and start < each.end]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_raise_no_alarm(text: str):
    assert find_personal(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Call ０７７００ ９００４６１ now",
        "Call 07700\u2013900\u2013461 now",
        "Call 07\u200b700 90\u200d0461 now",
        "Call 07700\u00a0900\u202f461 now",
        "Call ٠٧٧٠٠ ٩٠٠٤٦١ now",
        "Call 0\ufe0f\u20e37\ufe0f\u20e37\ufe0f\u20e300 900461 now",
    ],
)
def test_odd_digits_dashes_and_invisible_signs_hide_nothing(text: str):
    (found,) = find_personal(text)

    assert found.kind == "phone"
    assert redact(text, [found]) == "Call [phone number removed] now"


def test_an_address_with_invisible_signs_is_taken_out_whole():
    assert redact("mail ann\u200b@ma\u200dil.example now", find_personal("mail ann\u200b@ma\u200dil.example now")) == (
        "mail [email removed] now"
    )


def test_contact_details_must_go_and_the_rest_may_stay():
    must = {each.kind: each.must_go for each in (Finding(kind, 0, 1) for kind in FOUND)}

    assert {kind for kind, go in must.items() if go} == {"email", "phone", "address", "profile_link"}


@given(texts)
@settings(max_examples=300, deadline=None)
@example("Ann Lee, 07700 900461, born 12/03/1984, Dr. Finch 14 Larkspur Road")
def test_findings_are_in_order_apart_and_inside_the_text(text: str):
    findings = find_personal(text)

    assert all(0 <= each.start < each.end <= len(text) for each in findings)
    assert all(one.end <= two.start for one, two in pairwise(findings))
    assert "".join(piece.text for piece in marked(text, findings)) == text


@given(texts)
@settings(max_examples=300, deadline=None)
def test_a_redacted_text_holds_nothing_more(text: str):
    clean = redact(text, find_personal(text))

    assert find_personal(clean) == []
    assert redact(clean, find_personal(clean)) == clean


def test_a_click_takes_out_one_detail_and_a_stale_click_none():
    text = "Call 07700 900461 or write to ann@mail.example"
    phone, email = find_personal(text)

    assert apply_redaction(text, phone.kind, phone.start, phone.end) == (
        "Call [phone number removed] or write to ann@mail.example"
    )
    assert apply_redaction(text, email.kind, phone.start, phone.end) == text
    assert apply_redaction("Now " + text, phone.kind, phone.start, phone.end) == "Now " + text
    assert apply_redaction(text, "phone", -5, 10_000) == text


def test_the_preview_escapes_keeps_lines_and_names_each_button():
    text = "<b>Hi</b>\nI'm Ellen Marsh, 07700 900461"
    page = render_to_string(
        "moderation/_marked_text.html", {"pieces": marked(text, find_personal(text)), "field": "body"}
    )
    phone = next(each for each in find_personal(text) if each.kind == "phone")

    assert "<b>" not in page and "&lt;b&gt;Hi&lt;/b&gt;\nI&#x27;m " in page
    assert f'value="body:phone:{phone.start}:{phone.end}"' in page
    assert 'Remove this phone number<span class="vh">: 07700 900461</span>' in page
    assert page.count("<mark>") == page.count("<button") == 2


@pytest.mark.parametrize(
    "seed",
    [
        "1",
        "a@",
        "a.",
        "Dr. ",
        "Ann ",
        "my name is ",
        "12 Larkspur ",
        "1-",
        "MRN ",
        "7 7 0 ",
        "a dot ",
        "insta: ",
        "Ann Lee, 07700 900461. ",
        "no no ",
        "\u200b",
        "born ",
    ],
)
def test_time_grows_with_the_length_and_no_faster(seed: str):
    def best(size: int) -> float:
        text = seed * (size // len(seed))
        times = []
        for _ in range(3):
            begun = time.process_time()
            find_personal(text)
            times.append(time.process_time() - begun)
        return min(times)

    assert best(200_000) <= 3 * best(100_000) + 0.02


@pytest.mark.parametrize("part", PARTS)
def test_the_labelled_set_is_found_with_few_false_alarms(part: str):
    result = score(PARTS[part])
    figures = report(part, result)

    assert result.recall >= 0.95, figures
    assert all(result.found[kind] / of >= 0.85 for kind, of in result.labelled.items()), figures
    assert result.false_alarms <= 0.05, figures


def test_an_address_does_not_go_on_in_the_next_sentence():
    text = "Write to ines@post.example. My shoulder hurts, or to a.b@c.example.So what"

    assert redact(text, find_personal(text)).startswith("Write to [email removed]. My shoulder hurts")


def test_a_text_that_no_form_takes_is_not_looked_through_for_details():
    long = "Ring 020 7946 0000. " * (MOST_CHARACTERS // 20 + 1)
    data = QueryDict(mutable=True)
    data.update({"redact": "all", "body": long, "title": "Ring 020 7946 0000."})

    take_out(data, ["title", "body"])

    assert data["body"] == long
    assert "7946" not in data["title"]
