"""From the source of a body to the HTML that is shown: made once, when it is written."""

import html
import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

TAGS = {"p", "br", "ul", "ol", "li", "strong", "b", "em", "i", "blockquote", "a"}
# The star: the cleaner's own list would let every tag keep a title and a language.
ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}, "*": set()}
SCHEMES = {"http", "https"}
# What is written here leads to pages that nobody can change on the way; what came from elsewhere stays as it came.
SCHEMES_HERE = {"https"}
REMEMBERED = 8_000
LINK_REL = "ugc nofollow noopener"

# The small Markdown: paragraphs, lists, emphasis, links, quotes. No images, no raw HTML, no headings.
_markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "list", "link", "blockquote", "newline", "escape", "entity"]
)
_parting = re.compile(r"\n[ \t\r\f\v]*\n\s*")
# Word and its like fill pages with paragraphs of nothing.
_empty = re.compile(r"<(p|li|strong|b|em|i)>(?:\s|&nbsp;|\u00a0|<br>)*</\1>")
_breaks = re.compile(r"(?:<br>\s*){3,}")
_block = re.compile(r"<(?:p|ul|ol|blockquote)\b")
_opened = re.compile(r"<(div|h[1-6]|section|article|td|dt|dd|pre)\b[^>]*>", re.I)
_closed = re.compile(r"</(div|h[1-6]|section|article|td|dt|dd|pre)\s*>", re.I)
_tag = re.compile(r"<[^>]*>")
_sentence_end = re.compile(r"(?<=[.?!])\s")


# A whole address: without slashes a browser stays on this site, and what stands before an @ passes for the host.
_address = re.compile(r"https?://\w[\w.-]*(?::\d{1,5})?(?:[/?#].*)?", re.I | re.S)


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Drop the address of a link that does not lead where it says."""
    return value if attribute != "href" or _address.fullmatch(value) else None


def _clean(markup: str, schemes: set[str] = SCHEMES) -> str:
    # Other blocks become paragraphs, so that their words do not run together when their tags go.
    paragraphs = _closed.sub("</p>", _opened.sub("<p>", markup))
    return nh3.clean(
        paragraphs,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes=schemes,
        url_relative="deny",
        link_rel=LINK_REL,
        clean_content_tags={"script", "style"},
    )


def _text_to_html(text: str) -> str:
    paragraphs = [part.strip() for part in _parting.split(text.replace("\r\n", "\n").replace("\r", "\n"))]
    return "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def render(body: str, body_format: str) -> str:
    """Return the safe HTML of a body in ``text``, ``markdown`` or ``html``.

    Text stays text: its markup is shown, never run. The other two are cut down to the tags that answers may have.
    """
    if body_format == "text":
        return _text_to_html(body)
    schemes = SCHEMES_HERE if body_format == "markdown" else SCHEMES
    cleaned = _clean(_markdown.render(body) if body_format == "markdown" else body, schemes)
    for _ in range(3):  # An emptied paragraph can leave an empty list item around it.
        cleaned = _empty.sub("", cleaned)
    cleaned = _breaks.sub("<br><br>", cleaned).strip()
    # Words before the first block get a paragraph of their own; the parser closes it where the block begins.
    return cleaned if not cleaned or _block.match(cleaned) else _empty.sub("", _clean(f"<p>{cleaned}", schemes))


def plain(markup: str) -> str:
    """Return the text of HTML that ``render`` made: for extracts, feeds and structured data."""
    return _remembered_plain(markup) if len(markup) <= REMEMBERED else _plain(markup)


def _plain(markup: str) -> str:
    spaced = re.sub(r"</(?:p|li|blockquote)>|<br>", "\n", markup)
    lines = (" ".join(line.split()) for line in html.unescape(_tag.sub("", spaced)).split("\n"))
    return "\n".join(line for line in lines if line)


def first_sentence(body: str, body_format: str, length: int = 120) -> str:
    """Return the first sentence of a body, cut at a word before ``length`` characters: it serves as a title."""
    text = " ".join(plain(render(body, body_format)).split())
    sentence = _sentence_end.split(text, maxsplit=1)[0]
    return shorten(sentence, length)


# The same answers are read again and again: a few hundred short texts are remembered.
_remembered_plain = lru_cache(maxsize=1000)(_plain)


def extract(markup: str, length: int) -> str:
    """Return the first words of HTML that ``render`` made, in at most ``length`` characters."""
    # Tags make up little of it; a tag that the cut went through goes.
    start = markup[: 6 * length]
    if start.rfind("<") > start.rfind(">"):
        start = start[: start.rfind("<")]
    return shorten(plain(start), length)


def shorten(text: str, length: int) -> str:
    """Return ``text`` in at most ``length`` characters, cut at a word where there is one."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    word = cut.rsplit(" ", 1)[0]
    return f"{(word if len(word) > length // 2 else cut).rstrip(' ,;:.-')}…"
