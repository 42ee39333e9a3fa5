"""What a web page says of its article: title, link, publisher, authors, time of publication."""

import html
import json
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice, takewhile
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.sources import dates, header, html_tree
from retrieval.sources.header import Facts
from retrieval.sources.html_tree import Line

MOST_VALUES = 2000  # under one key of an object of JSON-LD; objects may refer to each other
BELOW_TITLE = 15  # lines that may say who wrote the article, and when
SHORTEST_TITLE = 15  # characters of a title that is known by its beginning or end
LONGEST_SITE = 50  # characters of the name of a site

_ARTICLE_TYPE = re.compile(r"(?:Article|Posting|Report)\b")
_ABSOLUTE = re.compile(r"https?://[^\s/]+\.[^\s]+")
_HANDLE_OR_LINK = re.compile("^@|://")
_MARK = r"(?:\s+[|–—·•:»›/-]{1,2}\s+|\s*\|\s*|\s*::\s*|[.:]\s)"

_PUBLISHED = "article:published_time datepublished date publish-date dc.date pubdate".split()
_SIGNED = "//*[@rel='author' or @itemprop='author']"
_CALLED = "//*[contains(@class, 'yline') or contains(@class, 'uthor')]"
_TIMES = (
    "//*[@itemprop='datePublished']/@datetime | //*[@itemprop='datePublished']/@content"
    " | //h1/following::time/@datetime"
)


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page says of itself; `authors` and `published` as written, the most trusted first.

    `window` is the title of the window, `kinds` are the types of what the page is about. The page
    calls itself an article if `is_article`; `free` is None where it does not say who may read it.
    """

    title: str | None
    window: str
    url: str | None
    publisher: str | None
    authors: list[list[str]]
    published: list[str]
    kinds: str
    is_article: bool
    free: bool | None
    asks_password: bool


def of_tree(tree: Any, seen: list[Line], address: str | None) -> PageMeta:
    """Return the facts in the links, meta elements and linked data of a page."""
    named: dict[str, list[str]] = defaultdict(list)
    for element in tree.xpath("//meta[@content]"):
        for key in filter(None, map(element.get, ("property", "name", "itemprop"))):
            named[key.lower().strip()].append(" ".join(element.get("content").split()))
    window = next(filter(None, map(html_tree.words, tree.xpath("//title[not(ancestor::svg)]"))), "")
    url = _link([*tree.xpath("//link[@rel='canonical']/@href"), *named["og:url"]], address)
    data = LinkedData(tree)
    articles = data.articles(url)
    main = articles[0] if articles else {}
    websites = [node for node in data.nodes if _type_of(node).endswith("WebSite")]
    sites = [
        name.removeprefix("www.")
        for name in (
            *named["og:site_name"],
            *data.strings(main, "publisher"),
            *(name for node in websites for name in data.strings(node, "name")),
            *named["application-name"],
        )
        if 1 < len(name) <= LONGEST_SITE and not _HANDLE_OR_LINK.search(name)
    ]
    sites.sort(key=lambda name: "." in name and " " not in name)  # domains come last
    title = _title([*data.strings(main, "headline"), *named["og:title"]], seen, window, sites)
    times = [value for key in _PUBLISHED for value in named[key]]
    free = str(main.get("isAccessibleForFree", "")).lower()
    return PageMeta(
        title=title,
        window=window,
        url=url,
        publisher=next(iter([*sites, *_beside(title or "", window)]), None),
        authors=[data.strings(main, "author"), named["author"], named["article:author"]],
        published=[*data.strings(main, "datePublished"), *times],
        kinds=" ".join([*map(_type_of, data.nodes), *named["og:type"]]).lower(),
        is_article=bool(articles) or "article" in named["og:type"],
        free=free not in ("false", "no", "0") if free else None,
        asks_password=bool(tree.xpath("//input[@type='password']")),
    )


def facts_around(
    meta: PageMeta, tree: Any, seen: list[Line], paragraphs: list[str], today: date
) -> tuple[str, date | None]:
    """Return the author and the date that the markup gives, else the lines of the article.

    Nothing below the last of the `paragraphs` counts: teasers have authors and times of their own.
    The tree is cut off there. Where nothing gives a date, htmldate may find one.
    """
    own = set(paragraphs)
    last = next((line.element for line in reversed(seen) if line.text in own), tree)
    for above in (last, *last.iterancestors()):
        parent = above.getparent()
        for element in list(above.itersiblings()) if parent is not None else []:
            parent.remove(element)
    lines = _facts_below_title(seen, meta.title, today)
    signed = [html_tree.words(element) for element in tree.xpath(_SIGNED)[:5]]
    called = [[html_tree.words(element)] for element in tree.xpath(_CALLED)[:5]]
    sites = [meta.publisher or ""]
    every = (
        header.names([without_site(name, sites) for name in given], meta.publisher)
        for given in (*meta.authors, [lines.author or ""], signed, *called)
    )
    author = header.listed(next(filter(None, every), []))
    marked = map(str, tree.xpath(_TIMES)[:1])
    as_date = partial(_date, today=today)
    dated = [*map(as_date, meta.published), lines.published, lines.dated, *map(as_date, marked)]
    values = [value for value in dated if value]
    if not values:
        return author, _guessed_date(tree, meta, today)
    # The first may lack its time.
    zoned = [time for time in values if isinstance(time, datetime) and time.tzinfo]
    same_day = [time for time in zoned if dates.day_of(time) == dates.day_of(values[0])]
    return author, (same_day or values)[0]


def _guessed_date(tree: Any, meta: PageMeta, today: date) -> date | None:
    from htmldate import find_date

    find = partial(find_date, extensive_search=False, original_date=True, max_date=str(today))
    try:
        return _date(find(tree, url=meta.url) or "", today)
    except Exception:  # it raises what it runs into
        return None


def _date(written: str, today: date) -> date | None:
    value = dates.parsed(" ".join(written.split()))
    return value if value and dates.plausible(value, today) else None


def _facts_below_title(seen: list[Line], title: str | None, today: date) -> Facts:
    facts = Facts()
    place = next((at + 1 for at, line in enumerate(seen) if line.text == title), len(seen))
    for line in takewhile(lambda line: not line.is_prose, seen[place : place + BELOW_TITLE]):
        if not line.boxed and (line_facts := header.facts_in(line.text, today)):
            facts = facts.or_else(line_facts)
    return facts


def _link(links: list[str], address: str | None) -> str | None:
    """The first complete link, from where the page stood."""
    for link in links:
        with suppress(ValueError):  # such as the brackets of an address that is none
            if _ABSOLUTE.fullmatch(joined := urljoin(address or "", str(link).strip())):
                return joined
    return None


def domain(url: str | None) -> str | None:
    """Return the domain of an address without `www.`."""
    with suppress(ValueError):
        return re.sub(r"^(?:www\d?|m|amp)\.", "", urlsplit(url or "").hostname or "") or None
    return None


def _title(given: list[str], seen: list[Line], window: str, sites: list[str]) -> str | None:
    """The heading that agrees with what the markup or the window gives, else the latter."""
    headings = [line.text for line in seen if line.level == 1 and line.text not in sites]
    known = [without_site(name, sites) for name in [*given[:1], window]]
    known = [name for name in known if name and name not in sites]
    for title in known:
        for heading in headings:
            if _agree(heading.casefold(), title.casefold().rstrip(" .…")):
                return heading
    # The window of a site's every page may bear its name alone, as may its first heading.
    return known[0] if given and known else max([*known, *headings[:1]], key=len, default=None)


def _agree(heading: str, title: str) -> bool:
    """Whether a heading is the title, maybe cut off or with the site's name."""
    if min(len(heading), len(title)) < SHORTEST_TITLE:
        return heading in (title, re.split(_MARK, title)[0])
    return heading.startswith(title) or title.startswith(heading) or title.endswith(heading)


