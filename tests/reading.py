"""What a reader finds on a page: its words, its links, its forms, its structured data."""

import json
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"script", "style", "head", "template"}
BLOCKS = {
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "section",
    "article",
    "dd",
    "dt",
    "td",
    "tr",
    "br",
    "blockquote",
    "small",
}


class Page(HTMLParser):
    """A page as a browser takes it apart. ``str(page)`` is its visible text, with single spaces."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.json_ld: list[Any] = []
        self.forms: list[dict[str, Any]] = []
        self._path: list[str] = []
        self._words: list[str] = []
        self._script: list[str] | None = None
        self._select: tuple[str, bool, list[str], list[str]] | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self.feed(response.content.decode())
        self.close()

    def __str__(self) -> str:
        return " ".join("".join(self._words).split())

    def __contains__(self, words: str) -> bool:
        return " ".join(words.split()) in str(self)

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """Return the attributes of every such tag; ``class_`` and ``aria_label`` stand for what Python cannot spell."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]

    def links(self, rel: str = "") -> list[str]:
        """Return the addresses that the page leads to."""
        found = self.all("a", rel=rel) if rel else self.all("a")
        return [tag["href"] for tag in found if "href" in tag]

    def items(self) -> list[str]:
        """Return where each row of a list leads to."""
        found, is_row = [], False
        for tag, attributes in self.tags:
            if {"item", "hit"} & set(attributes.get("class", "").split()):
                is_row = True
            elif is_row and tag == "a":
                found.append(attributes["href"])
                is_row = False
        return found

    def form(self, **attributes: str) -> dict[str, Any]:
        """Return what a browser would send if the one such form were sent as it stands."""
        (form,) = [form for form in self.forms if attributes.items() <= form["attributes"].items()]
        return form["data"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag in BLOCKS:
            self._words.append(" ")
        if tag not in VOID:
            self._path.append(tag)
        if tag == "script" and found.get("type") == "application/ld+json":
            self._script = []
        elif tag == "form":
            self.forms.append({"attributes": found, "data": {}})
        elif tag == "input":
            self._take_input(found)
        elif tag == "select":
            self._select = (found.get("name", ""), "multiple" in found, [], [])
        elif tag == "option" and self._select:
            self._select[2 if "selected" in found else 3].append(found.get("value", ""))
        elif tag == "textarea":
            self._textarea = (found.get("name", ""), [])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._path and self._path.pop() != tag:
            pass
        if tag in BLOCKS:
            self._words.append(" ")
        if tag == "script" and self._script is not None:
            self.json_ld.append(json.loads("".join(self._script)))
            self._script = None
        elif tag == "select" and self._select:
            name, is_multiple, chosen, others = self._select
            self._send(name, chosen if is_multiple else (chosen or others[:1])[-1:])
            self._select = None
        elif tag == "textarea" and self._textarea:
            name, words = self._textarea
            self._send(name, ["".join(words).removeprefix("\n")])
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)
        elif self._textarea:
            self._textarea[1].append(data)
        elif not UNSEEN & set(self._path):
            self._words.append(data)

    def _take_input(self, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if kind in {"submit", "button", "image", "file", "reset"}:
            return
        if kind in {"checkbox", "radio"} and "checked" not in found:
            return
        self._send(found.get("name", ""), [found.get("value", "on" if kind == "checkbox" else "")])

    def _send(self, name: str, values: list[str]) -> None:
        if not (self.forms and name and values):
            return
        data = self.forms[-1]["data"]
        if name in data or len(values) > 1:
            earlier = data.get(name, [])
            data[name] = [*(earlier if isinstance(earlier, list) else [earlier]), *values]
        else:
            data[name] = values[0]


def walk(client: Client, url: str, rel: str = "next") -> list[Page]:
    """Return every page of a list, following its own links from ``url`` to the end."""
    base, pages = url.partition("?")[0], [Page(client.get(url))]
    while onward := pages[-1].links(rel=rel):
        assert len(pages) < 100, "The list never ends."
        pages.append(Page(client.get(base + onward[0])))
    return pages
