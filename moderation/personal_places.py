"""Where people can be found: e-mail addresses, profiles and streets."""

from collections.abc import Iterator

from moderation.folding import linear
from moderation.personal_words import COMMON, UNITS

Span = tuple[int, int]


# --- E-mail ----------------------------------------------------------------------------------------------

_LOCAL = r"[\pL\pN][\pL\pN._%+'-]{0,63}"
_PLAIN_EMAIL = linear(
    r"[\pL\pN][\pL\pN._%+'&-]{0,63} ?@ ?[\pL\pN-]{1,63}(?:\.[\pL\pN-]{1,63}){0,5}\.\pL{2,24}|"
    r"[\pL\pN._%+-]{1,64}@(?:gmail|googlemail|hotmail|yahoo|outlook|icloud|gmx|protonmail|"
    r"proton|live|aol|web)\b"
)
_AT_SIGN = r"(?: ?[(\[{<|*_-]{1,2} ?(?:at|@|ät|arroba|a|chiocciola) ?[)\]}>|*_-]{1,2} ?|@)"
_DOT_SIGN = (
    r"(?: ?[(\[{<|*_-]{1,2} ?(?:dot|punkt|punto|point|\.) ?[)\]}>|*_-]{1,2} ?| dot | punkt | punto | point | ?\. ?|,)"
)
_JOINER = (
    r"(?:(?:[._+-]| ?[(\[{<] ?(?:dot|punkt|punto|point|\.) ?[)\]}>] ?| dot | point "
    r"| punkt | underscore | dash | hyphen | minus | plus )[\pL\pN]{1,30})"
)
_BRACKETED_EMAIL = linear(
    rf"(?i)[\pL\pN._%+-]{{1,64}}{_JOINER}{{0,5}}{_AT_SIGN}[\pL\pN-]{{1,40}}(?:{_DOT_SIGN}[\pL\pN-]{{1,30}}){{1,4}}"
)
_SPACED_EMAIL = linear(r"[\pL\pN_-]{2,40}(?: \. [\pL\pN_-]{2,40})? @ [\pL\pN-]{2,40}(?: \. \pL{2,20}){1,3}")
_PROVIDER = (
    r"(?:gmail|googlemail|hotmail|yahoo|outlook|icloud|gmx|web|protonmail|proton|"
    r"live|aol|mail|email|yandex|btinternet|sky|t-online|posteo|zoho|fastmail|me|"
    r"msn)"
)
_SPOKEN_EMAIL = linear(
    rf"(?i)([\pL\pN._%+-]{{1,64}}{_JOINER}{{0,5}}),? (?:at|arroba|@|at sign) ([\pL\pN-]{{2,40}}(?:(?: "
    rf"dot | punkt | punto | point | \. )[\pL\pN-]{{2,30}}){{1,4}}|{_PROVIDER}(?: "
    rf"?\. ?| dot )[a-z]{{2,6}}|[\pL\pN-]{{2,40}}(?:\.[\pL\pN-]{{2,30}}){{1,4}}|gmail|"
    r"hotmail|yahoo|outlook|icloud)\b"
)
_MAIL_WORD = linear(
    r"(?i)(?:e-?mail|mail|write|reach|contact|address|adress|message|send|inbox|gmail|reply|me)\b[^\n]{0,40}\z"
)
_NO_LOCAL = frozenset(
    [
        "look",
        "looks",
        "looking",
        "looked",
        "bought",
        "buy",
        "buying",
        "get",
        "got",
        "getting",
        "sold",
        "sells",
        "read",
        "reads",
        "reading",
        "see",
        "seen",
        "saw",
        "found",
        "find",
        "available",
        "order",
        "ordered",
        "ordering",
        "shop",
        "work",
        "works",
        "working",
        "worked",
        "is",
        "are",
        "was",
        "were",
        "be",
        "online",
        "it",
        "them",
        "me",
        "us",
        "stuff",
        "product",
        "page",
        "website",
        "site",
        "here",
        "there",
        "one",
        "this",
        "that",
        "info",
        "information",
        "advice",
        "post",
        "posted",
        "search",
        "check",
        "checked",
        "checking",
        "clinic",
    ]
)
_MAIL_HANDLE = linear(
    r"(?i)\b(?:gmail|hotmail|yahoo|outlook|e-?mail|mail) ?(?::|is|address is|name "
    r"is) ?([\pL\pN]{1,30}[._\d][\pL\pN._]{1,30})"
)


