"""What the class and id of an element say that it is for, and how far that is believed.

Pandoc and Sphinx make ids of headings, and sites name boxes of prose `player-rating`: a name that
only holds a word of furniture says little, and a box that holds sentences contradicts it.
"""

from __future__ import annotations

import re
from enum import IntEnum
from itertools import pairwise
from typing import Any

# Class names as programmers give them, split into their words.
_FURNITURE = frozenset(
    "newsletter newsletters signup cookie cookies consent gdpr cmp disqus outbrain taboola sharebar"
    " sharing share sharetools social addthis advert adverts advertisement advertising ad ads"
    " adslot dfp promo promobox sponsored sponsor breadcrumb breadcrumbs taglist tags mostread"
    " trending"
    " popular recirc recirculation recommended recommendations related relatedstories relatedlinks"
    " readmore readnext videoplayer player bio authorbio donate donation caption"
    " figcaption captiontext comments commentlist respond toolbar skip".split()
)
_PAIRS = frozenset(
    "author-box about-author author-info author-card sign-up most-read read-more"
    " read-next read-also more-stories more-on you-may also-like video-player audio-player"
    " cookie-banner ad-slot ad-unit ad-container inline-promo social-links print-only sr-only"
    " visually-hidden screen-reader contact-box media-contact comment-list post-tags author-bio"
    " related-stories related-articles byline-bio".split()
)
# As a whole name these are believed though the box holds sentences: readers' comments do, too.
_SURE = frozenset(
    "newsletter newsletters gdpr cmp disqus outbrain taboola adslot promobox mostread"
    " relatedstories relatedlinks authorbio comments commentlist author-box about-author"
    " author-info author-card sign-up most-read also-like cookie-banner ad-slot ad-unit"
    " ad-container inline-promo contact-box media-contact comment-list post-tags author-bio"
    " byline-bio related-stories related-articles".split()
)
_HIDDEN = frozenset("print-only sr-only visually-hidden screen-reader".split())
_CAPTION = frozenset("caption figcaption captiontext".split())
_PULLED = frozenset(("pullquote", "pull-quote"))
# What may stand around the words that matter: where a box is, how it looks, who made it.
_NEUTRAL = frozenset(
    "box widget container wrapper wrap block section module inner outer list item items bar banner"
    " slot root default main content body body text area side sidebar right left bottom article"
    " post story stories page news author link links button buttons form inline large small medium"
    " desktop mobile component styles style articles teaser teasers group panel unit headline media"
    " contact player video audio read most more next info card about tags".split()
)
_SHORTEST = 4
_NAMED_BY = ("class", "data-testid", "data-component", "data-component-name", "data-type")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TEXT = frozenset({"p", "li", "blockquote", *_HEADINGS})


# These stand beside an article, whatever is said in them.
_ASIDE = frozenset(
    "sidebar footer nav navigation navbar menu breadcrumb breadcrumbs author byline teaser teasers"
    " widget comment comments modal overlay hidden".split()
)
# What trafilatura looks for in names, anywhere in a word.
_SOUNDS = re.compile(
    r"shar|social|viral|newsletter|syndication|cookie|tags|banner|crumb|button|navi|bar|menu|ad-"
    r"|paid|footer|embed|consent|permission|elated|next-|stories|popular|more-on|meta|rating|attach"
    r"|stamp|user|icon|info|slide|viewport|options|expand|blurred|factbox|yin|message|hide|suggest"
    r"|premium|taboola|outbrain|criteo|print",
    re.IGNORECASE,
)


class Name(IntEnum):
    """What a name says of its element, the more certain the larger."""

    NOTHING = 0
    HAS_A_WORD = 1
    IS_A_WORD = 2
    SURE = 3
    PULLED = 4


def said_of(element: Any, *, by_headings: bool) -> Name:
    """What the names of an element say of it, on a page that may make ids of headings."""
    names = [name for one in _NAMED_BY for name in (element.get(one) or "").split()[:20]]
    told = max((_said(name, element) for name in names), default=Name.NOTHING)
    if element.tag in _HEADINGS or (by_headings and _is_slug(element)):
        return told
    by_id = _said((element.get("id") or "").strip(), element)
    # Part of an id says nothing: `related-work` is a heading of an article.
    return max(told, by_id) if by_id > Name.HAS_A_WORD else told


def makes_ids_of_headings(tree: Any) -> bool:
    """Whether the ids of a page are its headings: they say what is told, not what a box is for."""
    return any(
        _is_slug(element) and _said(element.get("id"), element) <= Name.HAS_A_WORD
        for element in tree.iter("section", "div")
    )


def take_misleading(element: Any, *, by_headings: bool) -> None:
    """Take those names from a box of sentences that only sound like the names of furniture."""
    own = element.get("id")
    if own and (_ASIDE.isdisjoint(_words(own)) or (by_headings and _is_slug(element))):
        del element.attrib["id"]
    names = (element.get("class") or "").split()
    if all(_ASIDE.isdisjoint(_words(name)) for name in names) and any(map(_sounds, names)):
        del element.attrib["class"]


def is_thread(element: Any, *, by_headings: bool) -> bool:
    """Whether an element is where readers comment, which may be longer than the article."""
    words = _words(element.get("id") or "")
    whole = "comments" in words and all(_is_neutral(one) or one == "comments" for one in words)
    return whole and not (by_headings and _is_slug(element))


def _is_slug(element: Any) -> bool:
    """Whether the id of an element is its first heading, put in the form of an id."""
    own = _words(element.get("id") or "")
    heading = next(iter(element), None) if own else None
    if heading is None or heading.tag not in _HEADINGS:
        return False
    told = re.sub("['’]", "", "".join(heading.itertext()))
    return "-".join(own) == "-".join(_words(told.lower()))


def _said(name: str, element: Any) -> Name:
    words = _words(name)
    held = {*words, *(f"{one}-{other}" for one, other in pairwise(words))}
    if not held.isdisjoint(_PULLED):
        return Name.PULLED
    known = held & (_FURNITURE | _PAIRS)
    if not known:
        return Name.NOTHING
    parts = {word for one in known for word in one.split("-")}
    if not all(word in parts or _is_neutral(word) for word in words):
        return Name.HAS_A_WORD
    in_text = element is not None and element.tag in _TEXT
    sure = known & (_HIDDEN | _CAPTION if in_text else _SURE | _HIDDEN | _CAPTION)
    return Name.SURE if sure else Name.IS_A_WORD


def _sounds(name: str) -> bool:
    """Whether a name has something in it that is often furniture."""
    return _SOUNDS.search(name) is not None or _said(name, None) > Name.NOTHING


def _is_neutral(word: str) -> bool:
    return len(word) < _SHORTEST or word in _NEUTRAL


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)][:12]
