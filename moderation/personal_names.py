"""Names of people in a text: what comes before them, and which capitals are nobody's name."""

from collections.abc import Iterator

from moderation.folding import linear
from moderation.personal_words import (
    AFTER_NO_PERSON,
    COMMON,
    GIVEN,
    GIVEN_IN_CAPITALS,
    KNOWN_PAIRS,
    NOT_PEOPLE,
    PRODUCTS_AFTER_TITLE,
    SURNAMES,
    UNITS,
)

Span = tuple[int, int]

_WORD = linear(r"\A(?:\pL\pM*\.(?:\pL\pM*\.)?|[\pL][\pL\pM]*(?:['-][\pL\pM]+)*)")
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "da",
        "del",
        "della",
        "der",
        "den",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "ter",
        "ten",
        "bin",
        "bint",
        "ibn",
        "al",
        "el",
        "abu",
        "zu",
        "vom",
        "mac",
        "mc",
        "st",
        "o'",
        "y",
        "af",
    ]
)
_REACH = 90
_LONGEST = 5
_NOT_NAMES_IN_SMALL = ("ed", "ing", "ly", "ness", "tion", "able", "ful", "less", "ous")

_TITLE = (
    r"(?:dres|dr|doctor|prof|professor|nurse|sister|mr|mrs|ms|miss|mx|sir|dame|frau|"
    r"herr|dra|señora?|monsieur|madame|matron|midwife|rev|hr|fr)"
)
_ROLE = (
    r"(?:surgeon|dermatologist|doctor|gp|g\.p\.|consultant|dentist|therapist|midwife|"
    r"physio|physiotherapist|psychiatrist|psychologist|"
    r"oncologist|gynaecologist|cardiologist|pharmacist|injector|aesthetician|beautician|"
    r"carer|receptionist|secretary|specialist|"
    r"registrar|anaesthetist|social worker|health visitor|case manager|nurse|patient|colleague|hairdresser|trainer)"
)
_KIN = (
    r"(?:husband|hubby|wife|son|daughter|mum|mom|mam|mother|dad|father|sister|brother|"
    r"aunt|auntie|uncle|nan|nana|gran|granny|grandma|"
    r"grandpa|grandad|grandmother|grandfather|grandson|granddaughter|grandchild|partner|"
    r"boyfriend|girlfriend|fianc[eé]e?|cousin|niece|"
    r"nephew|child|kid|baby|boy|girl|twins?|friend|mate|neighbou?r|boss|flatmate|"
    r"roommate|landlord|landlady|teacher|step-?son|"
    r"step-?daughter|step-?mum|step-?dad|step-?mother|step-?father|mother-in-law|"
    r"father-in-law|mother in law|father in law|"
    r"sister-in-law|brother-in-law|sister in law|brother in law|godson|goddaughter|ex|ex-husband|ex-wife)"
)
_WHOSE = r"(?:my|our|his|her|their|the|a|an|your)"

