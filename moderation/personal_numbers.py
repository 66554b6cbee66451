"""Numbers of people in a text: telephones, records, insurances, identity papers, dates of birth."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import re2

from moderation.folding import linear
from moderation.personal_words import COMMON

Span = tuple[int, int]

_CURRENCY_OR_UNIT = linear(
    r"(?i)\A ?(?:%|€|£|\$|°|/ ?(?:mm|ml|day|week|l\b|µl)|(?:mg|mcg|µg|ug|g|kg|ml|"
    r"cc|iu|units?|mm|cm|km|ft|lbs?|kcal|percent|hours?|hrs?|minutes?|mins?|"
    r"seconds?|days?|weeks?|months?|years?|yrs?|grafts?|shots?|lines|pulses|passes|"
    r"cells|sessions?|euros?|eur|dollars?|usd|pounds?|quid|gbp|"
    r"rupees|inr|aud|cad|chf|kr|zloty|pln|baht|yen|won|lakh|nm|joules|ng|nmol|pmol|"
    r"mmol|bpm|people|patients|women|men|times|tablets?|pills?|"
    r"syringes?|vials?|calories|j|hz|copies)\b)"
)
_MONEY_BEFORE = linear(r"(?i)(?:[£$€¥₹]|\b(?:rs|inr|usd|eur|gbp|chf|aud|cad)\.?) ?\z")


# --- Dates -----------------------------------------------------------------------------------------------

MONTHS = {
    "jan": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mae": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5,
    "mai": 5, "mag": 5,
    "jun": 6, "juin": 6, "jui": 7, "jul": 7, "aug": 8, "aoû": 8, "ago": 8, "sep": 9, "oct": 10, "okt": 10, "ott": 10,
    "out": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12, "déc": 12, "ene": 1, "gen": 1, "set": 9, "mrz": 3,
}  # fmt: skip
_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar|rero|r)?|fév(?:rier)?|march|mar(?:zo|"
    r"s)?|märz|maerz|mrz|apr(?:il|ile)?|avril|abr(?:il)?|may[o]?|mai|maggio|"
    r"june?|juni|juin|jun(?:io)?|july?|juli|juillet|jul(?:io)?|aug(?:ust)?|août|agosto|"
    r"sept?(?:ember|embre|iembre)?|o[ck]t(?:ober|obre|ubre)?|"
    r"nov(?:ember|embre|iembre)?|de[cz](?:ember)?|déc(?:embre)?|dic(?:iembre|embre)?|enero|gennaio|ene)\.?"
)
_WORD_DAY = (
    r"(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|"
    r"ninth)|first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|"
    r"seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_WORD_YEAR = r"(?:nineteen|twenty|two thousand)(?:[ -](?:and[ -])?[a-z]{3,9}){1,3}"
_DATE = (
    r"(?:\d{4} ?[./-] ?\d{1,2} ?[./-] ?\d{1,2}|\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?'?(?:\d{4}|"
    r"\d{2})|\d{1,2} \d{1,2} \d{4}|\d{1,2} \d{1,2} \d{2}|"
    rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th|\.|º)?(?: day)?(?: of| de| d')?[ ./-]{{0,2}}{_MONTH}(?: "
    rf"de| of)?[ ,./-]{{0,2}}'?(?:\d{{4}}|\d{{2}})|"
    rf"{_MONTH}[ ./-]{{0,2}}(?:the )?\d{{1,2}}(?:st|nd|rd|th)?[ ,./-]{{1,3}}'?(?:\d{{4}}|"
    rf"\d{{2}})|\d{{4}}[ ./-]{_MONTH}[ ./-]\d{{1,2}}|"
    rf"(?:the )?(?:{_WORD_DAY})(?: day)?(?: of)? {_MONTH},?(?: of| in)? (?:\d{{4}}|"
    rf"{_WORD_YEAR})|{_MONTH} (?:the )?(?:{_WORD_DAY}),? (?:\d{{4}}|{_WORD_YEAR})|"
    rf"\d{{8}})"
)
_BIRTH = (
    r"(?:born|b\.|came into (?:this|the) world|first day (?:on earth|of life)|birth "
    r"?day|b'?day|birth ?date|(?:date|day)[ -]of[ -]birth|dob|d\.o\.b\.?|d/o/b|d "
    r"o b|bd|bdate|birthdat[ea]|birth ?[:=]|"
    r"geb\.?|geboren|geburtsdatum|geburtstag|geb\.? ?-?datum|née?|nacid[oa]|nascid[oa]|"
    r"nat[oa]|fecha de nacimiento|date de naissance|"
    r"data di nascita|data de nascimento|ur\.|geboortedatum|född|f\.? ?nac\.?)"
)
_BIRTH_LINK = (
    r"(?:[ :=,()\[\]\"'*.-]|\n|\b(?:s|on|the|is|was|am|at|a|le|el|il|of|it's|its|"
    r"my|here|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"myself|he|she|i|we|were|prematurely|preterm|early|him|her|mine|dd|mm|yyyy|yy|"
    r"patient|both|in|by|being|due|actually|really|and)\b){0,8}"
)
_BORN_IN = r"(?: (?:in|at) [\pL .'-]{2,32}(?:,| on| the)+ ?)"
_BIRTH_DATE = linear(rf"(?i)(?:^|[^\pL\pN])(?:{_BIRTH}(?:{_BIRTH_LINK}|{_BORN_IN})|\*[ ]?)({_DATE})")
_BIRTH_AFTER = linear(
    rf"(?i)(?:^|[^\pN])({_DATE})[ ,]{{0,2}}(?:(?:is|was|=|as|\() ?)?(?:(?:actually|"
    r"is|which is|that's|being|as) )?(?:\(?(?:my|his|her|their|the|our|\pL+'s)? ?)?"
    r"(?:birth ?day|b-?day|dob|d\.o\.b|birth ?date|date of birth|born)\b"
)
_ANY_DATE = linear(rf"(?i)\A({_DATE})\z")


def _is_date(words: str) -> bool:
    """Tell whether a day, month and year that can be are written there."""
    low = words.lower().replace("'", "")
    numbers = [int(each) for each in re2.findall(r"\d+", low) if len(each) <= 8]
    letters = next(
        (MONTHS[key] for word in re2.findall(r"\pL+", low) for key in (word[:4], word[:3]) if key in MONTHS), None
    )
    if letters:
        if len(numbers) < 2:
            return True  # A day or a year in words.
        return any(_exists(year, letters, day) for day, year in (numbers[:2], numbers[1::-1]))
    if len(numbers) == 1:
        digits = f"{numbers[0]:08d}"
        return _exists(int(digits[:4]), int(digits[4:6]), int(digits[6:])) or any(
            _exists(int(digits[4:]), month, day)
            for month, day in ((int(digits[2:4]), int(digits[:2])), (int(digits[:2]), int(digits[2:4])))
        )
    if len(numbers) != 3:
        return False
    one, two, three = numbers
    return _exists(one, two, three) or _exists(three, two, one) or _exists(three, one, two)


def _exists(year: int, month: int, day: int) -> bool:
    if year < 100:
        year += 2000 if year <= date.today().year % 100 else 1900
    try:
        return date(1890, 1, 1) <= date(year, month, day) and year <= date.today().year + 1
    except ValueError:
        return False


def find_birth_dates(text: str) -> Iterator[Span]:
    for pattern in (_BIRTH_DATE, _BIRTH_AFTER):
        for found in pattern.finditer(text):
            place, end = found.span(1)
            if _is_date(found.group(1)) and not text[end : end + 1].isdigit():
                yield place, end


DATE_AFTER_NAME = linear(rf"(?i)\A[ ,(]{{1,3}}(?:\* ?)?({_DATE})(?:[^\d]|\z)")
_OLD_YEAR = linear(r"(?:19[0-9]{2}|[./-][3-9][0-9])\z")


def date_after_name(text: str, end: int) -> Span | None:
    """Return the old enough date that stands right after a name: "Ann Lee, 12/03/1984"."""
    found = DATE_AFTER_NAME.match(text[end : end + 40])
    if found and _is_date(found.group(1)) and _OLD_YEAR.search(found.group(1)):
        return end + found.start(1), end + found.end(1)
    return None


# --- Numbers with a label --------------------------------------------------------------------------------

# By kind: labels that suffice by themselves, and labels that need the word "number" (or a sign of it).
_LABELS: dict[str, tuple[str, str]] = {
    "id_number": (
        r"nhs|ssn|s\.s\.n\.?|social security|my social|social|national insurance|nino|"
        r"ni|itin|passport|reisepass|pasaporte|(?:driver'?s?|drivers'|driving) (?:licen[cs]e|"
        r"permit)|"
        r"licen[cs]e|dl|national id(?:entity)?|identity card|identity|id card|government "
        r"id|personal id|state id|student id|employee id|staff id|military id|voter id|"
        r"school id|dni|n\.?i\.?e|nif|"
        r"curp|cpf|rg|c[eé]dula|aadhaar|aadhar|adhaar|pan(?: card)?|pps|ppsn|pps number|"
        r"tfn|tax file|tax id|tax|steuer-?id|steuernummer|sin|social insurance|"
        r"bsn|personnummer|personnr|fødselsnummer|cpr-?(?:nummer|nr|number)|pesel|personalausweis|"
        r"ausweis|perso|chi|ihi|h&c|health and care|codice fiscale|nin|bvn|nric|fin|emirates "
        r"id|"
        r"iqama|green card|alien registration|alien|a-number|uscis|uci|nhi|dvla|mynumber|"
        r"resident registration|rrn|national|citizen|rijksregister(?:nummer)?|nrn|tin|"
        r"nit|rut|run|ci|ic|id no|residence permit|residence card|visa|iban|bank account|"
        r"account|sort code|credit card|debit card|egn|oib|cnp|hkid|mykad|cnic|tc kimlik|"
        r"kimlik|service number|army",
        r"identification|permit|student|employee|staff|payroll",
    ),
    "insurance_number": (
        r"medicare(?: card)?|medicaid|member(?:ship)?(?: id)?|subscriber(?: id)?|policy(?: "
        r"?holder)?(?: id)?|insurance(?: id| policy| card)?|insured(?: under| as| with)?|"
        r"krankenkasse(?:nnummer)?|versicherten(?:nummer|-?nr)?|"
        r"versicherungs(?:nummer|-?nr|schein)?|kvnr|kv-?(?:nummer|nr)|health ?card|ehic|"
        r"ghic|ohip|hicn|mbi|health fund|medibank|bupa|axa|aetna|cigna|bcbs|blue ?cross|"
        r"kaiser|humana|united ?health(?:care)?|anthem|aok|barmer|dak|tk|vhi|laya|allianz|"
        r"aviva|tricare|mutuelle|mediclaim|sozialversicherungs(?:nummer|-?nr)?|svnr|sv|"
        r"svn|carte vitale|"
        r"beneficiary|enrol+ee|group(?: id| policy)?|plan(?: id)?|payer id|claim(?: ref(?:erence)?)?|"
        r"hmo|ppo|(?:pre-?)?authori[sz]ation|pre-?auth|rx ?bin|rx ?grp|rx ?pcn|scheme|"
        r"cover|my id|dva|phn",
        r"id|coverage|benefits?|certificate",
    ),
    "record_number": (
        r"mrn|m\.r\.n\.?|emr|uhid|umr|crn|urn|ur|ubrn|emrn|medical rec(?:ord)?s?(?: id)?|"
        r"health record|hospital(?: record| id| ref(?:erence)?| file)?|patient(?:'s)?(?: "
        r"id| ref(?:erence)?| record| file)?|pat(?:ient)?[.-]? ?id|pid|record(?:s)?(?: "
        r"id)?|chart(?: id)?|"
        r"accession|specimen(?: id)?|sample(?: id)?|biopsy(?: id| ref(?:erence)?)?|pathology(?: "
        r"ref(?:erence)?| id)?|path|histology|histo|case(?: id| ref(?:erence)?| file)?|"
        r"file|folder|encounter(?: id)?|admission|episode|fallnummer|fall-?nr|patienten-?(?:nummer|"
        r"nr|id)|"
        r"aktenzeichen|aktennummer|akte|krankenakte|dossier|historia cl[ií]nica|nhc|expediente|"
        r"lab(?:oratory)?(?: id| ref(?:erence)?)?|report(?: id)?|"
        r"(?:referral|appointment|letter|booking|hospital|clinic|our|my|your|case|patient)? "
        r"?ref(?:erence)?(?: id)?|slide|block|cytology|unit record|opd|ipd|ip|op|reg(?:istration|"
        r"n)?|registered as|filed under|listed under|admitted as|look up|journal|wristband|"
        r"hn|h/n|hosp(?:ital)?\.?|pt|mr|med rec|patient (?:identifier|code)|medical id|"
        r"pat\.?-?(?:nr|no|id)|aufnahme-?(?:nr|nummer)|k|district|pas|system|registration|"
        r"requisition|request|exam|outpatient|inpatient|discharge(?: summary)?|op no|"
        r"rm2|wrist ?band|old notes|paper notes|medical file|medical notes|medical|dental|"
        r"eye clinic",
        r"unit|clinic|notes|x-?ray|radiology|scan|mri|ct|imaging|film|visit|referral|"
        r"appointment|booking|prescription|rx|script|ward|ticket|complaint|trial|study "
        r"participant|surgery|practice|treatment|implant|donor|theatre|sticker|label|"
        r"number|no|nr|code|reference|identifier|id code|#",
    ),
}
_NUMBER_WORD = r"(?:numbers?|no|nos|nr|num|nbr|id|ids|#|№|code|ref|reference|n°|nº|n[.]|nummer|número|numero)"
_LINK = (
    rf"(?:[ :=#№(),\"'\[.]|\n| ?- |\b(?:{_NUMBER_WORD}|is|was|are|card|it's|its|my|"
    r"the|here|reads?|says?|on|top|mine|starts with|ends in|ending|ending in|also|"
    r"today|then|as|if|you|need|it|so|here|this|that|called|quoted|"
    r"with|old|new|ubrn|mrn|of|for|a|and|that's|actually|under|shows?|begins|printed|"
    r"front|back|wristband|letter|slip|form|account|policy|below)\b){0,8}"
)
_AT_PLACE = r"(?: (?:at|from|in|for|with|on|of|by|under)(?: [\pL.'&-]+){1,5} (?:is|was|=|:) )"
_AT_PLACE_COLON = r"(?: (?:at|from|in|for|with|on|of|by|under)(?: [\pL.'&-]+){1,5}: ?)"
_VALUE = r"((?:[a-z]{1,6}[ ./-]?){0,3}\d[a-z\d]*(?: ?[./-] ?[a-z\d]{1,12}| [a-z\d]{1,10}){0,7})"


def _labelled(labels: str) -> Any:
    return linear(rf"(?i)(?:^|[^\pL\pN])({labels})\b((?:'s)?(?:{_LINK}|{_AT_PLACE}|{_AT_PLACE_COLON})){_VALUE}")


_BY_LABEL = [
    (kind, strong, _labelled(labels))
    for kind, both in _LABELS.items()
    for strong, labels in ((True, both[0]), (False, both[1]))
]
_SAID = linear(rf"(?i)(?:^|[^\pL])(?:{_NUMBER_WORD})(?:[^\pL]|\z)|[#№]")
_MARKED = linear(r"[:=#№(]|\bis\b")
# Labels that are everyday words: without "number" they need a value that can be nothing else.
_EVERYDAY = frozenset(
    [
        "social",
        "tax",
        "sin",
        "visa",
        "account",
        "licence",
        "license",
        "ni",
        "dl",
        "rg",
        "fin",
        "pan",
        "army",
        "permit",
        "identity",
        "hospital",
        "patient",
        "patient's",
        "record",
        "records",
        "case",
        "file",
        "folder",
        "lab",
        "laboratory",
        "report",
        "path",
        "group",
        "plan",
        "claim",
        "cover",
        "scheme",
        "insurance",
        "membership",
        "member",
        "tk",
        "sv",
        "dak",
        "card",
        "record",
        "record's",
        "episode",
        "admission",
        "slide",
        "block",
        "unit",
        "ip",
        "op",
        "ur",
        "reg",
        "ref",
        "reference",
        "journal",
        "chart",
        "identification",
        "id",
        "insured",
        "passport",
        "biopsy",
        "pathology",
        "sample",
        "specimen",
        "medicare",
        "medicaid",
        "bupa",
        "policy",
        "dossier",
        "akte",
        "my",
        "our",
        "look",
        "k",
        "hosp",
        "pt",
        "mr",
        "district",
        "pas",
        "system",
        "registration",
        "requisition",
        "request",
        "exam",
        "outpatient",
        "inpatient",
        "discharge",
        "medical",
        "dental",
        "national",
        "citizen",
        "tin",
        "run",
        "ci",
        "ic",
        "nit",
        "rut",
        "rrn",
        "uci",
    ]
)
_OTHER_NUMBERS = linear(
    r"(?i)\b(?:lot|batch|serial|model|cat(?:alogue|alog)?|item|product|barcode|isbn|"
    r"pmid|doi|nct|trial|study|article|style|sku|cpt|icd(?:-10)?|version|patent|tracking|"
    r"invoice|receipt|order|gtin|ean|device)"
    r"[ .:]*(?:number|no|nr|#|code|id|ref)?[ .:#]*(?:is|was)?[ ]*\z"
)
_DEVICE = linear(
    r"(?i)\b(?:implants?|device|style|model|product|cream|serum|machine|laser|filler|"
    r"sunscreen|tube|lot|expander)\b[^\n]{0,40}\z"
)
_DIAGNOSIS = linear(r"\A[A-TV-Z]\d{2}(?:\.\d{1,4})?\z")
_PHONE_SHAPED = linear(r"\A(?:\(?0[1-9]\d{1,4}\)?[ -]\d{3,4}[ -]?\d{3,4}|\+\d.*|\(?\d{3}\)?[ .-]\d{3}[.-]\d{4})\z")
_PHONE_LABELS = frozenset(
    {
        "hospital",
        "clinic",
        "ward",
        "practice",
        "surgery",
        "unit",
        "lab",
        "path",
        "pathology",
        "cover",
        "appointment",
        "booking",
        "my",
    }
)


def _trimmed(value: str) -> str:
    """Return the tokens of ``value`` that belong to a number, without the words that follow."""
    tokens = re2.findall(r"[^ ./-]+|[ ./-]+", value)
    kept: list[str] = []
    seen = False
    for place, token in enumerate(tokens):
        if place % 2:
            kept.append(token)
            continue
        has_digit = any(map(str.isdigit, token))
        dashed = bool(kept) and "-" in kept[-1] and " " not in kept[-1]
        if (
            not has_digit
            and not (token.isupper() and (len(token) <= 4 or dashed))
            and not (
                not seen
                and len(token) <= 3
                and token.lower() not in COMMON
                and token.lower() not in {"ce", "nr", "id", "de"}
            )
        ):
            kept = kept if seen else []
            if seen:
                break
            continue
        seen = seen or has_digit
        kept.append(token)
    while kept and (
        set(kept[-1]) <= set(" ./-")
        or (kept[-1] in {"I", "A", "U", "GP", "DOB", "NHS", "MD", "DX"} and " " in "".join(kept[-2:-1]))
    ):
        kept.pop()
    return "".join(kept)


def _holds(kind: str, label: str, link: str, value: str, *, strong: bool) -> bool:
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    said = bool(_SAID.search(link)) or bool(_SAID.search(label))
    if (_ANY_DATE.match(value) and _is_date(value)) or _DIAGNOSIS.match(value):
        return False
    if digits == 4 and value.isdigit() and value[:2] in {"19", "20"}:
        return said and "#" in link
    if said:
        return digits >= 4 or (digits >= 3 and (letters > 0 or "-" in value))
    if not strong:
        return False
    marked = bool(_MARKED.search(link))
    if label in _EVERYDAY:
        sure = letters > 0 and digits >= 4 and any(map(str.isupper, value)) and (not value[0].isdigit() or "-" in value)
        return sure or digits >= 7 or (marked and digits >= 5) or (digits >= 6 and "-" in value)
    return digits >= 5 or (digits >= 4 and (marked or letters > 0))


def find_labelled(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what a label calls a number of a record, an insurance or an identity paper.

    Where several labels claim one number, the nearest wins, and of those that end together the longest.
    """
    nearest: dict[int, tuple[int, int, str, int, int]] = {}
    for claim in _claims(text):
        if claim[4] not in nearest or claim > nearest[claim[4]]:
            nearest[claim[4]] = claim
    for _, _, kind, place, end in nearest.values():
        yield kind, place, end


