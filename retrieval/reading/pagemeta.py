"""What a web page tells of its article: title, link, publisher, authors, time of publication."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.reading import nodes
from retrieval.reading.clutter import is_widget
from retrieval.reading.nodes import Node
from retrieval.reading.pagelines import Line, words_in

_DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_NO_NAME = re.compile(
    r"(?:my\s)?(?:web\s?site|blog|home(?:\s?page)?|site|wordpress(?:\.com)?|medium|untitled|news"
    r"|null|undefined|default|welcome|\W*|\d+)",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:(?:©|\(c\)|&copy;|copyright\b)[\s:]*)+(?:by\s)?"
    r"(?:(?:19|20)\d\d(?:\s?[-–/,]\s?(?:(?:19|20)?\d\d|present))?[\s,.:·|-]*)?(?:by\s)?"
    r"(?P<owner>[^\W\d_][^.|©•·<>\d]{1,60}?)"
    r"(?=\s*(?:[.|•·©,]|[-–—]\s|(?:19|20)\d\d|all\srights|alle\srechte|todos\slos|tous\sdroits|$))",
    re.IGNORECASE,
)
_LEGAL = re.compile(r",?\s(?:Inc|LLC|Ltd|GmbH|AG|S\.?A|Co|Corp|Limited|plc)\.?$")

_MARKS = r"\s+[|–—·•:»›/-]{1,2}\s+|\s*\|\s*|\s*::\s*"
_MARK_BEGINS = re.compile(rf"^(?:{_MARKS}|\s*[:–—|-]\s*)")
_MARK_ENDS = re.compile(rf"(?:{_MARKS}|\s*[:–—|-]\s*)$")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
LONGEST_SITE = 50


@dataclass(frozen=True, slots=True)
class Titles:
    """Where a title may stand; each the most trusted first.

    `told` is told to machines; `headings` are those of the page, the one with the most text below
    it first, the greater of them are `great`; `lines` are other short lines of the page.
    """

    told: list[str]
    headings: list[str]
    great: list[str]
    lines: list[str]
    window: str | None


_TITLES = (
    "og:title",
    "twitter:title",
    "parsely-title",
    "sailthru.title",
    "citation_title",
    "dc.title",
    "dcterms.title",
    "headline",
    "article_title",
    "title",
)
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "pubdate",
    "publish-date",
    "publishdate",
    "publication_date",
    "citation_publication_date",
    "article_date_original",
    "article:published",
    "rnews:datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "date",
)
_AUTHORS = (
    "author",
    "parsely-author",
    "sailthru.author",
    "article:author",
    "og:article:author",
    "article:author_name",
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "article_author",
    "creator",
)
_SITES = (
    "article_publication_name",
    "citation_journal_title",
    "dc.publisher",
    "dcterms.publisher",
    "publisher",
)
_APPLICATIONS = ("application-name", "apple-mobile-web-app-title", "al:ios:app_name", "copyright")
_ADDRESSES = ("url", "@id", "mainEntityOfPage")
# Comments and teasers have authors and times of their own.
_ASIDE = (
    "ancestor-or-self::*[self::aside or self::footer or self::li or contains(@class, 'omment')"
    " or contains(@id, 'omment') or contains(@class, 'elated')]"
)
_ABSOLUTE = re.compile(r"https?://[^\s/]+\.[^\s]+")
# As many lines stand between a title and its text, and in the foot of a page.
REACH = 40


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What a page tells of itself; `authors` and `published` as told, the most trusted first.

    Each of `authors` is one telling of all of them. `window` is the title of the window;
    `publisher` is a name, maybe one like AL.com. `kinds` are the types of what the page is about,
    in small letters; `is_article` tells that the page calls itself an article; `free` is whether
    all may read it, None where it does not say.
    """

    title: str | None
    window: str
    url: str | None
    publisher: str | None
    authors: tuple[tuple[str, ...], ...]
    published: tuple[str, ...]
    kinds: str
    is_article: bool
    free: bool | None