# What is read with the same care before each name: (words, may be in small letters, one capital is enough).
_TITLED = linear(rf"(?i)(?:^|[^\pL\pN.'])({_TITLE})(?:\.|\b)(?: ?med\.?| ?dent\.?| ?dr\.)*[ \n]{{0,2}}")
_NAMED = linear(
    r"(?i)\b(?:my (?:full |real |first |last |maiden |married |family |legal |sur|"
    r"birth )?(?:name|surname) ?(?:is|was|'s|=|:|-)|name'?s\b|name (?:is|was)\b|"
    r"(?:his|her|their|'s|whose) (?:full |real |first |last |maiden |sur)?(?:name|"
    r"surname) ?(?:is|was|'s|=|:)|(?:i am|i'm|im|he is|he's|she is|she's|is|was) "
    r"(?:called|named)|"
    r"i go by|known as|(?:girl|boy|man|woman|lady|guy|fellow|surgeon|doctor|nurse|"
    r"consultant|dermatologist|therapist|person|somebody|someone|daughter|son|baby) "
    r"(?:called|named|by the name of)|"
    r"(?:full |patient |patient's |family |first |last |sur|maiden )?name ?[:=]|patient "
    r"?:|surname ?:|signed ?(?:by)? ?[:,\-]|signed by|under the name(?: of)?|"
    r"in the name(?: of)?|on behalf of|mein name ist|ich hei(?:ß|ss)e|je m'appelle|"
    r"mi nombre es|me llamo|mi chiamo|meu nome é|"
    r"nazywam się|mijn naam is|jag heter|ask for|speak (?:to|with)|letter to|letter "
    r"for|addressed to|attn:?|care of|c/o|surgeon ?:|doctor ?:|consultant ?:|gp ?:|"
    r"next of kin:?(?: is)?|emergency contact:?(?: is)?|(?:registered|booked|filed) (?:as|under))(?:[ \n\"'(:,\-]{1,3})"
)
_I_AM = linear(
    r"(?i)(?:^|[^\pL\pN'])(?:(?:i am|i'm|im|this is|it is|it's|its|call me|(?:hi|"
    r"hello|hey),? all,?|hi|hello|hey|dear) )(?:dr |mr |mrs )?"
)
_AM = linear(r"(?:^|\n|[.!?] )(?:Am|am|Its|I m|Im) ")
_KINSHIP = linear(rf"(?i)\b(?:({_WHOSE}) (?:[\pL\d-]{{1,12}} ){{0,4}})?{_KIN}(?:'s name is|,| \(| is called| -|:)? ?")
_ROLES = linear(rf"(?i)\b{_ROLE}(?:'s name)?(?:,| \(|:| -| is| was| called| named)? ")
_FAREWELL = linear(
    r"(?i)(?:^|[^\pL])(?:regards|wishes|sincerely|faithfully|truly|yours|cheers|thanks|"
    r"thank you|thankyou|thx|ta|love|respectfully|cordially|gratefully|"
    r"in advance|many thanks|best|warmly|greetings|gruß|grüße|gruss|xx+|xoxo|take "
    r"care|bye|advance|much)[ ]?(?:[,.!-]{0,3}[ ]{0,2}\n{0,3}|\n{1,3})[ \-]{0,3}"
)
_LAST_LINE = linear(r"\n[ ]*(?:[-~*]{1,3} ?)?([^\n]{2,40}?)[ .]*\n*\z")
_DASHED_END = linear(r"(?:[.!?] ?|[ \n])(?:-{1,3}|~) ?([^\n.!?-]{2,40})[.]?\s*\z")
_FIRST_LINE = linear(r"\A[ ]*([^\n]{3,40}?)[ ]*(?:\n|\z)")
_HERE = linear(
    r"(?:\A|\n|[.!?,] )(?:(?:hi|hello|hey|Hi|Hello|Hey),? )?((?:\pLu[\pL\pM'-]+ )(?:(?:el|"
    r"al|van|de|von|der)[ -])?\pLu[\pL\pM'-]+) here\b"
)
_DONE_BY = linear(
    r"(?i)\b(?:done|seen|treated|injected|operated|performed|prescribed|signed|written|"
    r"examined|referred|removed|booked|advised|checked|delivered|stitched) (?:on "
    r")?(?:by|with|to|from) "
)
_WITH_GIVEN = linear(
    r"\b(?:with|by|from|told|asked|saw|met|see|called|named|dear|Dear|hi|Hi|hello|"
    r"Hello|hey|Hey|tell|thank|Thank|and|poor|little|it's|It's) (\pLu[\pL\pM'-]{2,20})(?:[ "
    r",.!?)\n]|'s |\z)"
)
_ALSO_PRODUCTS = frozenset(
    [
        "diane",
        "yasmin",
        "ella",
        "alexa",
        "mirena",
        "juliette",
        "estelle",
        "clara",
        "max",
        "milan",
        "christian",
        "alba",
        "jan",
        "jun",
        "mar",
        "sam",
        "gilbert",
        "ludwig",
        "flora",
        "ana",
        "ada",
        "ira",
        "ron",
        "per",
        "ben",
        "una",
        "ina",
    ]
)
_ONE_HERE = linear(r"(?:^|[^\pL'-])([\pL\pM'-]{3,20}) here\b")
_KIN_OF = linear(r"(?i)\b(?:my|his|her|our|their|your|'s|s) \z")
_MET = linear(r"(?i)\b(?:by|with|saw|see|seen|to|from|under|of|named|called|and|met|like|miss|love|thank) \z")
_AGED = linear(
    r"(?:^|[^\pL'-])(\pLu[\pL\pM'-]+(?: \pLu[\pL\pM'-]+)?)(?:,? (?:\(?aged? ?|is "
    r"|turned |who is |, who's )?\d{1,3}\b|, \d{1,3}\b| \(\d{1,3}\))"
)
_REVERSED = linear(r"\A(\pL[\pL\pM'-]+), (\pLu[\pL\pM'-]+)")
_CAPITALS = linear(
    r"\pLu[\pL\pM]*(?:['-][\pL\pM]+)*(?: \pLu\.)?(?: (?:van|von|de|da|der|den|bin|"
    r"al|el|la))*(?: \pLu[\pL\pM]*(?:['-][\pL\pM]+)*){1,3}"
)
_INITIAL = linear(r"\A\pL\.?\z")