def _claims(text: str) -> Iterator[tuple[int, int, str, int, int]]:
    """Yield how near each label stands, how long it is, and what it claims."""
    for kind, strong, labels in _BY_LABEL:
        for found in labels.finditer(text):
            label, link = found.group(1).lower().strip(), found.group(2).lower()
            value = _trimmed(found.group(3)).strip()
            place = found.start(3) + found.group(3).find(value)
            end = place + len(value)
            if (
                value
                and not _is_measure(text, place, end)
                and not _means_a_thing(text, found.start(1), label, place, end)
                and not (kind == "record_number" and "phone" in link)
                and not (label in _PHONE_LABELS | _BARE and _PHONE_SHAPED.match(value))
                and _holds(kind, label, link, value, strong=strong)
            ):
                meant = _kind_meant(kind, label, value, text, place, end)
                if meant:
                    yield (0 if label in _BARE else found.end(1)), len(label), meant, place, end


def _is_measure(text: str, place: int, end: int) -> bool:
    """Tell whether money or a unit stands beside the number, or it goes on."""
    return bool(
        _CURRENCY_OR_UNIT.match(text[end : end + 12])
        or _MONEY_BEFORE.search(text[max(0, place - 6) : place])
        or text[end : end + 1].isalnum()
    )


def _means_a_thing(text: str, begins: int, label: str, place: int, end: int) -> bool:
    """Tell whether a lot, an order or a device is numbered here."""
    if _OTHER_NUMBERS.search(text[max(0, begins - 24) : begins]):
        return True
    return label in {"ref", "reference", "code", "id"} and bool(
        _DEVICE.search(text[max(0, place - 70) : begins]) or _DEVICE.search(text[end : end + 30])
    )