def of_tree(tree: Any, lines: list[Line], address: str | None = None) -> PageMeta:
    """The facts in the links, meta elements, linked data and microdata of a parsed page."""
    named = _named_meta(tree)
    url = _link(tree, named, address)
    told = nodes.all_nodes(tree)
    window = _text(tree.xpath("//head/title") or tree.xpath("//title[not(ancestor::svg)]"))
    articles = _articles(told, url, window)
    main = articles[0] if articles else {}
    names = [*named.get("og:site_name", []), *_publishers(main, told), *_from(named, _SITES)]
    headings = _headings(lines)
    great = [line.text for line in headings if line.level == 1]
    short = [line.text for line in lines if 10 <= len(line.text) <= 200][: 2 * REACH]
    headlines = nodes.strings(main, "headline") + _from(named, _TITLES)
    rights = [*filter(None, (in_rights(line.text) for line in lines[: -REACH - 1 : -1]))]
    applications = [in_rights(one) or one for one in _from(named, _APPLICATIONS)]
    title, site = title_and_site(
        Titles(headlines, [line.text for line in headings], great, short, window),
        [*names, *applications, *rights],
    )
    publisher = best_name([*names, *applications, site or "", *rights])
    return PageMeta(
        title=title,
        window=window,
        url=url,
        publisher=publisher,
        authors=tuple(_authors(main, named, tree)),
        published=tuple(_times(main, named, tree)),
        kinds=" ".join([*map(nodes.type_of, told), *named.get("og:type", [])]).lower(),
        is_article=bool(articles) or named.get("og:type", [""])[0].lower() == "article",
        free=_is_free(main),
    )


def _headings(lines: list[Line]) -> list[Line]:
    """The greater headings of a page, the one with the most prose directly below it first."""
    found: list[Line] = []
    below: list[int] = []
    for line in lines:
        if line.level in (1, 2):
            found.append(line)
            below.append(0)
        elif found and line.is_prose and not is_widget(line.text):
            below[-1] += words_in(line.text)
    ordered = sorted(zip(below, found, strict=True), key=lambda pair: -pair[0])
    return [line for _, line in ordered]


def _named_meta(tree: Any) -> dict[str, list[str]]:
    """What the meta elements say, by their name or property in small letters."""
    named: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or "").split())
        for key in ("property", "name", "itemprop"):
            if content and (name := meta.get(key)):
                named.setdefault(name.lower().strip(), []).append(content)
    for page in named.get("parsely-page", []):
        for key, value in _object(page).items():
            if isinstance(value, str) and value.strip():
                named.setdefault(f"parsely-{key.replace('_', '-')}", []).append(value)
    return named


def _object(written: str) -> dict[str, Any]:
    try:
        told = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _from(named: dict[str, list[str]], keys: Iterable[str]) -> list[str]:
    return [value for key in keys for value in named.get(key, [])[: nodes.MOST_NODES]]


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
        if text := " ".join("".join(element.itertext()).split()):
            return text
    return ""


def _articles(told: list[Node], url: str | None, window: str) -> list[Node]:
    """The articles a page tells of, the one it is about first; none if all may be teasers."""

    def closeness(node: Node) -> int:
        links = [link for key in _ADDRESSES for link in nodes.links(node, key)]
        titled = any(one in window for one in nodes.strings(node, "headline"))
        return -(2 * (url is not None and url in links) + titled + ("articleBody" in node))

    found = sorted(filter(nodes.is_article, told), key=closeness)
    return found if len(found) == 1 or (found and closeness(found[0]) < 0) else []


def _publishers(article: Node, told: list[Node]) -> list[str]:
    """The names of who published an article, then those of the site it is part of."""
    websites = [node for node in told if nodes.type_of(node) == "WebSite"]
    around = nodes.objects(article, "isPartOf")
    whole = [node for node in (*around, *websites) if "WebSite" in nodes.type_of(node)]
    return [
        *nodes.strings(article, "publisher"),
        *nodes.strings(article, "sourceOrganization"),
        *(name for node in whole for name in nodes.strings(node, "name")),
    ]


def _authors(article: Node, named: dict[str, list[str]], tree: Any) -> Iterator[tuple[str, ...]]:
    yield tuple(nodes.strings(article, "author") or nodes.strings(article, "creator"))
    for key in _AUTHORS:
        yield tuple(named.get(key, []))
    marked = tree.xpath(f"//*[@itemprop='author' or @rel='author'][not({_ASIDE})]")
    yield tuple(_text([element]) for element in marked[:3])


def _times(article: Node, named: dict[str, list[str]], tree: Any) -> list[str]:
    times = [
        *nodes.strings(article, "datePublished"),
        *_from(named, _PUBLISHED),
        *nodes.strings(article, "dateCreated"),
        *tree.xpath("//time[@pubdate or @itemprop='datePublished']/@datetime")[:1],
        *tree.xpath(f"//time[@datetime][not({_ASIDE})][preceding::h1][1]/@datetime")[:1],
    ]
    return [" ".join(str(time).split()) for time in times]