def find_emails(text: str) -> Iterator[Span]:
    """Yield e-mail addresses, also those that are spelled out."""
    whole: set[int] = set()
    if "@" in text:
        for found in _PLAIN_EMAIL.finditer(text):
            if (
                " " not in found.group()
                or found.group().count(" ") == 2
                or "." in found.group().split("@")[0]
                or _MAIL_WORD.search(text[max(0, found.start() - 50) : found.start()])
            ):
                yield found.span()
            if " " not in found.group():
                whole.add(found.start())
    for found in _BRACKETED_EMAIL.finditer(text):
        # "ann@post.example. My": an address that is whole does not go on in the next sentence.
        if found.start() not in whole or "@" not in found.group():
            yield found.span()
    for found in _SPACED_EMAIL.finditer(text):
        yield found.span()
    yield from _spoken_emails(text)
    for found in _MAIL_HANDLE.finditer(text):
        yield found.span(1)


def _spoken_emails(text: str, *, again: bool = True) -> Iterator[Span]:
    for found in _SPOKEN_EMAIL.finditer(text):
        local, domain = found.group(1), found.group(2).lower()
        before = text[max(0, found.start() - 50) : found.start()]
        odd = (
            any(sign in "._+-" or sign.isdigit() for sign in local.strip("."))
            or " dot " in local.lower()
            or " underscore " in local.lower()
        )
        spelled = " dot " in domain or " punkt " in domain or " punto " in domain
        if local.lower() in _NO_LOCAL or (local.lower() in COMMON and not _MAIL_WORD.search(before)):
            if again:  # "mail me at jane dot doe at …": what looked like a domain begins the address.
                rest = found.start(2)
                yield from (
                    (rest + place, rest + end) for place, end in _spoken_emails(text[rest : rest + 160], again=False)
                )
            continue
        if (
            odd
            or spelled
            or domain.split(".")[0].split(" ")[0]
            in {"gmail", "hotmail", "yahoo", "outlook", "icloud", "gmx", "googlemail"}
            or _MAIL_WORD.search(before)
        ):
            yield found.span()


# --- Profiles --------------------------------------------------------------------------------------------