def _is_capital(word: str) -> bool:
    return word[:1].isupper()


def _bare(word: str) -> str:
    word = word.lower().strip(".")
    return word[:-2] if word.endswith("'s") else word


def _may_be_a_name(word: str, *, small: bool, titled: bool = False) -> bool:
    bare = _bare(word)
    if titled and _is_capital(word) and bare in SURNAMES:
        return True
    if len(word) == 2 and word[1] == "." and (small or _is_capital(word)):
        return True
    parts = bare.split("-")
    if bare in COMMON or bare in NOT_PEOPLE or bare in UNITS or word.lower() in NOT_PEOPLE:
        return False
    if len(parts) > 1 and all(part in COMMON for part in parts):
        return False
    if _is_capital(word):
        return not (word.isupper() and 1 < len(word) <= 4 and bare not in GIVEN_IN_CAPITALS and not small)
    if not small or len(bare) < 2:
        return False
    return bare in GIVEN or not (len(bare) > 4 and bare.endswith(_NOT_NAMES_IN_SMALL))


def _words_from(text: str, place: int) -> Iterator[tuple[str, int, int]]:
    """Yield the words that stand side by side from ``place``, with their places."""
    window = text[place : place + _REACH]
    at = 0
    for _ in range(_LONGEST + 3):
        found = _WORD.match(window[at : at + 40])
        if not found:
            return
        word = found.group()
        yield word, place + at, place + at + len(word)
        at += len(word)
        if window[at : at + 1] == "." and len(word) <= 2:
            at += 1
        if window[at : at + 1] != " ":
            return
        at += 1


def _read_name(text: str, place: int, *, small: bool, titled: bool = False) -> tuple[Span, list[str]] | None:
    """Return the name that begins at ``place`` and its words, if one does."""
    words: list[str] = []
    waiting = 0
    end = place
    for word, _, stop in _words_from(text, place):
        bare = word.lower()
        if bare in _PARTICLES and (len(words) or titled or _is_capital(word)) and waiting < 3:
            waiting += 1
            continue
        if len(words) - waiting >= _LONGEST or not _may_be_a_name(word, small=small, titled=titled):
            break
        if words and not _is_capital(word) and _is_capital(words[0]) and bare not in GIVEN:
            break
        words.append(word)
        end = stop
        if word.lower().endswith("'s"):
            end -= 2
            break
    if not words or all(_INITIAL.match(word) for word in words) or _is_of_a_thing(text, end, words, titled=titled):
        return None
    return (place, end), words