def _is_free(article: Node) -> bool | None:
    for value in nodes.values(article, "isAccessibleForFree"):
        return str(value).lower() not in ("false", "no", "0")
    return None


def title_and_site(titles: Titles, sites: list[str]) -> tuple[str | None, str | None]:
    """The title of the article, and the name of the site where the window's title gives it."""
    title = _title(titles, sites)
    if title is None:
        return None, None
    return title, _beside(title, titles.window or "")


def without_site(title: str, sites: list[str]) -> str:
    """A title without the names of the site before or after it."""
    for name in sites:
        bare = _stripped(title, name)
        title = bare if bare else title
    return title


def _stripped(title: str, name: str) -> str:
    folded, site = title.casefold(), name.casefold()
    if len(folded) != len(title) or not site:
        return title
    if folded.endswith(site) and (mark := _MARK_ENDS.search(title[: -len(site)])):
        return title[: mark.start()]
    if folded.startswith(site) and (mark := _MARK_BEGINS.match(title[len(site) :])):
        return title[len(site) + mark.end() :]
    return title


def _title(titles: Titles, sites: list[str]) -> str | None:
    told = [without_site(one, sites) for one in titles.told if one]
    told = [one for one in told if one.casefold() not in {name.casefold() for name in sites}]
    if told:
        return _uncut(told[0], {*told[1:], *titles.headings, *_pieces(titles.window or "")})
    window = titles.window or ""
    pieces = _pieces(window)
    named = {name.casefold() for name in sites}
    for group in (titles.headings, titles.lines):
        fitting = [
            one
            for one in group
            if one.casefold() not in named
            and (one in pieces or (len(one) >= 15 and window.startswith(one)))
        ]
        # The site's name may be a heading, too, but has less text below it. Of other lines, which
        # may name a section, the longest is the title.
        if fitting:
            return fitting[0] if group is titles.headings else max(fitting, key=len)
    if titles.great and len(titles.great[0]) >= 3:
        return without_site(titles.great[0], sites)
    return without_site(window, sites) or None


def _uncut(title: str, others: set[str]) -> str:
    """A title that was cut off for machines, whole, but without what may stand behind it."""
    if not _CUT.search(title):
        return title
    begun = _CUT.sub("", title)
    whole = [one for one in others if one.startswith(begun) and not _CUT.search(one)]
    return min(whole, key=len, default=title)


def _pieces(window: str) -> set[str]:
    marks = list(re.finditer(_MARKS, window))
    ends = [window[: mark.start()] for mark in marks]
    return {window, *ends, *(window[mark.end() :] for mark in marks)}


def _beside(title: str, window: str) -> str | None:
    """What a window's title says besides the title: the name of the site, after any section."""
    if window.startswith(title) and (mark := _MARK_BEGINS.match(window[len(title) :])):
        name = re.split(_MARKS, window[len(title) + mark.end() :])[-1]
    elif window.endswith(title) and (mark := _MARK_ENDS.search(window[: -len(title)])):
        name = re.split(_MARKS, window[: mark.start()])[0]
    else:
        return None
    name = name.strip()
    return name if 2 <= len(name) <= LONGEST_SITE and name.count(" ") <= 6 else None


def best_name(told: list[str]) -> str | None:
    """The first real name among what a page tells, else a name that is a domain."""
    names = [name for one in told if (name := cleaned(one))]
    real = [name for name in names if not _DOMAIN.fullmatch(name)]
    return next(iter([*real, *(re.sub(r"^(?i:www\.)", "", name) for name in names)]), None)


def cleaned(name: str) -> str | None:
    """A name on one line; None for handles, links, and words that name no site."""
    name = " ".join(name.split()).strip("|·-–— ")
    if not 2 <= len(name) <= 80 or _NO_NAME.fullmatch(name) or "://" in name or name[0] == "@":
        return None
    return name


def in_rights(line: str) -> str | None:
    """Who holds the rights, as the foot of a page says: `© 2024 The Harbour Post`."""
    if len(line) > 400 or (match := _RIGHTS.search(line)) is None:
        return None
    # "Copyright law was changed" names nobody.
    owner = match["owner"].strip(" ,")
    return None if owner[:1].islower() else cleaned(_LEGAL.sub("", owner))


def domain(url: str | None) -> str | None:
    """The domain of an address."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return _bare(host) if host else None


def _bare(host: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\d?\.|m\.|amp\.)?", "", host.lower()).split("/")[0]