_DOT = r"(?:\.| ?[(\[] ?(?:dot|\.) ?[)\]] ?| dot )"
_SOCIAL = linear(
    rf"(?i)(?:https?://)?(?:[a-z]{{1,12}}\.){{0,2}}(?:facebook{_DOT}com|fb{_DOT}(?:com|"
    rf"me)|m\.me|messenger\.com|instagram{_DOT}com|instagr\.am|ig\.me|linkedin{_DOT}com|"
    rf"lnkd\.in|tiktok{_DOT}com|"
    rf"(?:twitter|x){_DOT}com|snapchat{_DOT}com|t\.me|telegram\.(?:me|org)|wa\.me|"
    rf"whatsapp\.com|youtube{_DOT}com|youtu\.be|reddit{_DOT}com|threads\.(?:net|com)|"
    r"bsky\.(?:app|social)|"
    rf"pinterest\.[a-z.]{{2,6}}|tumblr\.com|vk\.com|ok\.ru|xing\.com|linktr\.ee|discord\.(?:gg|"
    r"com)|medium\.com|onlyfans\.com|patreon\.com|twitch\.tv|flickr\.com|weibo\.com|"
    r"line\.me|signal\.me|"
    rf"mastodon\.[a-z]{{2,8}}|mstdn\.[a-z]{{2,8}}|researchgate\.net|orcid\.org|github\.com|"
    r"about\.me|beacons\.ai|carrd\.co|strava\.com|quora\.com|kik\.me|viber\.com|skype\.com|"
    r"gofundme\.com|bereal\.com|snap\.com|steamcommunity\.com|venmo\.com|paypal\.me|"
    rf"cash\.app) ?/ ?([^\s<>\"')\],]{{2,120}})"
)
_CONTENT = linear(
    r"(?i)\A(?:watch|shorts/|playlist|embed|results|explore|hashtag|tags?/|tag/|search|"
    r"share[r]?[./?]|groups?/[^/]+/?(?:\z|posts|permalink|[?])|events?/|marketplace|"
    r"pages/|help|legal|privacy|about|policies|terms|login|signup|jobs|company|school|"
    r"feed|learning|pulse|r/|p/|reel/|reels/|stories/|topics?/|settings|ads|business|"
    r"home|i/|channels/|store|discover|music/|blog|pin/|questions?/|health\b)"
)
_SUBDOMAIN = linear(
    r"(?i)\b(?:https?://)?[a-z0-9][a-z0-9-]{2,40}\.(?:tumblr\.com|blogspot\.[a-z.]{2,6}|"
    r"wordpress\.com|substack\.com|carrd\.co|livejournal\.com|wixsite\.com(?:/[^\s]*)?|"
    r"bsky\.social)"
)
_PROFILE_URL = linear(
    r"(?i)(?:https?://|www\.)[^\s<>\"')]{2,80}/(?:profile|profiles|user|users|u|member|"
    r"members|people|in|~)/?[^\s<>\"')]{2,80}|https?://[^\s<>\"'/]{3,60}/@[\w.]{2,40}"
)
_MY_SITE = linear(
    r"(?i)\b(?:my|our) (?:\pL{1,14} ){0,3}(?:blog|website|site|page|profile|channel|"
    r"portfolio|vlog|homepage|gallery|album|account|diary|gofundme|link)[^\n.!?]{0,30}?(?:is|"
    r":|at|on|here|=|->|,|\() ?((?:https?://|www\.)?[a-z0-9][a-z0-9.-]{1,60}\.[a-z]{2,10}(?:/[^\s)]*)?)"
)
_STORY_URL = linear(
    r"(?i)\b(?:blog|diary|vlog|journal|my story|my photos|my pics|my pictures|my "
    r"case|gallery|album|portfolio|profile|channel|find me|follow me|follow|about "
    r"me)[^\n.!?]{0,30}? ?((?:https?://|www\.)[a-z0-9][a-z0-9.-]{1,60}\.[a-z]{2,10}/[^\s)]+)"
)
_AT_HANDLE = linear(r"(?:^|[^\w@./+-])(@[\pL_][\w.]{2,39}(?:@[\w-]+\.[\w.]{2,30})?)")
_REDDITOR = linear(r"(?i)(?:^|[\s(])(/?u/[\w-]{3,30})")
_NETWORK = (
    r"(?:insta(?:gram)?|ig|i\.g\.|facebook|fb|face ?book|messenger|snap(?:chat)?|"
    r"sc|tik ?tok|tt|twitter|x|telegram|tele|tg|skype|discord|linked ?in|threads|"
    r"bluesky|bsky|mastodon|"
    r"reddit|youtube|yt|pinterest|tumblr|wechat|we ?chat|weixin|kik|line|vk|xing|"
    r"twitch|viber|signal|onlyfans|real ?self|strava|kakao(?:talk)?|whatsapp|bereal|"
    r"flickr|gofundme|vinted|qq|zalo|imo|steam|patreon|vimeo|soundcloud|quora)"
)
_NETWORK_LINK = (
    r"(?: ?[:=>-]{1,2} ?@?|(?:'s)? (?:user ?name|handle|name|id|account|profile|page|"
    r"acc|nick|nickname|user)? ?(?:is|:|=|as|under|called|by|@|me|at|-)+ ?(?:at |"
    r"me at |under |as )?:? ?@?|(?: me| us)?(?: at| on| @|:| under| as) ?@?| (?=$)@)"
)
_NETWORK_HANDLE = linear(
    rf"(?i)(?:^|[^\pL\pN@./])({_NETWORK})(?: ?(?:user ?name|handle|name|id|account|"
    r"profile|page|acc|nick|nickname|user|add|dm|msg))?"
    r"(?: ?[:=>-]{1,2} ?| (?:is|it's|its|as|under|called|me|me at|me on|me @|add|"
    r"at|by|handle|name) ?:? ?| ?\(| )(@?[\pL\pN_][\pL\pN_.:#-]{2,39})"
)
_ON_NETWORK = linear(
    rf"(?i)(?:^|[\s(\"'])(@?[\pL\pN_][\pL\pN_.#-]{{2,39}}),? (?:on|in|via|at|over "
    rf"on|is me on|is my|for my) (?:my |the )?({_NETWORK})\b"
)
_USER = linear(
    r"(?i)\b(?:user ?name|handle|nick(?:name)?|screen ?name|gamertag|userid|user "
    r"id|my @)(?: (?:on|for|at|over)(?: (?:the|my|this|that))? [\pL]{2,20}(?: [\pL]{2,12})?)?(?: "
    r"(?:is|was|there is|=)|:| =) ?(@?[\pL\pN_][\pL\pN_.-]{2,39})"
)
_NOT_HANDLES = frozenset(
    {
        "home",
        "work",
        "night",
        "least",
        "bedtime",
        "lunch",
        "noon",
        "nhs",
        "who",
        "all",
        "everyone",
        "the",
        "mods",
        "admin",
        "doctor",
        "doctors",
        "anyone",
        "brow",
        "brows",
        "mouth",
        "forehead",
        "email",
        "gmail",
        "same",
        "any",
    }
)
_DOSE_BEFORE = linear(r"(?i)(?:\d|mg|ml|units?|u|cc|pm|am|x) ?\z")


