"""From the source of a body to what is shown: what stays, what goes, and what never runs."""

import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions import bodies
from questions.bodies import extract, first_sentence, plain, render, shorten

FORMATS = ("text", "markdown", "html")

TEXT = {
    "paragraphs": ("One.\n\nTwo.\n \t\n\n Three.", "<p>One.</p><p>Two.</p><p>Three.</p>"),
    "lines": ("One\ntwo\r\nthree\rfour", "<p>One<br>two<br>three<br>four</p>"),
    "markup": ("<b>a</b> & <script>x</script>", "<p>&lt;b&gt;a&lt;/b&gt; &amp; &lt;script&gt;x&lt;/script&gt;</p>"),
    "markdown": ("*a* [b](http://c.example)", "<p>*a* [b](http://c.example)</p>"),
    "entities": ("&nbsp;&lt;", "<p>&amp;nbsp;&amp;lt;</p>"),
    "nothing": (" \n\n ", ""),
}

NO_LINK = '<p><a rel="ugc nofollow noopener">a</a></p>'
MARKDOWN = {
    "emphasis": ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>"),
    "lines": ("a\nb", "<p>a<br>\nb</p>"),
    "a list": ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    "a numbered list": ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
    "a quote": ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    "a link": (
        "[a](https://b.example/?c=1)",
        '<p><a href="https://b.example/?c=1" rel="ugc nofollow noopener">a</a></p>',
    ),
    "a script in a link": ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
    "a link with a title": (
        '[a](https://b.example "c")',
        '<p><a href="https://b.example" rel="ugc nofollow noopener">a</a></p>',
    ),
    "a link without slashes": ("[a](https:b.example)", NO_LINK),
    "a link with one slash": ("[a](https:/b.example)", NO_LINK),
    "a link without a host": ("[a](https:///b.example)", NO_LINK),
    "a link with a name before the host": ("[a](https://here.example@b.example/)", NO_LINK),
    "a link with a name and a password": ("[a](https://here.example:443@b.example/)", NO_LINK),
    "a link with backslashes": ("[a](https:\\\\\\\\b.example)", NO_LINK),
    "an @ further on": (
        "[a](https://b.example:8443/@c?d=@e)",
        '<p><a href="https://b.example:8443/@c?d=@e" rel="ugc nofollow noopener">a</a></p>',
    ),
    "an image": ("![a](https://b.example/c.png)", "<p>!<a"),
    "raw markup": ("<b onclick=x>a</b>", "<p>&lt;b onclick=x&gt;a&lt;/b&gt;</p>"),
    "a heading": ("# a", "<p># a</p>"),
}

HTML = {
    "what may stay": ("<p>a <b>b</b> <i>c</i></p><ul><li>d</li></ul>", "<p>a <b>b</b> <i>c</i></p><ul><li>d</li></ul>"),
    "words alone": ("a <em>b</em>", "<p>a <em>b</em></p>"),
    "words before a block": ("a<p>b</p>", "<p>a</p><p>b</p>"),
    "a script": ("<p>a<script>alert(1)</script></p>", "<p>a</p>"),
    "a style": ("<p>a</p><style>p{}</style>", "<p>a</p>"),
    "a handler": ('<p onclick="x()" style="color:red" class="b" id="c">a</p>', "<p>a</p>"),
    "an image": ('<p>a<img src="https://b.example/c.png" onerror="x()"></p>', "<p>a</p>"),
    "a frame": ('<p>a</p><iframe src="https://b.example"></iframe>', "<p>a</p>"),
    "a script in a link": ('<p><a href="javascript:x()">a</a></p>', '<p><a rel="ugc nofollow noopener">a</a></p>'),
    "data in a link": ('<p><a href="data:text/html,b">a</a></p>', '<p><a rel="ugc nofollow noopener">a</a></p>'),
    "a link within this site": ('<p><a href="/admin/">a</a></p>', '<p><a rel="ugc nofollow noopener">a</a></p>'),
    "a link in a new window": (
        '<p><a href="https://b.example" target="_blank" rel="opener">a</a></p>',
        '<p><a href="https://b.example" rel="ugc nofollow noopener">a</a></p>',
    ),
    "a title and a language": ('<p title="b" lang="c">a</p>', "<p>a</p>"),
    "a link with a name before the host": ('<p><a href="https://b@c.example" title="d">a</a></p>', NO_LINK),
    "blocks of another kind": ("<div>a</div><h2>b</h2>", "<p>a</p><p>b</p>"),
    "paragraphs of nothing": ("<p><br></p><p>a</p><p>&nbsp;</p><p> </p>", "<p>a</p>"),
    "a list of nothing": ("<ul><li><p>&nbsp;</p></li><li>a</li></ul>", "<ul><li>a</li></ul>"),
    "many breaks": ("<p>a<br><br><br><br>b</p>", "<p>a<br><br>b</p>"),
    "tags left open": ("<p>a <b>b", "<p>a <b>b</b></p>"),
    "nothing but a break": ("<p><br></p>", ""),
    "a comment": ("<p>a<!-- b --></p>", "<p>a</p>"),
}


