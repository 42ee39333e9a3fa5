"""What a web page says of its article: title, link, publisher, authors, time of publication."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.reading import bylines, dates, header, trees
from retrieval.reading.header import Facts
from retrieval.reading.pagelines import Line, words_in

Node = dict[str, Any]
"""An object of JSON-LD, such as `{"@type": "NewsArticle", "author": {"name": "Jane Doe"}}`."""

MOST_NODES = 2000  # enough for any page; a hostile one should not keep us
_ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|LiveBlogPosting|Report|SocialMediaPosting)\b")
_DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://[^\s/]+\.[^\s]+")
_MARKS = r"\s+[|–—·•:»›/-]{1,2}\s+|\s*\|\s*|\s*::\s*"
_MARK_BEGINS = re.compile(rf"^(?:{_MARKS}|\s*[:–—|-]\s*)")
_MARK_ENDS = re.compile(rf"(?:{_MARKS}|\s*[:–—|-]\s*)$")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
LONGEST_SITE = 50  # characters
FEWEST_SPACES = 3  # in a window's title that says more than the name of the site

_TITLES = (
    "og:title twitter:title parsely-title sailthru.title citation_title dc.title dcterms.title"
    " headline title"
).split()
_PUBLISHED = (
    "article:published_time og:article:published_time datepublished parsely-pub-date sailthru.date"
    " article.published pubdate publish-date publishdate publication_date citation_publication_date"
    " article_date_original article:published dc.date.issued dcterms.issued dcterms.created"
    " dc.date.created dc.date dcterms.date date"
).split()
_AUTHORS = (
    "author parsely-author sailthru.author article:author og:article:author article:author_name"
    " citation_author dc.creator dcterms.creator byl article_author creator"
).split()
_SITES = (
    "article_publication_name citation_journal_title dc.publisher dcterms.publisher publisher"
    " application-name apple-mobile-web-app-title al:ios:app_name"
).split()
_SIGNED = "//*[@rel='author' or @itemprop='author']"
_CALLED = "//*[contains(@class, 'yline') or contains(@class, 'uthor')]"
_DATED = (
    "//*[@itemprop='datePublished' or @pubdate]/@datetime | //*[@itemprop='datePublished']/@content"
)
BELOW_TITLE = 15  # lines that may say who wrote the article, and when


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page says of itself; `authors` and `published` the most trusted first.

    Each of `authors` names all of them. `window` is the title of the window; `publisher` is a
    name, maybe one like AL.com. `kinds` are the types of what the page is about, in small letters;
    `is_article` says that the page calls itself an article; `free` is whether all may read it,
    None where it does not say.
    """

    title: str | None
    window: str
    url: str | None
    publisher: str | None
    authors: tuple[tuple[str, ...], ...]
    published: tuple[date, ...]
    kinds: str
    is_article: bool
    free: bool | None


def of_tree(tree: Any, seen: list[Line], address: str | None, today: date) -> PageMeta:
    """Return the facts in the links, meta elements, linked data and microdata of a page."""
    named = _named_meta(tree)
    url = _link(tree, named, address)
    page_nodes = _nodes(tree)
    window = _text(tree.xpath("//head/title") or tree.xpath("//title[not(ancestor::svg)]"))
    articles = _articles(page_nodes, url, window)
    main = articles[0] if articles else {}
    names = [*named.get("og:site_name", []), *_publishers(main, page_nodes), *_from(named, _SITES)]
    free = [str(value).lower() for value in _values(main, "isAccessibleForFree")]
    titles = [*_strings(main, "headline"), *_from(named, _TITLES)]
    title = _title(titles, _headings(seen), window, names)
    return PageMeta(
        title=title,
        window=window,
        url=url,
        publisher=best_name([*names, _beside(title or "", window) or ""]),
        authors=tuple(_authors(main, named)),
        published=tuple(_times(main, named, today)),
        kinds=" ".join([*map(_type_of, page_nodes), *named.get("og:type", [])]).lower(),
        is_article=bool(articles) or named.get("og:type", [""])[0].lower() == "article",
        free=free[0] not in ("false", "no", "0") if free else None,
    )