def _odd(handle: str) -> bool:
    """Tell whether no word of the language looks like this."""
    inside = handle.strip("@").rstrip(".,:;-")
    return handle.startswith("@") or (
        any(sign.isdigit() or sign in "_.#:" for sign in inside[1:])
        and any(map(str.isalpha, inside))
        and not inside[0].isdigit()
    )


def find_profiles(text: str) -> Iterator[Span]:
    """Yield links to profiles, handles, and names on a network."""
    for found in _SOCIAL.finditer(text):
        if not _CONTENT.match(found.group(1)) and not text[max(0, found.start() - 1) : found.start()].isalnum():
            yield found.start(), found.start() + len(found.group().rstrip(".,;:!?"))
    for pattern in (_SUBDOMAIN, _PROFILE_URL):
        for found in pattern.finditer(text):
            yield found.start(), found.start() + len(found.group().rstrip(".,;:!?"))
    for pattern in (_MY_SITE, _STORY_URL):
        for found in pattern.finditer(text):
            yield found.start(1), found.start(1) + len(found.group(1).rstrip(".,;:!?"))
    for found in _AT_HANDLE.finditer(text):
        handle = found.group(1).rstrip(".")
        before = text[max(0, found.start(1) - 8) : found.start(1)]
        if handle[1:].lower() not in _NOT_HANDLES and not (_DOSE_BEFORE.search(before) and handle[1:].isalpha()):
            yield found.start(1), found.start(1) + len(handle)
    for found in _REDDITOR.finditer(text):
        yield found.span(1)
    yield from _named_handles(text)


