"""What a web page says of its article: title, link, publisher, authors, time of publication."""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, takewhile
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.reading import bylines, dates, header, trees
from retrieval.reading.header import Facts
from retrieval.reading.pagelines import Line

Node = dict[str, Any]
"""An object of JSON-LD, such as `{"@type": "NewsArticle", "author": {"name": "Jane Doe"}}`."""

MOST_VALUES = 2000  # under one key of an object of JSON-LD; objects may refer to each other
BELOW_TITLE = 15  # lines that may say who wrote the article, and when
SHORTEST_TITLE = 15  # characters of a title that is known by its beginning or end
LONGEST_SITE = 50  # characters of a site's name in the title of the window
FEWEST_SPACES = 3  # in a window's title that says more than the name of the site

_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|LiveBlogPosting|Report|SocialMediaPosting)\b")
_DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://[^\s/]+\.[^\s]+")
_MARK = r"(?:\s+[|–—·•:»›/-]{1,2}\s+|\s*\|\s*|\s*::\s*|[.:]\s)"

_TITLES = "og:title twitter:title headline title".split()
_PUBLISHED = (
    "article:published_time datepublished parsely-pub-date sailthru.date pubdate publish-date"
    " dc.date.issued dc.date date"
).split()
_AUTHORS = "author parsely-author sailthru.author article:author dc.creator byl".split()
_SITES = (
    "publisher dc.publisher application-name apple-mobile-web-app-title al:ios:app_name".split()
)
_SIGNED = "//*[@rel='author' or @itemprop='author']"
_CALLED = "//*[contains(@class, 'yline') or contains(@class, 'uthor')]"
_DATED = (
    "//*[@itemprop='datePublished']/@datetime | //*[@itemprop='datePublished']/@content"
    " | //h1/following::time/@datetime"
)


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page says of itself; `authors` and `published` as written, the most trusted first.

    Each of `authors` names all of them. `window` is the title of the window; `publisher` is a
    name, maybe one like AL.com. `kinds` are the types of what the page is about, in small letters;
    `is_article` says that the page calls itself an article; `free` is whether all may read it,
    None where it does not say.
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
    named = _named_meta(tree)
    url = _link(tree, named, address)
    data = LinkedData(tree)
    window = next(filter(None, map(trees.words, tree.xpath("//title[not(ancestor::svg)]"))), "")
    articles = data.articles(url, window)
    main = articles[0] if articles else {}
    websites = [node for node in data.nodes if _type_of(node).endswith("WebSite")]
    names = [
        *named.get("og:site_name", []),
        *data.strings(main, "publisher"),
        *(name for node in websites for name in data.strings(node, "name")),
        *_values(named, _SITES),
    ]
    sites = [name for name in names if len(name) <= LONGEST_SITE]
    titles = [*data.strings(main, "headline"), *_values(named, _TITLES)]
    title = _title(titles, seen, window, sites)
    free = str(main.get("isAccessibleForFree", "")).lower()
    return PageMeta(
        title=title,
        window=window,
        url=url,
        publisher=best_name([*sites, *_beside(title or "", window)]),
        authors=[data.strings(main, "author"), *(named.get(key, []) for key in _AUTHORS)],
        published=[*data.strings(main, "datePublished"), *_values(named, _PUBLISHED)],
        kinds=" ".join([*map(_type_of, data.nodes), *named.get("og:type", [])]).lower(),
        is_article=bool(articles) or "article" in named.get("og:type", []),
        free=free not in ("false", "no", "0") if free else None,
        asks_password=bool(tree.xpath("//input[@type='password']")),
    )


def facts_around(
    meta: PageMeta, tree: Any, seen: list[Line], paragraphs: list[str], today: date
) -> tuple[list[str], date | None]:
    """Return the authors and the date that the markup gives, else the lines of the article.

    Nothing below the last of the `paragraphs` counts: teasers have authors and times of their own.
    The tree is cut off there. Where nothing gives a date, htmldate may find one.
    """
    own = set(paragraphs)
    last = next((line.element for line in reversed(seen) if line.text in own), None)
    if last is not None:
        for above in (last, *last.iterancestors()):
            for element in list(above.itersiblings()):
                element.getparent().remove(element)
    lines = _facts_above(seen, meta.title, today)
    signed = [trees.words(one) for one in tree.xpath(_SIGNED)[:5]]
    called = [[trees.words(one)] for one in tree.xpath(_CALLED)[:5]]
    publisher = [meta.publisher or ""]
    for given in [*meta.authors, [lines.author or ""], signed, *called]:
        given = [without_site(one, publisher) for one in given]
        if authors := bylines.names(given, meta.publisher):
            break
    given_dates = [_date(one, today) for one in meta.published]
    marked = [_date(str(one), today) for one in tree.xpath(_DATED)[:1]]
    values = [one for one in (*given_dates, lines.published, lines.dated, *marked) if one]
    if not values:
        return authors, _guessed_date(tree, meta, today)
    # The first may lack its time.
    zoned = [one for one in values if isinstance(one, datetime) and one.tzinfo]
    same_day = [one for one in zoned if dates.day_of(one) == dates.day_of(values[0])]
    return authors, (same_day or values)[0]


def _guessed_date(tree: Any, meta: PageMeta, today: date) -> date | None:
    from htmldate import find_date

    try:
        found = find_date(
            tree, extensive_search=False, original_date=True, url=meta.url, max_date=str(today)
        )
    except Exception:  # it raises what it runs into
        return None
    return _date(found or "", today)


def _date(written: str, today: date) -> date | None:
    value = dates.parsed(" ".join(written.split()))
    return value if value and dates.plausible(value, today) else None