def facts_around(
    meta: PageMeta, tree: Any, seen: list[Line], paragraphs: list[str], today: date
) -> tuple[list[str], date | None]:
    """Return the authors and the date that the markup gives, else the lines of the article.

    Nothing below the last of the `paragraphs` counts: teasers have authors and times of their own.
    The tree is cut off there.
    """
    own = set(paragraphs)
    last = next((line.element for line in reversed(seen) if line.text in own), None)
    if last is not None:
        for above in (last, *last.iterancestors()):
            parent = above.getparent()
            for element in list(above.itersiblings()) if parent is not None else []:
                parent.remove(element)
    lines = _facts_above(seen, meta.title, today)
    signed = [_text([one]) for one in tree.xpath(_SIGNED)[:5]]
    called = [_text([one]) for one in tree.xpath(_CALLED)[:5]]
    tellings = [*meta.authors, (lines.author or "",), signed, *((one,) for one in called)]
    authors = next(filter(None, (bylines.names(list(one), meta.publisher) for one in tellings)), [])
    times = [*tree.xpath(_DATED), *tree.xpath("//h1/following::time/@datetime")][:1]
    marked = [value for one in times if (value := _date(str(one), today))]
    values = [*meta.published, lines.published, lines.dated, *marked]
    return authors, _finest([value for value in values if value])


def guessed_date(tree: Any, url: str | None, today: date) -> date | None:
    """Return the date that htmldate finds in a page where nothing else gives it."""
    from htmldate import find_date

    try:
        found = find_date(
            tree, extensive_search=False, original_date=True, url=url, max_date=today.isoformat()
        )
    except Exception:  # it raises what it runs into
        return None
    return _date(found, today) if found else None


def _facts_above(seen: list[Line], title: str | None, today: date) -> Facts:
    """What the lines between the title and the first paragraph say of author and date."""
    place = next((at for at, line in enumerate(seen) if line.text == title), None)
    facts = Facts()
    if place is None:
        return facts
    below = takewhile(lambda line: not line.is_prose, seen[place + 1 : place + 1 + BELOW_TITLE])
    for line in below:
        if not line.boxed and (found := header.facts_in(line.text, today)):
            facts = facts.or_else(found)
    return facts


def _finest(values: list[date]) -> date | None:
    """The first date; or one of about the same day that has the zone it lacks."""
    for value in values:
        zoned = isinstance(value, datetime) and value.tzinfo is not None
        if zoned and abs((dates.day_of(value) - dates.day_of(values[0])).days) <= 1:
            return value
    return values[0] if values else None


def _date(written: str, today: date) -> date | None:
    value = dates.parsed(" ".join(written.split()))
    return value if value and dates.plausible(value, today) else None


def _headings(seen: list[Line]) -> list[str]:
    """The greater headings of a page, h1 first, of each the one with most prose below it first."""
    found: list[Line] = []
    below: list[int] = []
    for line in seen:
        if line.level in (1, 2) and len(line.text) >= 3:
            found.append(line)
            below.append(0)
        elif found and line.is_prose:
            below[-1] += words_in(line.text)
    ordered = sorted(zip(found, below, strict=True), key=lambda pair: (pair[0].level, -pair[1]))
    return [line.text for line, _ in ordered]


def _named_meta(tree: Any) -> dict[str, list[str]]:
    """What the meta elements say, by their name or property in small letters."""
    named: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or "").split())
        for key in ("property", "name", "itemprop"):
            if content and (name := meta.get(key)):
                named.setdefault(name.lower().strip(), []).append(content)
    return named


def _from(named: dict[str, list[str]], keys: list[str]) -> list[str]:
    return [value for key in keys for value in named.get(key, [])[:MOST_NODES]]