def _kind_meant(kind: str, label: str, value: str, text: str, place: int, end: int) -> str | None:
    """Return the kind where the label alone does not say it: a bare "number", a bare "ID"."""
    if label in _BARE:
        return _near(text, place, end) if sum(map(str.isdigit, value)) <= 8 else None
    if label in {"id", "identification"}:
        return _whose_id(text[max(0, place - 90) : place])
    return kind


_INSURED = re2.compile(r"(?i)insur|medicai|medicare|health|plan\b|hmo|ppo|\brx\b|policy|cover|member|aetna|bupa|cigna")
_TREATED = re2.compile(r"(?i)hospital|patient|clinic|ward\b|biopsy|specimen|wristband|chart|lab\b")


def _whose_id(before: str) -> str:
    """Tell which number is meant by a bare "ID"."""
    if _TREATED.search(before):
        return "record_number"
    return "insurance_number" if _INSURED.search(before) else "id_number"


_CODE = linear(
    r"(?:^|[ (\n:#/\"'])([A-Z]{1,4}[-/ ]?\d{2,4}[-/]\d{3,7}(?:[-/]\d{1,6})?|[A-Z]{1,4}[-/]?\d{6,10}[A-Z]"
    r"?|\d{6,12}[A-Z]{0,2}|\d{2,5}[-/]\d{4,8}[A-Z]?)(?:[ ,.;:!?)\n\"']|\z)"
)
_NEAR = [
    (
        "id_number",
        linear(
            r"(?i)\b(?:passport|identity|id|citizen\w*|licen[cs]e|tax|social security|national|"
            r"resident\w*|immigration|visa|border)\b"
        ),
    ),
    (
        "insurance_number",
        linear(r"(?i)\b(?:insur\w+|policy|cover\w*|member\w*|plan|claims?|subscriber|krankenkasse|premium)\b"),
    ),
    (
        "record_number",
        linear(
            r"(?i)\b(?:hospital|patients?|records?|charts?|files?|notes|letters?|wristband|"
            r"admission|lab|biopsy|slides?|sample|specimen|report|discharge|summary|system|"
            r"registered|receptionist|reception|referral|appointment|booking|case|mr|mrs|"
            r"dr|label|sticker|scans?|x-?rays?|mri|ct|requisition|request|ward)\b"
        ),
    ),
]


