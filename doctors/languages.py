"""Languages as people name them, and their ISO 639 codes: a doctor states names, the directory asks by code."""

from collections.abc import Iterable
from functools import cache

# ISO 639-1, or 639-3 where there is no shorter one: the English name first, then how its speakers spell it.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "am": ("Amharic", "አማርኛ"),
    "ar": ("Arabic", "العربية", "عربي"),
    "bg": ("Bulgarian", "Български"),
    "bn": ("Bengali", "Bangla", "বাংলা"),
    "bs": ("Bosnian", "Bosanski"),
    "ca": ("Catalan", "Català"),
    "cs": ("Czech", "Čeština"),
    "cy": ("Welsh", "Cymraeg"),
    "da": ("Danish", "Dansk"),
    "de": ("German", "Deutsch"),
    "el": ("Greek", "Ελληνικά"),
    "en": ("English",),
    "es": ("Spanish", "Español", "Castellano"),
    "et": ("Estonian", "Eesti"),
    "eu": ("Basque", "Euskara"),
    "fa": ("Persian", "Farsi", "Dari", "فارسی"),
    "fi": ("Finnish", "Suomi"),
    "fil": ("Filipino", "Tagalog"),
    "fr": ("French", "Français"),
    "ga": ("Irish", "Gaeilge"),
    "gu": ("Gujarati", "ગુજરાતી"),
    "ha": ("Hausa",),
    "he": ("Hebrew", "עברית"),
    "hi": ("Hindi", "हिन्दी"),
    "hr": ("Croatian", "Hrvatski"),
    "hu": ("Hungarian", "Magyar"),
    "hy": ("Armenian", "Հայերեն"),
    "id": ("Indonesian", "Bahasa Indonesia"),
    "ig": ("Igbo",),
    "is": ("Icelandic", "Íslenska"),
    "it": ("Italian", "Italiano"),
    "ja": ("Japanese", "日本語"),
    "ka": ("Georgian", "ქართული"),
    "kn": ("Kannada", "ಕನ್ನಡ"),
    "ko": ("Korean", "한국어"),
    "ku": ("Kurdish", "Kurdî", "Kurmanji", "Sorani"),
    "lt": ("Lithuanian", "Lietuvių"),
    "lv": ("Latvian", "Latviešu"),
    "mk": ("Macedonian", "Македонски"),
    "ml": ("Malayalam", "മലയാളം"),
    "mr": ("Marathi", "मराठी"),
    "ms": ("Malay", "Bahasa Melayu"),
    "mt": ("Maltese", "Malti"),
    "ne": ("Nepali", "नेपाली"),
    "nl": ("Dutch", "Flemish", "Nederlands", "Vlaams"),
    "no": ("Norwegian", "Norsk", "Bokmål", "Nynorsk"),
    "pa": ("Punjabi", "Panjabi", "ਪੰਜਾਬੀ"),
    "pl": ("Polish", "Polski"),
    "ps": ("Pashto", "پښتو"),
    "pt": ("Portuguese", "Português"),
    "ro": ("Romanian", "Română", "Moldovan"),
    "ru": ("Russian", "Русский"),
    "si": ("Sinhala", "සිංහල"),
    "sk": ("Slovak", "Slovenčina"),
    "sl": ("Slovenian", "Slovene", "Slovenščina"),
    "so": ("Somali", "Soomaali"),
    "sq": ("Albanian", "Shqip"),
    "sr": ("Serbian", "Srpski", "Српски"),
    "sv": ("Swedish", "Svenska"),
    "sw": ("Swahili", "Kiswahili"),
    "ta": ("Tamil", "தமிழ்"),
    "te": ("Telugu", "తెలుగు"),
    "th": ("Thai", "ไทย"),
    "ti": ("Tigrinya", "ትግርኛ"),
    "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "Українська"),
    "ur": ("Urdu", "اردو"),
    "vi": ("Vietnamese", "Tiếng Việt"),
    "yo": ("Yoruba", "Yorùbá"),
    "zh": ("Chinese", "Mandarin", "Cantonese", "中文", "普通话", "廣東話"),
    "zu": ("Zulu", "isiZulu"),
    "sgn": ("Sign language",),
    "ase": ("American Sign Language", "ASL"),
    "bfi": ("British Sign Language", "BSL"),
}
CHOICES = sorted(((code, names[0]) for code, names in LANGUAGES.items()), key=lambda each: each[1])


@cache
def _codes() -> dict[str, str]:
    return {name.casefold(): code for code, names in LANGUAGES.items() for name in (*names, code)}


def code_of(name: str) -> str | None:
    """Return the code of a language by any of its names in any case; None for one that is not in the list."""
    return _codes().get(" ".join(name.split()).casefold())


def codes_of(names: Iterable[str]) -> list[str]:
    """Return the codes of languages, each once, in their order; a name that is not in the list has none."""
    return list(dict.fromkeys(code for name in names if (code := code_of(name))))


def known_spellings() -> list[tuple[str, str]]:
    """Return each code with each way to write a name of it, for the trigger that reads what a doctor stated."""
    return sorted({(code, way) for code, names in LANGUAGES.items() for name in names for way in (name, name.lower())})
