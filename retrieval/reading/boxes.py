"""Boxes that sites put beside and between paragraphs: by their names, and by what they say.

A line is taken for a box by two signs at once, because losing a sentence of an article is worse
than keeping a button: how it begins, and what else it speaks of; nobody may have said or done it.
"""

from __future__ import annotations

import re
from typing import Any

LONGEST, LONGEST_CONSENT = 240, 1500  # characters
LARGEST_SHARE = 0.3  # of the characters of a page; a box that holds more may be the article

_CUSTOM = frozenset(
    "nav aside footer dialog form button amp-ad amp-embed amp-consent amp-sidebar noscript".split()
)
_CONTAINERS = frozenset("div section ul ol p details".split())
_ROLES = frozenset("dialog alertdialog search navigation banner contentinfo complementary".split())
# Whole words of a class or id. Trafilatura knows many more, and takes some out of articles.
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:newsletters?|cookies?|consent|gdpr|cmp|disqus|outbrain|taboola|comments?"
    r"|respond|shar(?:e|ing)|social|adverts?|advertisement|ads|adslot|sponsored|breadcrumbs?|tags"
    r"|trending|recirc\w*|recommended|recommendations|related|mostread|popular|promo|toolbar|sidebar"
    r"|nav|navbar|navigation|menu|footer|teasers?|donate|bio|author-?(?:box|bio|info|card)"
    r"|about-?author|sign-?up|most-read|read-(?:more|next|also)|more-(?:stories|on|from)"
    r"|also-like|media-contact)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|__")

_NETWORK = (
    r"(?:facebook|twitter|x|instagram|whats?app|telegram|linkedin|youtube|tiktok|threads|bluesky"
    r"|reddit)"
)
# All of a line, without a full stop: as an answer, "Listen." would have one.
_BUTTON = re.compile(
    rf"""(?:advertisement|advertising|sponsored(?:\scontent)?|anzeige|werbung|publicidad|publicit[ée]
    |pubblicità|advertentie|reklama?|annons|реклама|广告|廣告|광고|広告
    |(?:story|article)\scontinues\sbelow.{{0,20}}|related(?:\s(?:stories|articles|news))?|most\sread
    |(?:listen|play|watch)(?:\s(?:to|the)\s(?:this\s)?(?:article|story|video|audio))?
    |\d{{1,2}}:\d\d\s?/\s?\d{{1,2}}:\d\d|\d{{1,3}}[\s-]min(?:ute)?s?(?:\sread)?|loading\.*|\(end\)
    |(?:sign|log)\s?in|register|subscribe(?:\snow)?|read\smore|skip\sto\s(?:main\s)?content
    |(?:\d{{1,6}}\s)?comments?(?:\s\(\d+\))?|(?:leave|post|show|view)\s(?:a\s|all\s)?comments?
    |(?:share|post|send|tweet|save|print|e-?mail)(?:\sthis)?(?:\s(?:article|story|page|post|link))?
    (?:\s(?:on|via|by)\s(?:{_NETWORK}|e-?mail))?
    |{_NETWORK}(?:[\s,|·]+(?:and\s)?(?:{_NETWORK}|e-?mail|print|copy\slink|share))+
    |(?:topics?|tags?|filed\sunder|categories|schlagworte|etiquetas|теги|标签)\s?[:：]\s?\S.{{0,150}}
    |home(?:\s?[>»/|]\s?[\w\s&-]{{2,20}}){{1,4}})[:\s]*""",
    re.IGNORECASE | re.VERBOSE,
)
# How a line begins, and what it speaks of.
_ASKS = re.compile(
    rf"""(?:sign\sup|subscribe|get|join|receive|enter\syour|want|never\smiss|stay)\b
        (?=.*\b(?:newsletters?|inbox|briefing)\b)
        (?=.*\b(?:our|us|(?:in|to)\syour\sinbox|sign\sup\s(?:for|to)\s[^,;]{{0,60}}newsletter)\b)
    |(?:subscribe|start|create|support|get|to\s(?:read|continue|view)|you(?:['’]ve|\shave)|already\sa
        |this\s(?:article|story|content)\sis)\b.*
        (?:\bcontinue\sreading|\bunlimited\s(?:digital\s)?access|\bfree\s(?:trial|account|articles)\b
        |\bfor\s(?:our\s)?(?:subscribers|members)\b|\ba\s(?:subscriber|member)\?)
    |subscribe\s(?:now|from|for)\b.*\b(?:our\b|[£$€]?\d)
    |(?:follow|like|find|join)\s(?:us\b(?!,)|our\b|(?:the\s)?(?-i:[A-Z][\w']+\s){{1,4}}on\b)
        (?=.*(?:\bon\s{_NETWORK}\b(?!,)|@\w+))
    |(?:we|this\s(?:web\s?)?site)\suses?\scookies\s(?!as\b)|to\sview\sthis\b.*\bcookies\b
    |by\s(?:continuing|clicking|using)\b.*\byou\b.*\bcookies\b
    |(?:please\s)?(?:enable|turn\son|allow)\s(?:javascript|cookies\s(?:to\s(?:continue|view)|in\syour))
    |(?:your|this)\sbrowser\s(?:does\snot|doesn['’]t|cannot)\s(?:support|play)""",
    re.IGNORECASE | re.VERBOSE,
)
_CONSENT = re.compile(
    r"(?:we|our)\b.{0,30}\bpartners\b.{0,80}\b(?:stor(?:e|ing)|access|process|us(?:e|ing))\b.{0,400}"
    r"\b(?:cookies|(?:your|a)\sdevice|personal\sdata|identifiers)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)\s|copyright\s(?:©|\(c\)|by\b|\d|(?-i:(?:[A-Z][\w.,&'’-]*\s){1,6}\d))).{0,100}?"
    r"(?:\d\d\b|\brights\sreserved\b)|all\srights\sreserved",
    re.IGNORECASE,
)
# What somebody said, did or was: boxes speak of the present and of their reader.
_TELLS = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?)|(?:ask|plead|warn|urg|argu|advis|add|not|claim|insist"
    r"|explain|declar|begg|recall|announc|whisper|order|replied|promis)ed|wrote|writes|found|finds"
    r"|ruled|argues|advises|according\sto|thought|held|heard|(?<!to\s)read|critics|was|were|had|did"
    r"|would|he|she|him|his|hers?|they|went|came|fell|rose|took|gave|became)\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r",?\s(?:is|was|are|has|teaches|writes|covers|reports|lives|edits|leads|joined|works)\b.{0,300}"
)
_TRADE = re.compile(
    r"\b(?:columnist|correspondent|reporter|editor|writer|writes|author|professor|lecturer|freelance"
    r"|journalist|fellow|founder|covers|reports|teaches|economist|director|contributor|contributing"
    r"|follow|lives\sin|based\sin|newsletter|latest\sbook)\b",
    re.IGNORECASE,
)