def _link(tree: Any, named: dict[str, list[str]], address: str | None) -> str | None:
    """The canonical link, from where the page stood; a `<base>` is no link to the article."""
    hrefs = [str(href).strip() for href in tree.xpath("//link[@rel='canonical']/@href")]
    candidates = [*hrefs, *named.get("og:url", [])]
    if address:
        candidates = [_joined(address, link) for link in candidates if link]
    return next((link for link in candidates if _ABSOLUTE.fullmatch(link)), None)


def _joined(address: str, link: str) -> str:
    try:
        return urljoin(address, link)
    except ValueError:  # such as the brackets of an address that is none
        return ""


def _text(elements: list[Any]) -> str:
    for element in elements:
        if text := trees.words(element):
            return text
    return ""


def _articles(page_nodes: list[Node], url: str | None, window: str) -> list[Node]:
    """The articles a page speaks of, the one it is about first; none if all may be teasers."""

    def closeness(node: Node) -> int:
        keys = ("url", "@id", "mainEntityOfPage")
        links = [link for key in keys for link in _links(node, key)]
        titled = any(one in window for one in _strings(node, "headline"))
        return -(2 * (url is not None and url in links) + titled + ("articleBody" in node))

    found = sorted(filter(_is_article, page_nodes), key=closeness)
    return found if len(found) == 1 or (found and closeness(found[0]) < 0) else []


def _publishers(article: Node, page_nodes: list[Node]) -> list[str]:
    """The names of who published an article, then those of the site it is part of."""
    around = [*_objects(article, "isPartOf"), *page_nodes]
    whole = [node for node in around if _type_of(node).endswith("WebSite")]
    return [
        *_strings(article, "publisher"),
        *_strings(article, "sourceOrganization"),
        *(name for node in whole for name in _strings(node, "name")),
    ]