def find_codes(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what looks like the number of a file and stands near a word that says of which."""
    for found in _CODE.finditer(text):
        place, end = found.span(1)
        value = found.group(1)
        before = text[max(0, place - 70) : place]
        if (
            _DEVICE.search(before)
            or _OTHER_NUMBERS.search(before)
            or _is_measure(text, place, end)
            or (_ANY_DATE.match(value) and _is_date(value))
            or _DIAGNOSIS.match(value)
            or _DATES_ONLY.match(value)
            or value.endswith("000")
        ):
            continue
        kind = _near(text, place, end)
        if kind:
            yield kind, place, end


_BARE = frozenset({"number", "no", "nr", "code", "reference", "identifier", "id code", "#"})


def _near(text: str, place: int, end: int) -> str | None:
    """Return the kind of number that the words around it speak of."""
    around = text[max(0, place - 50) : place] + " " + text[end : end + 30]
    return next((kind for kind, words in _NEAR if words.search(around)), None)


_AFTER_VALUE = linear(
    r"(?i)(?:^|[ (\n])((?:[a-z]{1,4}[-/]?)?\d[\da-z]*(?:[ ./-][\da-z]*\d[\da-z]*){0,5})[ "
    r",]{0,2}(?:\(|is|was|=|-|that's|which is|,)? ?(?:my|the|his|her|our|their)? "
    r"?"
    r"(nhs|ssn|social security|passport|national insurance|insurance|policy|member(?:ship)?|"
    r"medicare|medicaid|hospital|patient|record|medical record|mrn|chart|case|file)(?: "
    r"?(?:id|number|no|nr|#|record)\b)"
)
_KIND_OF = {
    "nhs": "id_number", "ssn": "id_number", "social security": "id_number", "passport": "id_number",
    "national insurance": "id_number",
    "insurance": "insurance_number",
    "policy": "insurance_number", "member": "insurance_number", "membership": "insurance_number",
    "medicare": "insurance_number", "medicaid": "insurance_number",
}  # fmt: skip


# --- Numbers that show by their shape what they are --------------------------------------------------------

_SSN = linear(r"\b\d{3}-\d{2}-\d{4}\b")
_NHS = linear(r"\b(\d{3})([ -])(\d{3})[ -](\d{4})\b")
_NINO = linear(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_MBI = linear(r"\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b")
_IBAN = linear(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_DNI = linear(r"\b(\d{8})-?([A-Z])\b")
_CPF = linear(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b")
_CODICE = linear(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b")
_CARD = linear(r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b")


def is_nhs_number(digits: str) -> bool:
    """Check the last digit of an NHS number (modulus 11)."""
    rest = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return rest != 10 and rest % 11 == int(digits[9])


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _is_iban(value: str) -> bool:
    plain = value.replace(" ", "")
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _dni(found: Any) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(found.group(1)) % 23] == found.group(2)


def _spaced_nhs(found: Any) -> bool:
    return found.group(2) == " " and is_nhs_number(found.group(1) + found.group(3) + found.group(4))


# Shapes, and what must hold beside the shape.
_SHAPES: list[tuple[str, Any, Callable[[Any], bool]]] = [
    ("id_number", _SSN, bool),
    ("id_number", _NINO, bool),
    ("insurance_number", _MBI, bool),
    ("id_number", _CPF, bool),
    ("id_number", _CODICE, bool),
    ("id_number", _DNI, _dni),
    ("id_number", _IBAN, lambda found: _is_iban(found.group())),
    ("id_number", _CARD, lambda found: _luhn("".join(filter(str.isdigit, found.group())))),
]


def find_shaped(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield numbers whose shape or check digit gives them away without a label."""
    for found in _AFTER_VALUE.finditer(text):
        value = found.group(1)
        is_year = len(value) == 4 and value[:2] in {"19", "20"}
        if sum(map(str.isdigit, value)) >= 4 and not is_year and not (_ANY_DATE.match(value) and _is_date(value)):
            yield _KIND_OF.get(found.group(2).lower(), "record_number"), *found.span(1)
    for kind, shape, holds in _SHAPES:
        for found in shape.finditer(text):
            if holds(found):
                yield kind, *found.span()
    for found in _NHS.finditer(text):
        if _spaced_nhs(found) and not _PHONE_CONTEXT.search(text[max(0, found.start() - 40) : found.start()]):
            yield "id_number", *found.span()


# --- Telephones ------------------------------------------------------------------------------------------

_PHONE_WORDS = (
    r"(?:calls?|called|calling|phone|phoned|telephone|tel|tele|telefono|teléfono|"
    r"mobile|mob|mobil|cell|cellphone|ring|rings|rang|text|txt|sms|whats ?app|wa|"
    r"fax|landline|ph|handy|telefon|"
    r"handynummer|rufnummer|hotline|viber|signal|telegram|imo|dial|dialled|contact|"
    r"reach|helpline|switchboard|voicemail|imessage|facetime|direct line|line|pager|"
    r"bleep|extension|digits|desk|reception|secretary|nummer|t|m|p|f)"
)
_PHONE_CONTEXT = linear(
    rf"(?i)\b(?:{_PHONE_WORDS}(?:'s)?\b[^\d\n]{{0,36}}|(?:my|his|her|our|their|new|"
    r"other|'s|ward|clinic|hospital|office|work|home|contact|emergency|practice|surgery|"
    rf"right|wrong|this|unknown|the) (?:number|num|no|nr|#)\b[^\d\n]{{0,24}}|\bnumber\W{{0,3}}(?:is|"
    rf"was|:)?\W{{0,3}})\z"
)
_CLOSE_LABEL = linear(
    r"(?i)\b(?:phone|tel|telephone|mobile|mob|cell|ph|fax|handy|telefon|whats ?app|"
    r"number|call|ring|text)(?: ?(?:number|no|nr))?[ .:#]*(?:is|me|on|at|me on|us "
    r"on|:)?[ ]*\z"
)
_PHONE_LOOSE = linear(r"\+?\(?\+?\d(?:(?: ?[()./-] ?| |\)[ -]?){0,2}\d){5,17}")
_PHONE_STRICT = [
    linear(r"(?:\+ ?|\b00 ?)\(?[1-9]\d{0,2}\)?(?: ?\(0\))?(?:[ ./()-]{0,3}\d){6,13}"),
    linear(r"\(?\b0[1-9]\d{0,4}\)?(?:[ ./-]{0,3}\d){5,9}\b"),
    linear(r"(?:\b1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}\d{3}[ .-]?\d{4}\b"),
    linear(r"\b[6-9]\d{4}[ -]\d{5}\b"),
    linear(r"\b1[38]00[ -]?\d{3}[ -]?\d{3}\b"),
]
_SPOKEN = linear(
    r"(?i)\b(?:(?:plus|double|triple|zero|oh|o|nought|one|two|three|four|five|six|"
    r"seven|eight|nine|\d{1,4})[ ,.-]{1,2}){6,20}(?:zero|oh|o|nought|one|two|three|"
    r"four|five|six|seven|eight|nine|\d{1,4})\b"
)
_EXTENSION = linear(r"(?i)\A,? ?(?:ext(?:ension|n)?\.?|x|durchwahl) ?\d{1,6}")
_DATES_ONLY = linear(
    r"\A(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}|"
    r"(?:19|20)\d{2} ?[-/] ?(?:19|20)?\d{2})(?:[ -].*)?\z"
)
_DECIMALS = linear(r"(?:^|[ /-])\d{1,3}\.\d{1,2}(?:[ /-]|\z)")
_LETTERED = linear(r"\b0[\doO]{9,10}\b|\b0[\doO]{3,4} [\doO]{3} ?[\doO]{3,4}\b")


def _stands_alone(text: str, place: int, end: int) -> bool:
    before, after = text[max(0, place - 2) : place], text[end : end + 2]
    if before[-1:].isalnum() or (before[-1:] in tuple(".,/-:") and before[:1].isdigit() and len(before) == 2):
        return False
    return not (after[:1].isalnum() and after[:1] != "x") and not (after[:1] in tuple(",:/") and after[1:].isdigit())


# Lines that anybody may call and that are nobody's own: poison control, and help for whoever thinks of suicide.
_PUBLIC_LINES = frozenset({"18002221222", "8002221222", "18002738255", "8002738255", "08457909090", "8457909090"})


def _is_telephone(text: str, place: int, end: int, *, strict: bool) -> bool:
    value = text[place:end]
    digits = "".join(filter(str.isdigit, value))
    if digits in _PUBLIC_LINES:
        return False
    if not 7 <= len(digits) <= 15 or not _stands_alone(text, place, end) or len(set(digits)) == 1:
        return False
    before = text[max(0, place - 60) : place]
    if _CURRENCY_OR_UNIT.match(text[end : end + 12]) or _MONEY_BEFORE.search(before) or _OTHER_NUMBERS.search(before):
        return False
    if _DATES_ONLY.match(value):
        return False
    return strict or (_DECIMALS.search(value) is None and bool(_PHONE_CONTEXT.search(before)) and (len(digits) > 6))


def find_phones(text: str) -> Iterator[Span]:
    """Yield telephone numbers: those of a known shape, and others after a word that announces one."""
    for strict, pattern in [*((True, each) for each in _PHONE_STRICT), (False, _PHONE_LOOSE), (True, _LETTERED)]:
        for found in pattern.finditer(text):
            place, end = found.span()
            if strict and pattern is _PHONE_STRICT[1] and not 9 <= sum(map(str.isdigit, found.group())) <= 12:
                strict_here = False
            else:
                strict_here = strict
            if _is_telephone(text, place, end, strict=strict_here) or (
                pattern is _LETTERED and "o" in found.group().lower()
            ):
                extension = _EXTENSION.match(text[end : end + 20])
                yield place, end + (extension.end() if extension else 0)
    for found in _SPOKEN.finditer(text):
        words = re2.findall(r"(?i)[a-z]+", found.group())
        if len([word for word in words if word.lower() not in {"o", "plus"}]) >= 6:
            yield found.span()