def in_tree(tree: Any) -> set[Any]:
    """Return the elements of a page whose tag, role or name says that they are no article."""
    from lxml import etree

    size_of = etree.XPath("string-length()")
    largest = LARGEST_SHARE * size_of(tree)
    found: set[Any] = set()
    for element in tree.iter(*_CUSTOM, *_CONTAINERS):
        if element.getparent() in found:
            found.add(element)
            continue
        names = " ".join(filter(None, map(element.get, ("class", "id"))))
        named = names and _NAMES.search(_CAMEL.sub("-", names))
        beside = named or element.tag in _CUSTOM or element.get("role") in _ROLES
        if beside and size_of(element) <= largest and element.find(".//h1") is None:
            found.add(element)
    return found


def is_box(line: str) -> bool:
    """Whether a line is a button or what a box says, and no sentence of an article."""
    if len(line) > LONGEST:
        return len(line) <= LONGEST_CONSENT and _CONSENT.match(line) is not None and not tells(line)
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _BUTTON.fullmatch(bare):
        return len(bare) > 3 and not line.endswith((".", "!", "?", "。"))
    if tells(bare):
        return False
    return (_CONSENT.match(bare) or _ASKS.match(bare)) is not None


def is_bio(line: str, authors: list[str]) -> bool:
    """Whether a line tells who the author is: it begins with the name and speaks of the trade."""
    for name in authors:
        if line.startswith(name) and (does := _DOES.match(line[len(name) :])):
            return _TRADE.search(does[0]) is not None
    return False


def is_rights(line: str) -> bool:
    """Whether a line says whose the words of a page are."""
    return len(line) <= LONGEST and _RIGHTS.match(line) is not None and not tells(line)


def tells(line: str) -> bool:
    """Whether a line tells what others said or did; boxes speak of the present and of "you"."""
    return _TELLS.search(line) is not None