def _is_of_a_thing(text: str, end: int, words: list[str], *, titled: bool) -> bool:
    """Tell whether a disease, a scale, a hospital or a tube is called after these words."""
    if " ".join(_bare(word) for word in words[:2]) in KNOWN_PAIRS:
        return True
    if (titled and text[end : end + 2] != "'s") or text[end : end + 2].strip(" ").startswith(("(", ",", ".")):
        return False
    following = text[end : end + 24].removeprefix("'s").lstrip(" '").split(" ")[0].lower().strip(".,;:!?)(")
    return following in AFTER_NO_PERSON or _bare(following) in AFTER_NO_PERSON


def _mostly_capitals(text: str, place: int) -> bool:
    """Tell whether the words around ``place`` carry capitals anyway, as in a heading."""
    around = text[max(0, place - 60) : place] + " " + text[place + 1 : place + 60].partition(" ")[2]
    words = [word for word in around.split() if word[0].isalpha() and len(word) > 3]
    return len(words) > 3 and sum(map(_is_capital, words)) > 0.6 * len(words)


def _after_titles(text: str) -> Iterator[Span]:
    for found in _TITLED.finditer(text):
        title = found.group(1)
        if title == "sister" and _KIN_OF.search(text[max(0, found.start(1) - 8) : found.start(1)]):
            continue
        name = _read_name(text, found.end(), small=False, titled=True)
        if name is None:
            # "dr smith": small letters, so the next word must be no word of the language.
            small = _read_name(text, found.end(), small=True) if not _is_capital(title) or title.isupper() else None
            everyday = title.lower() in {
                "sister",
                "nurse",
                "miss",
                "fr",
                "hr",
                "doctor",
                "matron",
                "midwife",
                "sir",
                "dame",
                "professor",
            }
            if small is None or (everyday and not _MET.search(text[max(0, found.start(1) - 16) : found.start(1)])):
                continue
            name = (small[0][0], small[0][0] + len(small[1][0])), small[1][:1]
            if len(name[1][0]) < 3 or (name[1][0].endswith("s") and not small[1][1:] and len(name[1][0]) < 4):
                continue
        (_, end), words = name
        if _bare(words[0]) in PRODUCTS_AFTER_TITLE or (len(_bare(words[0])) < 2 and len(words) < 2):
            continue
        if title.lower() in {"hr", "fr", "sir", "miss"} and not _is_capital(title):
            continue
        yield found.start(1), end


def _after_phrases(text: str) -> Iterator[Span]:
    for found in _NAMED.finditer(text):
        phrase = found.group().lower()
        strict = phrase.startswith(
            (
                "name is",
                "name was",
                "ask",
                "speak",
                "known",
                "letter",
                "in the",
                "is ",
                "was ",
                "care",
                "registered",
                "booked",
                "filed",
                "addressed",
                "surgeon",
                "doctor",
                "consultant",
                "gp",
                "attn",
                "on behalf",
            )
        )
        window = text[found.end() : found.end() + _REACH]
        turned = _REVERSED.match(window)
        if turned and turned.group(1).isupper() and _may_be_a_name(turned.group(1), small=True) and ":" in phrase:
            yield found.end(), found.end() + turned.end()
            continue
        name = _read_name(text, found.end(), small=not strict)
        if name is None and strict:
            name = _read_name(text, found.end(), small=True)
            if name and _bare(name[1][0]) not in GIVEN:
                name = None
        if name is None:
            continue
        span, words = name
        if not _is_capital(words[0]):
            span = _without_tail(text, span, words)
        yield span


def _without_tail(text: str, span: Span, words: list[str]) -> Span:
    """Cut a name in small letters after two words, or three where the second is a given name or a particle."""
    place, end = span
    if len(words) <= 2:
        return span
    first_two = text[place:end].split(" ")
    return place, place + len(
        " ".join(first_two[:3] if first_two[1] in _PARTICLES or first_two[1] in GIVEN else first_two[:2])
    )