def _authors(article: Node, named: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    yield tuple(_strings(article, "author") or _strings(article, "creator"))
    for key in _AUTHORS:
        yield tuple(named.get(key, []))


def _times(article: Node, named: dict[str, list[str]], today: date) -> Iterator[date]:
    published, created = (_strings(article, f"date{one}") for one in ("Published", "Created"))
    for written in (*published, *_from(named, _PUBLISHED), *created):
        if value := _date(written, today):
            yield value


def _title(given: list[str], headings: list[str], window: str, sites: list[str]) -> str | None:
    """The heading that agrees with what the markup or the window gives, else the latter."""
    named = {name.casefold() for name in sites}
    given = [bare for one in given if (bare := without_site(one, sites)).casefold() not in named]
    bare = without_site(window, [*sites, *headings[:1]])
    for known in filter(None, [*given[:1], bare, window]):
        for heading in headings:
            if heading.casefold() not in named and _agree(heading, known):
                return heading
    if given:
        return given[0]
    first = next((one for one in headings if one.casefold() not in named), None)
    # The window of a site's every page may bear its name alone.
    return bare if first is None or bare.count(" ") >= FEWEST_SPACES else first


def _agree(heading: str, known: str) -> bool:
    """Whether a heading is what is known as the title, maybe cut off or with the site's name."""
    one, other = heading.casefold(), _CUT.sub("", known).casefold()
    if len(one) < 15 or len(other) < 15:
        return one == other
    return one.startswith(other) or other.startswith(one) or other.endswith(f" {one}")


def without_site(title: str, sites: list[str]) -> str:
    """Return a title without the names of the site before or after it."""
    for name in filter(None, sites):
        folded, site = title.casefold(), name.casefold()
        if len(folded) != len(title):
            continue
        if folded.endswith(site) and (mark := _MARK_ENDS.search(title[: -len(site)])):
            title = title[: mark.start()] or title
        elif folded.startswith(site) and (mark := _MARK_BEGINS.match(title[len(site) :])):
            title = title[len(site) + mark.end() :] or title
    return title


def _beside(title: str, window: str) -> str | None:
    """What a window's title says besides the title: the name of the site, after any section."""
    if title and window.startswith(title) and (mark := _MARK_BEGINS.match(window[len(title) :])):
        name = re.split(_MARKS, window[len(title) + mark.end() :])[-1]
    elif title and window.endswith(title) and (mark := _MARK_ENDS.search(window[: -len(title)])):
        name = re.split(_MARKS, window[: mark.start()])[0]
    else:
        return None
    name = name.strip()
    return name if 2 <= len(name) <= LONGEST_SITE and name.count(" ") <= 6 else None


def best_name(given: list[str]) -> str | None:
    """Return the first real name among what a page gives, else a name that is a domain."""
    stripped = (" ".join(one.split()).strip("|·-–— ") for one in given)
    # Handles and links are no names.
    names = [one for one in stripped if 2 <= len(one) <= 80 and "://" not in one and one[0] != "@"]
    real = [name for name in names if not _DOMAIN.fullmatch(name)]
    return next(iter(real or names), "").removeprefix("www.") or None


def domain(url: str | None) -> str | None:
    """Return the domain of an address without `www.`."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return re.sub(r"^(?:www\d?\.|m\.|amp\.)", "", host.lower()) if host else None


def _nodes(tree: Any) -> list[Node]:
    """Return the nodes of a parsed page, references between them resolved by one step."""
    found = [node for script in _scripts(tree) for node in _unfolded(script)]
    named = {str(node["@id"]): node for node in found if "@id" in node and len(node) > 1}

    def meant(value: Any) -> Any:
        if isinstance(value, list):
            return [one if isinstance(one, list) else meant(one) for one in value[:MOST_NODES]]
        if isinstance(value, dict) and len(value) <= 2:
            return named.get(str(value.get("@id")), value)
        return named.get(value, value) if isinstance(value, str) else value

    return [
        {key: value if key == "@id" else meant(value) for key, value in node.items()}
        for node in found
    ]


def _is_article(node: Node) -> bool:
    """Whether a node is an article, of any of the kinds that schema.org has."""
    return _ARTICLE_TYPE.search(_type_of(node)) is not None


def _type_of(node: Node) -> str:
    """Return the types of a node, as one string."""
    return " ".join(value for value in _values(node, "@type") if isinstance(value, str))


def _values(node: Node, key: str) -> list[Any]:
    """Return the strings, numbers, truth values and objects under a key, however nested."""
    found: list[Any] = []
    waiting = deque([node.get(key)])
    while waiting and len(found) < MOST_NODES:
        value = waiting.popleft()
        if isinstance(value, list):
            waiting.extendleft(reversed(value[:MOST_NODES]))
        elif isinstance(value, dict) and "@value" in value:
            waiting.appendleft(value["@value"])
        elif value is not None:
            found.append(value)
    return found


def _strings(node: Node, key: str) -> list[str]:
    """Return the strings and numbers under a key, and the names of objects there."""
    found: list[str] = []
    for value in _values(node, key):
        for one in _values(value, "name") if isinstance(value, dict) else [value]:
            # A number may be a time, in seconds since 1970.
            if isinstance(one, str | int | float) and not isinstance(one, bool):
                # Some programs escape what they put into JSON as if it were HTML, some twice.
                found.append(" ".join(html.unescape(html.unescape(str(one))).split()))
    return [one for one in found if one]


def _links(node: Node, key: str) -> list[str]:
    """The addresses under a key: strings, and the ids and addresses of objects."""
    found = _strings(node, key)
    for value in _objects(node, key):
        found += [*_strings(value, "@id"), *_strings(value, "url")]
    return found


def _objects(node: Node, key: str) -> list[Node]:
    return [value for value in _values(node, key) if isinstance(value, dict)]


def _scripts(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            try:
                yield json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue


def _unfolded(root: Any) -> Iterator[Node]:
    """The objects of a script: itself, those of its list or graph, and what a page is about."""
    waiting = deque([root])
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting += node[:MOST_NODES]
        elif isinstance(node, dict):
            waiting += [node.get("@graph"), node.get("mainEntity")]
            yield node
