"""The words of boxes that sites put between paragraphs: sign up, follow us, subscribe, play.

As everywhere, two signs are asked for: how such a line begins, and what else it speaks of.
"""

from __future__ import annotations

import re

LONGEST = 240

_NETWORK = (
    r"(?:facebook|twitter|x|instagram|whats?app|telegram|linkedin|youtube|tiktok|threads|bluesky"
    r"|mastodon|google\snews|apple\snews|flipboard|reddit|snapchat)"
)
_MONTH_DAY_YEAR = r"[\w\s.,:/+-]{4,50}\d{4}[\w\s.,:/+-]{0,20}"
_WHOLE = re.compile(
    "|".join(
        (
            # Players and browsers speak of themselves.
            r"(?:(?:(?:the|this|your)\s)?(?:video|audio|media)\splayer|video|audio)\s(?:was|is|not|has"
            r"|failed|could|cannot|can['’]?t|unable|will)\b[^,]{0,60}\b(?:load|loading|loaded|play"
            r"|playing|played|available|supported|begin\sin|start\sin)\b[^,]{0,40}",
            r"(?:sorry,\s)?(?:your|this)\sbrowser\s(?:does\snot|doesn['’]t|cannot|is\snot)\b.{0,120}",
            r"(?:please\s|you\s(?:need|have)\sto\s)?(?:enable|turn\son|allow)\s(?:javascript|cookies)\b.{0,120}",
            r"(?:this\s(?:content|video|embed|post)|to\s(?:see|view|watch)\sthis)\b.{0,80}\b(?:javascript"
            r"|cookies?|consent|browser|unavailable|not\savailable)\b.{0,80}",
            r"(?:listen|listen\sto\sthis\s(?:article|story)|watch\sthe\svideo|play\svideo"
            r"|play|pause|mute|unmute|autoplay|skip\sad)(?:\s*\(?\d{1,2}[:\s]\d\d\)?|\s\d{1,3}\smin\w*)?",
            r"(?:play\s)?\d{1,2}:\d\d\s?/\s?\d{1,2}:\d\d(?:\splay)?",
            r"(?:estimated\s)?(?:reading|read)\stime:?\s.{1,20}|\d{1,3}[\s-]min(?:ute)?s?(?:\sread)?",
            # Doors to what costs money.
            r"(?:sign|log)\s?in(?:\sto\scontinue)?|register|subscribe(?:\snow)?|already\sa\s\w+\?.{0,40}",
            r"(?:unlock|get)\s(?:this\sarticle|(?:un)?limited\s(?:digital\s)?access)\b.{0,120}",
            # What readers do, and what they are told of.
            r"(?:(?:leave|post|add|write|view|show|see|read|join)\s(?:a|the|all|your)?\s?)?(?:\d{1,6}\s)?"
            r"(?:comments?|replies|reply|conversation|discussion)(?:\s\(\d{1,6}\))?",
            r"(?:click|tap)\s(?:here|to)\s.{0,60}",
            rf"(?:share|post|send|tweet|save|print)(?:\sthis(?:\s\w+)?)?(?:\s(?:on|via|by|to)\s(?:{_NETWORK}"
            rf"|e-?mail))?(?:,?\s(?:and\s)?(?:{_NETWORK}|e-?mail|print|copy\slink))*",
            rf"{_NETWORK}(?:[\s,|·]+(?:and\s)?(?:{_NETWORK}|e-?mail|print|copy\slink|share))+",
            rf"(?:this\s(?:article|story|post|page)\s(?:was|has\sbeen)\s)?(?:last\s|first\s|originally\s)?"
            rf"(?:updated|published|modified|amended)\s(?:on|at)\s{_MONTH_DAY_YEAR}",
            r"(?:skip|jump)\s(?:to|past|ad).{0,40}|back\sto\stop|view\simage.{0,20}|open\sin\s.{0,30}",
            # Advertisement and sharing in the languages of the news.
            r"anzeige|werbung|publicidad|anuncio|publicit[ée]|pubblicità|advertentie|reklama|annons"
            r"|реклама|广告|廣告|광고|広告|スポンサーリンク|إعلان|إعلانات|reklam",
            r"teilen|compartir|partager|condividi|delen|поделиться|分享|공유하기|シェアする|مشاركة"
            r"|kommentare|comentarios|commentaires|комментарии|评论|댓글|コメント|التعليقات",
        )
    ),
    re.IGNORECASE,
)
_BEGINS_AND_SPEAKS = tuple(
    (re.compile(begins, re.IGNORECASE), re.compile(speaks, re.IGNORECASE))
    for begins, speaks in (
        (
            r"(?:sign\sup|subscribe|get|join|receive|register|enter\syour|want|never\smiss|start\syour"
            r"|stay\s(?:informed|up))\b|(?:our|the)\s(?:free\s)?(?:daily\s|weekly\s)?newsletter\b",
            r"\bnewsletters?\b|\binbox\b|\bbriefing\b|\be-?mail\s(?:alerts?|updates?|address|digest)\b"
            r"|\bpush\s(?:alerts?|notifications?)\b",
        ),
        (
            r"(?:subscribe|become\sa|start|sign\sin|sign\sup|log\sin|register|create|continue|support|join"
            r"|get|this\s(?:article|story|content|post)\sis|to\s(?:read|continue|keep|view|access|unlock)"
            r"|you(?:['’]ve|\shave)\s(?:reached|read|used)|want\sto\sread|the\sfull|read\sthe\sfull"
            r"|unlock|cancel)\b",
            r"\bsubscri(?:bers?|ption|be)\b|\bunlimited\b|\bfree\s(?:trial|account|articles?)\b"
            r"|\b(?:log|sign)\sin\b|\bcontinue\sreading\b|\bmembers?(?:hip)?\sonly\b|\bpremium\b"
            r"|\bcancel\sany\s?time\b|\bregistered\s(?:users|readers)\b|\bpaid\smembers\b",
        ),
        (
            r"(?:follow|like|join|find|connect\swith)\s(?:us|@|me|our|the\s\w+)\b",
            rf"\bon\s{_NETWORK}\b|@\w+|\bchannel\b",
        ),
        (r"download\s(?:our|the)\b", r"\bapp\b"),
        (
            r"(?:media|press|news)\s(?:contacts?|inquiries|enquiries|office)\b|(?:for\smore|further)"
            r"\sinformation\b|contact(?:s|\sthe)?\b",
            r"@[\w-]+\.|\+?\d[\d\s()-]{6,}",
        ),
        (
            r"(?:we|this\s(?:web\s?)?site)\s(?:and\sour\spartners\s)?uses?\b|by\s(?:continuing|clicking|using)\b",
            r"\bcookies?\b",
        ),
    )
)
_CONSENT = re.compile(
    r"(?:we|our)\b.{0,30}\bpartners\b.{0,400}\b(?:cookies|device|personal\sdata|identifiers)\b",
    re.IGNORECASE,
)
LONGEST_CONSENT = 1500
_LABELLED = re.compile(
    r"(?:topics?|tags?|filed\sunder|categories|category|keywords|related\stopics|more\son"
    r"|schlagworte|etiquetas|mots-clés|теги|标签|태그|タグ)\s?[:：]\s?\S.{0,150}",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright\b).{0,40}\b(?:19|20)\d\d\b|(?:©|\(c\)|copyright\b|all\srights\b)"
    r".{0,100}\b(?:rights\s)?reserved\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r",?\s(?:is|was|are|has|teaches|writes|covers|reports|lives|edits|leads|joined|works)\b.{0,300}"
)
_TRADE = re.compile(
    r"\b(?:columnist|correspondent|reporter|editor|writer|writes|author|professor|lecturer|freelance"
    r"|journalist|fellow|founder|covers|reports|teaches|economist|researcher|director|contributor"
    r"|contributing|follow|lives\sin|based\sin|newsletter|his\slatest\sbook|her\slatest\sbook)\b",
    re.IGNORECASE,
)


def is_box(line: str) -> bool:
    """Whether a line is what a box says, and no sentence of an article."""
    if len(line) > LONGEST:
        return len(line) <= LONGEST_CONSENT and _CONSENT.match(line) is not None
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _WHOLE.fullmatch(bare) or _CONSENT.match(bare):
        return True
    if _LABELLED.fullmatch(line) and not line.endswith((".", "!", "?", "。")):
        return True
    return any(one.match(bare) and other.search(bare) for one, other in _BEGINS_AND_SPEAKS)


def is_bio(line: str, authors: list[str]) -> bool:
    """Whether a line tells who the author is: it begins with the name and speaks of the trade."""
    for name in authors:
        if line.startswith(name) and (does := _DOES.match(line[len(name) :])):
            return _TRADE.search(does[0]) is not None
    return False


def is_rights(line: str) -> bool:
    """Whether a line says whose the words of a page are."""
    return len(line) <= LONGEST and _RIGHTS.match(line) is not None