@pytest.mark.parametrize("name", TEXT)
def test_text_stays_text(name):
    source, shown = TEXT[name]
    assert render(source, "text") == shown


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_has_a_few_marks(name):
    source, shown = MARKDOWN[name]
    assert render(source, "markdown").startswith(shown)


@pytest.mark.parametrize("name", HTML)
def test_html_is_cut_down_to_what_an_answer_may_have(name):
    source, shown = HTML[name]
    assert render(source, "html") == shown


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<br>",
            "<b>",
            "</b>",
            "<ul>",
            "<li>",
            "</ul>",
            "<div>",
            "</div>",
            "<h1>",
            "</h1>",
            "<!--",
            "-->",
        ),
        *(
            "<script>",
            "</script>",
            "<style>",
            "<svg>",
            "<math>",
            "<img src=x onerror=y>",
            '<a href="',
            '">',
            "</a>",
            "<",
        ),
        *(
            "javascript:x",
            "https://a.example",
            "&nbsp;",
            "&lt;",
            "&#106;",
            "*",
            "**",
            "[a](",
            ")",
            "- ",
            "> ",
            "\n",
            "\n\n",
        ),
        *("`", "\\", "words", " ", "\u00a0", "\ufffd", "&", '"', "'"),
    ]
)
sources = st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join)


@given(sources, st.sampled_from(FORMATS))
def test_whatever_is_written_only_allowed_markup_is_shown(source, body_format):
    shown = render(source, body_format)

    for tag in re.findall(r"<[^>]*>", shown):
        assert re.fullmatch(r'</?([a-z]+)( href="https?:[^"<>]*")?( rel="ugc nofollow noopener")?>', tag)
        assert re.match(r"</?([a-z]+)", tag)[1] in bodies.TAGS
    assert nh3.clean(shown, tags=bodies.TAGS, attributes={"a": {"href", "rel"}}, link_rel=None) == shown.replace(
        "\u00a0", "&nbsp;"
    ).replace("&#x27;", "'").replace("&quot;", '"')


@given(sources, st.sampled_from(FORMATS), st.integers(10, 120))
def test_first_sentences_and_extracts_are_short_and_plain(source, body_format, length):
    sentence, start = first_sentence(source, body_format, length), extract(render(source, body_format), length)

    for text in (sentence, start):
        assert len(text) <= length
        assert text == " ".join(text.split())


SENTENCES = {
    "It hurts. Why?": "It hurts.",
    "Why does it hurt? I slept badly.": "Why does it hurt?",
    "It hurts!\nBadly": "It hurts!",
    "It costs 3.50 a day": "It costs 3.50 a day",
    "  no end\n\nanywhere ": "no end anywhere",
    "word " * 60: "word " * 22 + "word…",
    "x" * 200: "x" * 119 + "…",
}


@pytest.mark.parametrize("body", SENTENCES)
def test_the_first_sentence_ends_where_it_ends_or_at_a_word(body):
    assert first_sentence(body, "text") == SENTENCES[body]


def test_the_first_sentence_of_html_has_no_markup():
    assert first_sentence("<p>Is &lt;3 <b>usual</b>?</p><p>Or not.</p>", "html") == "Is <3 usual?"


def test_plain_text_keeps_the_lines_of_its_blocks():
    assert plain("<p>a<br>b &amp; c</p><ul><li>d</li><li>e</li></ul>") == "a\nb & c\nd\ne"


def test_an_extract_is_not_cut_within_a_tag():
    shown = '<p>begin <a href="https://a.example/">linked words</a> and the end</p>'

    for length in range(1, 40):
        assert "<" not in extract(shown, length)
        assert "href" not in extract(shown, length)


def test_what_is_short_is_not_cut():
    assert shorten(" a  b\nc ", 5) == "a b c"
    assert shorten("abcd efg hi", 10) == "abcd efg…"