def _named_handles(text: str) -> Iterator[Span]:
    for found in _NETWORK_HANDLE.finditer(text):
        network, handle = found.group(1), found.group(2).rstrip(".,:;-#")
        bare = handle.strip("@").lower()
        glue = text[found.end(1) : found.start(2)]
        if (
            bare.replace("-", "").isdigit()
            or bare in _NOT_HANDLES
            or (
                network.lower() in {"x", "line", "signal", "sc", "tt", "tele", "imo", "steam", "threads", "snap", "ig"}
                and not (":" in glue or handle.startswith("@") or ("_" in handle))
            )
        ):
            continue
        end = found.start(2) + len(handle)
        closes = (
            not text[end : end + 2].strip(" .,;!?)\n")
            or text[end : end + 1] in set(",.;!?)\n")
            or text[end : end + 5].lower() in {" and ", " for ", " if y", " if a", " or ", " plea", " pls "}
        )
        announced = (
            ":" in glue
            or "=" in glue
            or any(
                word in glue.lower().split()
                for word in ("is", "called", "under", "as", "id", "handle", "username", "name", "me", "add")
            )
        )
        known = len(bare) > 2 and (bare in COMMON or bare.endswith(("ing", "ed")))
        if _odd(handle) or (announced and closes and not known and network.lower() not in {"x", "line", "signal"}):
            yield found.start(2), end
        elif (
            ":" in glue
            and not known
            and handle[0].isupper()
            and text[end : end + 1] == " "
            and text[end + 1 : end + 2].isupper()
        ):
            yield found.start(2), end + 1 + len(text[end + 1 : end + 40].split(" ")[0].rstrip(".,;!?)\n"))
    for found in _ON_NETWORK.finditer(text):
        handle = found.group(1)
        if _odd(handle) and not handle.endswith("."):
            yield found.span(1)
    for found in _USER.finditer(text):
        handle = found.group(1).rstrip(".-")
        if handle.lower() not in COMMON:
            yield found.start(1), found.start(1) + len(handle)


# --- Streets ---------------------------------------------------------------------------------------------