def _facts_above(seen: list[Line], title: str | None, today: date) -> Facts:
    """What the lines between the title and the first paragraph say of author and date."""
    facts = Facts()
    place = next((at + 1 for at, line in enumerate(seen) if line.text == title), len(seen))
    for line in takewhile(lambda line: not line.is_prose, seen[place : place + BELOW_TITLE]):
        if not line.boxed and (found := header.facts_in(line.text, today)):
            facts = facts.or_else(found)
    return facts


def _named_meta(tree: Any) -> dict[str, list[str]]:
    """What the meta elements say, by their name or property in small letters."""
    named: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or "").split())
        for key in ("property", "name", "itemprop"):
            if content and (name := meta.get(key)):
                named.setdefault(name.lower().strip(), []).append(content)
    return named


def _values(named: dict[str, list[str]], keys: list[str]) -> list[str]:
    return [value for key in keys for value in named.get(key, [])]


def _link(tree: Any, named: dict[str, list[str]], address: str | None) -> str | None:
    """The canonical link, from where the page stood; a `<base>` is no link to the article."""
    for link in [*tree.xpath("//link[@rel='canonical']/@href"), *named.get("og:url", [])]:
        with suppress(ValueError):  # such as the brackets of an address that is none
            link = urljoin(address or "", str(link).strip())
            if _ABSOLUTE.fullmatch(link):
                return link
    return None


def domain(url: str | None) -> str | None:
    """Return the domain of an address without `www.`."""
    with suppress(ValueError):
        host = urlsplit(url or "").hostname or ""
        return re.sub(r"^(?:www\d?\.|m\.|amp\.)", "", host.lower()) or None
    return None


def _title(given: list[str], seen: list[Line], window: str, sites: list[str]) -> str | None:
    """The heading that agrees with what the markup or the window gives, else the latter."""
    names = [name.casefold() for name in sites]
    candidates = [
        [without_site(one, sites) for one in given],
        [line.text for level in (1, 2) for line in seen if line.level == level],
        [without_site(window, sites)],
    ]
    given, headings, bare = (
        [one for one in some if one and one.casefold() not in names] for some in candidates
    )
    for known in [*given[:1], *bare]:
        for heading in headings:
            if _agree(heading.casefold(), known.casefold().rstrip(" .…")):
                return heading
    # The window of a site's every page may bear its name alone.
    telling = [one for one in bare if one.count(" ") >= FEWEST_SPACES]
    return next(iter([*given, *telling, *headings, *bare]), None)


def _agree(heading: str, known: str) -> bool:
    """Whether a heading is what is known as the title, maybe cut off or with the site's name."""
    if heading == known or heading == re.split(_MARK, known)[0]:
        return True
    if min(len(heading), len(known)) < SHORTEST_TITLE:
        return False
    return heading.startswith(known) or known.startswith(heading) or known.endswith(f" {heading}")


def without_site(words: str, sites: list[str]) -> str:
    """Return words without the names of the site before or after them."""
    for site in map(re.escape, filter(None, sites)):
        words = re.sub(rf"^{site}{_MARK}|{_MARK}{site}$", "", words, flags=re.IGNORECASE)
    return words


def _beside(title: str, window: str) -> list[str]:
    """The name of the site, which a window gives after the title and maybe a section."""
    before, found, after = window.partition(title) if title else ("", "", "")
    parts = [*re.split(_MARK, after)[:0:-1], *re.split(_MARK, before)[:-1]] if found else []
    return [one for one in parts if 0 < len(one) <= LONGEST_SITE][:1]


def best_name(given: list[str]) -> str | None:
    """Return the first real name among what a page gives, else a name that is a domain."""
    stripped = (" ".join(one.split()).strip("|·-–— ") for one in given)
    # Handles and links are no names.
    names = [one for one in stripped if len(one) > 1 and "://" not in one and one[0] != "@"]
    real = [name for name in names if not _DOMAIN.fullmatch(name)]
    return next(iter(real or names), "").removeprefix("www.") or None


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
        self.nodes: list[Node] = [value for value in values if isinstance(value, dict)]
        self._by_id = {str(node["@id"]): node for node in self.nodes if "@id" in node}

    def strings(self, node: Node, key: str) -> list[str]:
        """Return the strings and numbers under a key, and the names of objects, however nested."""
        found: list[str] = []
        values = [node.get(key)]
        for value in islice(values, MOST_VALUES):  # which grow
            if isinstance(value, list):
                values += value
            elif isinstance(value, dict):
                whole = {**value, **self._by_id.get(str(value.get("@id")), {})}
                values.append(whole.get("@value", whole.get("name")))
            # A number may be a time, in seconds since 1970.
            elif isinstance(value, str | int | float):
                # Some programs escape what they put into JSON as if it were HTML, some twice.
                found.append(" ".join(html.unescape(html.unescape(str(value))).split()))
        return [one for one in found if one]

    def articles(self, url: str | None, window: str) -> list[Node]:
        """Return the articles of a page, its own first; none if all may be teasers."""

        def closeness(node: Node) -> int:
            links = str([node.get(key) for key in ("url", "@id", "mainEntityOfPage")])
            linked = any(f"'{url}{end}" in links for end in ("'", "#"))
            titled = any(one in window for one in self.strings(node, "headline"))
            return 2 * linked + titled + ("articleBody" in node)

        articles = [node for node in self.nodes if _ARTICLE_TYPE.search(_type_of(node))]
        articles.sort(key=closeness, reverse=True)
        return articles if len(articles) == 1 or any(map(closeness, articles)) else []


def _type_of(node: Node) -> str:
    """Return the types of a node, as one string."""
    kinds = node.get("@type")
    return " ".join(
        one for one in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(one, str)
    )