def _after_i_am(text: str) -> Iterator[Span]:
    for pattern in (_I_AM, _AM):
        for found in pattern.finditer(text):
            phrase = found.group().lower()
            name = _read_name(text, found.end(), small=True)
            if name is None:
                continue
            (place, end), words = name
            bare = [_bare(word) for word in words]
            follows = text[end : end + 16].lower()
            here = follows.startswith(
                (" here", " from", " again", ",", ".", "!", " and i", " speaking", " writing", "\n", " i ")
            )
            capitals = [_is_capital(word) for word in words]
            greeting = phrase.strip(" ,.!?\n").startswith(("hi", "hello", "hey", "dear"))
            if len(words) >= 2 and all(capitals):
                sure = bare[0] in GIVEN_IN_CAPITALS or not _mostly_capitals(text, place)
            elif capitals[0]:
                sure = bare[0] in GIVEN_IN_CAPITALS or (
                    here
                    and "call" not in phrase
                    and "it" not in phrase
                    and not greeting
                    and (follows.startswith((" here", " from", ", from")) or follows[:3].strip(", (").isdigit())
                )
            else:
                sure = bare[0] in GIVEN and (len(words) >= 2 or here or not follows)
                end = place + len(" ".join(text[place:end].split(" ")[:2]))
            if sure:
                yield place, end


def _aged(text: str) -> Iterator[Span]:
    """Yield a given name beside an age: "Lily, 7, has"."""
    for found in _AGED.finditer(text):
        words = found.group(1).split(" ")
        if (
            _bare(words[0]) in GIVEN
            and not words[0].isupper()
            and _may_be_a_name(words[0], small=False)
            and not found.group().startswith(("St ", "St. "))
        ):
            yield found.span(1)


def _met(text: str) -> Iterator[Span]:
    """Yield who did or was told something."""
    for found in _DONE_BY.finditer(text):
        name = _read_name(text, found.end(), small=False)
        if name and len(name[1]) > 1 and not _mostly_capitals(text, name[0][0]):
            yield name[0]
    for found in _WITH_GIVEN.finditer(text):
        bare = _bare(found.group(1))
        if bare in GIVEN and bare not in _ALSO_PRODUCTS:
            name = _read_name(text, found.start(1), small=False)
            if name and not _mostly_capitals(text, name[0][0]):
                yield name[0]


def _here(text: str) -> Iterator[Span]:
    for found in _HERE.finditer(text):
        name = _read_name(text, found.start(1), small=False)
        if name:
            yield name[0]
    for found in _ONE_HERE.finditer(text):
        if _bare(found.group(1)) in GIVEN:
            yield found.span(1)


def _after_people(text: str) -> Iterator[Span]:
    for pattern in (_KINSHIP, _ROLES):
        for found in pattern.finditer(text):
            name = _read_name(text, found.end(), small=False)
            if name is None:
                small = _read_name(text, found.end(), small=True)
                if small and _bare(small[1][0]) in GIVEN and pattern is _KINSHIP and found.group(1):
                    place = small[0][0]
                    two = text[place : small[0][1]].split(" ")[:2]
                    yield place, place + len(" ".join(two))
                continue
            span, words = name
            one = len(words) == 1
            unclear = (pattern is _KINSHIP and not found.group(1)) or found.group().endswith((" is ", " was "))
            if unclear and _bare(words[0]) not in GIVEN:
                continue
            if "." in found.group()[-2:] or (
                one
                and _bare(words[0]) not in GIVEN_IN_CAPITALS
                and not (pattern is _KINSHIP and len(words[0]) > 2 and not words[0].isupper())
            ):
                continue
            if not _mostly_capitals(text, span[0]) or _bare(words[0]) in GIVEN_IN_CAPITALS:
                yield span


def _is_whole_name(line: str) -> bool:
    words = line.replace(",", "").split()
    return 1 <= len(words) <= 4 and all(
        (_is_capital(word) and _may_be_a_name(word.strip(".,"), small=False))
        or word.lower() in _PARTICLES
        or _INITIAL.match(word)
        for word in words
    )