_SURE_WAY = (
    r"(?:street|road|avenue|lane|terrace|crescent|boulevard|blvd|parkway|pkwy|highway|"
    r"hwy|mews|strasse|straße|turnpike|esplanade|ave|rd|cres)"
)
_MAYBE_WAY = (
    r"(?:St|Ln|Dr|Drive|Close|Court|Ct|Place|Pl|Way|Square|Sq|Gardens|Gdns|Grove|"
    r"Gr|Hill|Park|Row|Walk|Parade|Pde|Circle|Cir|Trail|Trl|Quay|View|Rise|Green|"
    r"Yard|Wharf|Alley|Loop|Path|Pike|Route|Bridge|"
    r"Ave|Av|Rd|Cres|Street|Road|Avenue|Lane|Terrace|Ter|Terr|Tce|Crescent|Boulevard|"
    r"Blvd|Parkway|Pkwy|Highway|Hwy|Mews|Broadway|Common|Meadow|Meadows|Fields?|Mount|"
    r"Bank|Croft|Drove|End|Gate|Heights|Villas?|Cottages?|Buildings|House|Mansions|"
    r"Point|Ridge|Run|Vale|Wynd|Brae|Garth|Paddocks?|Strand|Circus|Chase|Cove|Crossing|"
    r"Glen|Orchard|Plaza|Promenade|Side|Wood|Woods)"
)
_FLAT = (
    r"(?:(?i:flat|apt|apartment|unit|suite|ste|room|rm|house|floor|block|no|number|"
    r"plot|shop|door|bungalow|lot)\.?,? ?#?\d{0,5}[A-Za-z]?(?:/\d+)?,? (?:(?:on|at|"
    r"in|of) )?)"
)
_NUMBER = r"(?:#?\d{1,5}(?:[ ]?[A-Za-z]\b)?(?:[-/]\d{1,4}[A-Za-z]?)?)"
_TOWN = (
    r"(?:(?:,? ?\n ?|,? )(?:(?i:apt|flat|suite|unit|ste|floor|fl|room|#)\.? ?#?\d{0,5}[A-Za-z]?\b|"
    r"#\d{1,5}|\pLu[\pL\pM'.-]{1,24}(?: \pLu[\pL\pM'.-]{1,24}){0,2}\b|[A-Z]{2}\b))"
)
_POSTCODE = (
    r"(?:(?:,? ?\n ?|,? )(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|"
    r"\d{5}(?:-\d{4})?|\d{4}\b(?: [A-Z]{2}\b)?|[A-Z]\d[\dW] ?[A-Z\d]{4}))"
)
_TAIL = rf"(?:{_TOWN}){{0,3}}{_POSTCODE}?(?:,? \pLu[\pL]{{3,20}})?"
_BY_NUMBER = linear(
    rf"(?:^|[^\pL\pN.,:/£$€-]|[ (:][-])({_FLAT}?{_NUMBER},? (?:(?:[NSEWnsew]|North|"
    rf"South|East|West|north|south|east|west)\.? )?(?:\d{{1,3}}(?:st|nd|rd|th) |(?:(?:St\.? "
    rf"|Old |New |The |Le |La |De )?\pLu[\pL\pM'.-]{{1,24}}|of|the|on|and|la|de|le|"
    rf"du) ){{1,4}}{_MAYBE_WAY}\b\.?{_TAIL})"
)
_BY_NUMBER_SMALL = linear(
    rf"(?i)(?:^|[^\pL\pN.,:/£$€-])({_FLAT}?#?\d{{1,5}}[a-z]?(?:[-/]\d{{1,4}})?,? (?:[nsew]\.? "
    rf"|north |south |east |west |\d{{1,3}}(?:st|nd|rd|th) )?([\pL'-]{{2,20}}(?: [\pL'-]{{2,20}}){{0,2}})"
    rf" ?{_SURE_WAY}\b\.?(?:,? [\pL'-]{{3,20}}(?: [a-z]{{2}}\b)?)?{_POSTCODE}?)"
)
_SMALL_AT_HOME = linear(
    r"(?i)\b(?:live|living|lives|im|i am|i'm|address is|address:|at home|house is|"
    r"come to|send (?:it )?to|post (?:it )?to|deliver to|stay|staying|am) (?:at|on|"
    rf"in|is|:)? ?({_NUMBER},? [\pL'-]{{2,20}}(?: [\pL'-]{{2,20}})? (?:st|dr|drive|"
    r"close|court|ct|place|way|square|gardens|grove|hill|park|row|walk|ln|view|rise|"
    rf"green|circle)\b(?:,? [\pL'-]{{3,20}})?)"
)
_NAMED_STREET = linear(
    rf"((?:\pLu[\pL\pM'-]+ ){{1,3}}(?:Cottage|House|Farm|Lodge|Rectory|Hall|Barn|Villa|"
    r"Court|Mill|Manor|Bungalow|Grange|Croft|Vicarage|Cottages|Mansions|Towers?|Heights|"
    rf"Building),? ?\n?(?:\pLu[\pL\pM'-]+ ){{1,3}}{_MAYBE_WAY}\b{_TAIL})"
)
_AT_HOME = linear(
    r"(?:(?i:\b(?:i|we|who|she|he|they|and) ?(?:now |still |only |also )?(?:live|"
    r"lives|reside|stay|moved)(?: [a-z]+)? (?:at|on|in|to)|living (?:at|on|in)|(?:home|"
    r"mailing|postal|my|our|her|his|their|full|delivery|current|old|new|billing) "
    r"?(?:home |postal |mailing )?address(?: is| was|:| =)|address ?:|house is (?:on|"
    r"at)|post it to|send (?:it|them|the \pL+) to|deliver(?:ed)? to|lives? (?:at|"
    r"on)|round the corner (?:at|in)) )"
    rf"((?:{_FLAT})?(?:{_NUMBER},? )?(?:\pLu[\pL\pM'-]+,? ){{1,5}}{_MAYBE_WAY}\b{_TAIL}|"
    rf"{_NUMBER},? (?:\pLu[\pL\pM'-]+,? ?){{1,4}}{_POSTCODE}?|\d{{4,5}} \pLu[\pL\pM-]+)"
)
_COMPOUND = (
    r"(?:\pLu[\pL\pM.-]*(?:straße|strasse|str\.|weg|allee|platz|gasse|damm|ufer|chaussee|"
    r"steig|pfad|stieg|kamp|straat|laan|gracht|plein|kade|singel|dijk|gatan|vägen|"
    r"gade|vej|veien|katu|tie|gata)|(?:\pLu[\pL\pM-]+ ){1,2}(?:Straße|Strasse|Str\.|"
    r"Weg|Allee|Platz|Gasse|Damm|Ufer|Chaussee|Ring|Graben|Markt|Berg|Hof|Tor))"
)
_STREET_FIRST = linear(
    rf"(?:^|[^\pL])((?:{_COMPOUND}|(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In "
    r"den|Zum|Zur|Unter den|Hinter der|Alter|Alte|Neuer) \pLu[\pL\pM-]+(?: \pLu[\pL\pM-]+)?),? "
    rf"\d{{1,4}} ?[a-zA-Z]?\b(?:[/-]\d{{1,4}})?(?:,? ?\n?(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?: "
    rf"?[A-Z]{{2}})?(?: \pLu[\pL\pM-]+){{1,3}}|,? (?:in )?\pLu[\pL\pM-]+)?)"
)
_STREET_PLZ = linear(
    r"(?:^|[^\pL])(\pLu[\pL\pM-]{3,}(?: \pLu[\pL\pM-]+)? \d{1,4} ?[a-zA-Z]?,? ?\n?(?:[A-Z]{1,2}-)?\d{4,5}(?: "
    r"?[A-Z]{2})? \pLu[\pL\pM-]+(?: \pLu[\pL\pM-]+)?)"
)
_ROMANCE = linear(
    r"(?:^|[^\pL\pN])(\d{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|av\.?|boulevard|"
    r"bd|place|chemin|impasse|allée|quai|cours|route|passage|square) (?:(?i:de|du|"
    r"des|la|le|les|d'|l'|de la|de l') ?){0,2}\pLu[\pL\pM' -]{1,30}(?:,? \d{5} \pLu[\pL-]+)?|"
    r"(?:(?i:calle|c/|avenida|avda\.?|av\.|plaza|paseo|carrer|carretera|via|viale|"
    r"piazza|corso|vicolo|rua|praça|travessa|ulica|ul\.|al\.|os\.|jalan|jl\.|strada|"
    r"str\.|odos|ulitsa|rue) ?)(?:(?i:de|del|della|di|da|do|dos|la|las|los|el|san|"
    r"sw\.) ){0,2}\pLu[\pL\pM'.-]+(?: (?:de |del |di |da )?\pLu[\pL\pM'.-]+){0,3},? "
    r"(?:n[.º°]? ?|nr\.? ?|no\.? ?)?\d{1,4}\b(?:/\d{1,4})?(?:[^\n.!?]{0,4}\d{4,5}(?:-\d{3})? "
    r"\pLu[\pL-]+)?)"
)
_UK_POSTCODE = linear(
    r"\b[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b|\b[A-PR-UWYZ][A-HK-Y]?\d{1,2}\d[ABD-HJLNP-UW-Z]{2}\b"
)
_CA_POSTCODE = linear(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b")
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|"
    r"PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)
_US_CITY = linear(rf"(?:\pLu[\pL.'-]+ ?){{1,3}},? ?(?:{_STATE}) \d{{5}}(?:-\d{{4}})?\b")
_AU_CITY = linear(r"(?:\pLu[\pL'-]+ ){1,3},? ?(?:NSW|VIC|QLD|TAS|ACT) \d{4}\b")
_LABELLED_CODE = linear(
    r"(?i)\b(?:post ?code|zip(?: ?code)?|postal code|plz|eircode|pin ?code|pin)(?: "
    r"is| was|:| =|,)? ?((?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|"
    r"\d{4,6}(?:-\d{4})?|[a-z]\d[\dw] ?[a-z\d]{4}))\b"
)
_BOX = linear(
    r"(?i)\b(?:p\.? ?o\.? ?box|post ?office box|postfach|gpo box|apartado|locked "
    r"bag|private bag|bo[iî]te postale|rr ?\d+,? box|rural route \d+,? box) ?\d{1,6}(?:,? "
    r"\pLu[\pL'-]+(?: \pLu[\pL'-]+)?){0,2}(?:,? [A-Z]{2})?(?:,? \d{4,5})?"
)
_INDIAN = linear(
    r"((?:(?i:flat|house|plot|door|h\.?) ?(?i:no)\.? ?)[\w/-]{1,8},? (?:\pLu[\pL\pM'-]+,? "
    r"?|\d{1,3}(?:st|nd|rd|th),? ){1,6}(?:-? ?\d{6})?)"
)
_PLOT = linear(
    r"(?:^|[ (:])([A-Z]{1,2}[-/]?\d{1,4},? (?:(?:\pLu[\pL\pM'.-]+|\d{1,3}(?:st|nd|rd|th)|of),? ){2,9}-? ?\d{6})\b"
)
_NOT_IN_STREETS = UNITS | frozenset(
    [
        "on",
        "the",
        "down",
        "up",
        "across",
        "off",
        "my",
        "our",
        "your",
        "his",
        "her",
        "a",
        "an",
        "this",
        "that",
        "main",
        "same",
        "busy",
        "next",
        "other",
        "long",
        "wrong",
        "right",
        "every",
        "each",
        "side",
        "through",
        "along",
        "in",
        "at",
        "to",
        "of",
        "from",
        "with",
        "middle",
        "and",
    ]
)


def _is_street(words: str) -> bool:
    return not any(
        word.lower() in _NOT_IN_STREETS or (word.islower() and word in COMMON and len(word) < 5)
        for word in words.split()
    )


def find_addresses(text: str) -> Iterator[Span]:
    """Yield addresses of streets and boxes, and postcodes that narrow one down."""
    for found in _BY_NUMBER.finditer(text):
        middle = found.group(1).lstrip("#0123456789-/ ,").split(" ")
        if (middle[0].lower().strip(".,") not in UNITS or middle[0].startswith("St")) and not (
            middle[0] == "St" and "wort" in text[found.end() - 8 : found.end() + 8]
        ):
            yield _tidy(found)
    for found in _BY_NUMBER_SMALL.finditer(text):
        if _is_street(found.group(2)):
            yield _tidy(found)
    for pattern in (
        _SMALL_AT_HOME,
        _NAMED_STREET,
        _AT_HOME,
        _STREET_FIRST,
        _STREET_PLZ,
        _ROMANCE,
        _LABELLED_CODE,
        _INDIAN,
        _PLOT,
    ):
        for found in pattern.finditer(text):
            yield _tidy(found)
    for pattern in (_UK_POSTCODE, _CA_POSTCODE, _US_CITY, _AU_CITY, _BOX):
        for found in pattern.finditer(text):
            yield found.span()


def _tidy(found: object) -> Span:
    group: str = found.group(1)  # type: ignore[attr-defined]
    place: int = found.start(1)  # type: ignore[attr-defined]
    return place, place + len(group.rstrip(" .,\n"))