def without_site(words: str, sites: list[str]) -> str:
    """Return words without the names of the site before or after them."""
    for site in map(re.escape, filter(None, sites)):
        words = re.sub(rf"^{site}{_MARK}|{_MARK}{site}$", "", words, flags=re.IGNORECASE)
    return words


def _beside(title: str, window: str) -> list[str]:
    """The name of the site, which a window gives after the title and maybe a section."""
    before, has_title, after = window.partition(title) if title else ("", "", "")
    parts = [*re.split(_MARK, after)[:0:-1], *re.split(_MARK, before)[:-1]] if has_title else []
    return [part.removeprefix("www.") for part in parts if 0 < len(part) <= LONGEST_SITE][:1]


class LinkedData:
    """The JSON-LD of a page: `nodes` are the objects that it consists of or is about."""

    def __init__(self, tree: Any) -> None:
        values: list[Any] = []
        for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
            with suppress(ValueError, RecursionError):
                values.append(json.loads(script.text or "", strict=False))
        for value in values:  # which grows
            if isinstance(value, list):
                values += value
            elif isinstance(value, dict):
                values += [value.get("@graph"), value.get("mainEntity")]
        self.nodes = [value for value in values if isinstance(value, dict)]
        self._by_id = {str(node["@id"]): node for node in self.nodes if "@id" in node}

    def strings(self, node: dict[str, Any], key: str, *inside: str) -> list[str]:
        """Return what stands under a key: strings and numbers, those `inside` objects or names."""
        strings: list[str] = []
        values = [node.get(key)]
        for value in islice(values, MOST_VALUES):  # which grow
            if isinstance(value, list):
                values += value
            elif isinstance(value, dict):
                whole = {**value, **self._by_id.get(str(value.get("@id")), {})}
                values += [whole.get(name) for name in ("@value", *(inside or ["name"]))]
            # A number may be a time, in seconds since 1970.
            elif isinstance(value, str | int | float):
                # Some programs escape what they put into JSON as if it were HTML, some twice.
                strings.append(" ".join(html.unescape(html.unescape(str(value))).split()))
        return list(filter(None, strings))

    def articles(self, url: str | None) -> list[dict[str, Any]]:
        """Return the articles at an address, else the only one of a page; others may be teasers."""
        articles = [node for node in self.nodes if _ARTICLE_TYPE.search(_type_of(node))]
        own = [
            node
            for node in articles
            for key in ("url", "@id", "mainEntityOfPage")
            if any(link.split("#")[0] == url for link in self.strings(node, key, "@id", "url"))
        ]
        return own or (articles if len(articles) == 1 else [])


def _type_of(node: dict[str, Any]) -> str:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " ".join(kind for kind in kinds if isinstance(kind, str))