def _signatures(text: str) -> Iterator[Span]:
    for found in _FAREWELL.finditer(text):
        name = _read_name(text, found.end(), small=True)
        if name is None:
            continue
        (place, end), words = name
        rest = text[end : end + 12]
        ends = (
            not rest.strip(" .!)x-\n,")
            or rest.lstrip(" ").startswith(("\n", ",", ".", "(", "-"))
            or rest.startswith(" from")
        )
        known = _bare(words[0]) in (GIVEN_IN_CAPITALS if _is_capital(words[0]) else GIVEN)
        parted = any(sign in found.group() for sign in ",.\n-!") or "regards" in found.group().lower()
        if ends and parted and (known or (_is_capital(words[0]) and (len(words) > 1 or not rest.strip(" .!\n")))):
            yield place, end
    for pattern in (_LAST_LINE, _DASHED_END, _FIRST_LINE):
        found = pattern.search(text[-120:] if pattern is not _FIRST_LINE else text[:60])
        if not found:
            continue
        shift = max(0, len(text) - 120) if pattern is not _FIRST_LINE else 0
        line = found.group(1).strip(" ,")
        words = line.split()
        if (
            not _is_whole_name(line)
            or " ".join(map(_bare, words[:2])) in KNOWN_PAIRS
            or (set(map(_bare, words)) & AFTER_NO_PERSON)
        ):
            continue
        known = _bare(words[0]) in GIVEN_IN_CAPITALS
        if known or (len(words) > 1 and pattern is not _FIRST_LINE and not _INITIAL.match(words[-1])):
            place = shift + found.start(1)
            yield place, place + len(line)


def _known_beside_capital(text: str) -> Iterator[Span]:
    """Yield a known given name and the capitals that follow it, wherever they stand."""
    for found in _CAPITALS.finditer(text):
        words = found.group().split(" ")
        at = found.start()
        for number, word in enumerate(words[:-1]):
            if _bare(word) in GIVEN and not word.endswith("'s") and _may_be_a_name(word, small=False):
                name = _read_name(text, at, small=False)
                saint = number and words[number - 1].lower() in {"st", "san", "santa", "saint", "mount"}
                before = text[max(0, at - 4) : at].lower()
                if (
                    name
                    and len(name[1]) > 1
                    and not saint
                    and not before.endswith(("st. ", "st ", "& "))
                    and not _mostly_capitals(text, at)
                ):
                    yield name[0]
                    break
            at += len(word) + 1


def name_before(text: str, place: int) -> Span | None:
    """Return the two or three capitals that stand right before a detail at ``place``: "Ann Lee, 07700 …"."""
    start = max(0, place - 60)
    window = text[start:place]
    found = _BEFORE.search(window)
    if not found:
        return None
    line = found.group(1)
    return (start + found.start(1), start + found.end(1)) if len(line.split()) > 1 and _is_whole_name(line) else None


_BEFORE = linear(
    r"(?:^|[.!?:;(\n,] ?|\b(?:is|contact|email|call|ring|and|for|from|dob|patient|"
    r"with) )(\pLu[\pL\pM'-]+(?: \pLu[\pL\pM'.-]*){1,3})[ ]?(?:[,(:|/;-] ?|\n| )(?:(?i:dob|"
    r"d\.o\.b\.|born|tel|mob|mobile|phone|email|e-mail|mrn|nhs no|nhs number)[ .:]*)?\z"
)


def find_names(text: str) -> Iterator[Span]:
    """Yield where names may stand; they may overlap."""
    yield from _after_titles(text)
    yield from _after_phrases(text)
    yield from _after_i_am(text)
    yield from _aged(text)
    yield from _met(text)
    yield from _here(text)
    yield from _after_people(text)
    yield from _signatures(text)
    yield from _known_beside_capital(text)
