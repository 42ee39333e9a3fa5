"""The words of boxes that sites put between paragraphs: sign up, follow us, subscribe, play.

As everywhere, two signs are asked for: how such a line begins, and what else it speaks of. Where
an article could say the same, its reader must be meant, and nobody may have said or done it.
"""

from __future__ import annotations

import re
from functools import cache

_TELLS = re.compile(
    # What somebody said, found or thought.
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?)|plead(?:ed|s)|ask(?:ed|s)|urge[ds]|warn(?:ed|s)|promise[ds]|begged|begs"
    r"|wrote|writes|f(?:ound|inds)|ruled|rules\sthat|argue[ds]|advise[ds]|insist(?:ed|s)|claim(?:ed|s)"
    r"|added|adds|noted|explain(?:ed|s)|demand(?:ed|s)|declare[ds]|announce[ds]|replied|replies\sthat"
    r"|suggest(?:ed|s)|recall(?:ed|s)|shout(?:ed|s)|cried|joke[ds]|quipped|admit(?:s|ted)"
    r"|believe[ds]?|thought|thinks|held|heard|according\sto|testified|complain(?:ed|s)|vowed"
    r"|hoped|hopes|fear(?:ed|s)|agreed|refused|decided|mocked|sneered|swore|sang|reads?:"
    r"|(?:sign|note|poster|letter|message|banner|leaflet|text|notice|billboard)s?\sread"
    # "…, the pilots pleaded".
    r"|(?<=,\s)(?:the|an?|one|his|their)\s(?:[\w'’-]+\s){1,4}\w+ed"
    # What others did, or what once was.
    r"|was|were|had|did|didn['’]t|wasn['’]t|weren['’]t|hadn['’]t|would(?:n['’]t)?"
    r"|he|she|him|his|hers?|they|went|came|fell|rose|lost|took|gave|became|began)\b",
    re.IGNORECASE,
)
# In a sentence a person or thing has an article, and the verb is in the past; headlines say "says".
_REPORTS = re.compile(
    r"^(?:The|A|An|It|He|She|They|In|On|At|His|Her|Its|Their)\s.*"
    r"\b(?:said|told|was|were|had|did|would|could|asked|wrote|added|argued|warned|urged)\b"
)
FEWEST_SPACES = 6
_ADDRESSES = re.compile(r"\b(?:you|yours?|our|ours|us|we|me|my)\b", re.IGNORECASE)

LONGEST = 240

_NETWORK = (
    r"(?:facebook|twitter|x|instagram|whats?app|telegram|linkedin|youtube|tiktok|threads|bluesky"
    r"|mastodon|google\snews|apple\snews|flipboard|reddit|snapchat)"
)
_MOMENT = (
    r"(?:[\s\d.,:/+|–-]|(?:st|nd|rd|th|at|on|am|pm|a\.m|p\.m|gmt|utc|[cep][sd]?t|bst|cest)\b"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\b){6,60}"
)
_READ_ON = (
    r"(?:read|see|view|watch|listen|subscribe|sign|log|share|enlarge|expand|play|download|join|get"
    r"|register|find|learn|unmute|open|continue|print|e-?mail|follow|support|donate|submit|comment)"
)
# One or two words that may also be all of an answer: "Listen." They are buttons without a stop.
_BUTTON = re.compile(
    r"(?:listen|play|pause|mute|unmute|autoplay|skip\sad)(?:\s*\(?\d{1,2}[:\s]\d\d\)?|\s\d{1,3}\smin\w*)?"
    r"|(?:sign|log)\s?in|register|subscribe|\d{1,3}[\s-]min(?:ute)?s?"
    r"|(?:\d{1,6}\s)?(?:comments?|replies|reply|conversation|discussion)(?:\s\(\d{1,6}\))?"
    r"|share|post|send|tweet|save|print|back\sto\stop",
    re.IGNORECASE,
)
# Long patterns take a sixth of a second to compile: whoever only asks a question need not wait.
# What can hardly be said in an article, from its first word to its last.
_WHOLE = "|".join(
    (
        # Players and browsers speak of themselves.
        r"(?:the|this|your)?\s?(?:video|audio|media)\splayer\s(?:was|is|not|has|failed|could|cannot"
        r"|can['’]?t|unable|will)\b[^,]{0,60}\b(?:load|loading|loaded|play|playing|played|available"
        r"|supported|begin\sin|start\sin)\b[^,]{0,40}",
        r"(?:video|audio)\s(?:is\s|will\s|has\s)?(?:not\s|failed\sto\s|could\snot\s(?:be\s)?|cannot\s(?:be\s)?"
        r"|unable\sto\s|begin\sin\s|start\sin\s)(?:be\s)?(?:load|loaded|play|played|available|supported|\d+)"
        r"(?:\sseconds?|\sin\syour\s(?:country|region|browser)|\sat\sthis\stime|\sright\snow)?",
        r"(?:listen\sto\sthis\s(?:article|story)|watch\sthe\svideo|play\svideo)"
        r"(?:\s*\(?\d{1,2}[:\s]\d\d\)?|\s\d{1,3}\smin\w*)?",
        r"(?:play\s)?\d{1,2}:\d\d\s?/\s?\d{1,2}:\d\d(?:\splay)?",
        r"(?:estimated\s)?(?:reading|read)\stime:?\s\D{0,7}\d{1,3}\s?min\w*|\d{1,3}[\s-]min(?:ute)?s?\sread",
        # Doors to what costs money.
        r"(?:sign|log)\s?in\sto\scontinue|subscribe\snow|this\s(?:article|story|content|post)\sis"
        r"(?:\s(?:only|available|reserved|exclusive(?:ly)?|free|just))*\s(?:for|to)"
        r"(?:\s(?:our|paid|paying|registered|premium))*\s(?:subscribers|members|readers|users)(?:\sonly)?",
        r"already\sa\s(?:subscriber|member|user|reader|customer)\?.{0,40}",
        # What readers do, and what they are told of.
        r"(?:leave|post|add|write|view|show|see|read|join)\s(?:(?:a|the|all|your)\s)?(?:\d{1,6}\s)?"
        r"(?:comments?|replies|reply|conversation|discussion)(?:\s\(\d{1,6}\))?",
        rf"(?:share|post|send|tweet|save|print)(?=[\s,])(?:\sthis(?:\s(?:article|story|page|post|video|link))?)?"
        rf"(?:\s(?:on|via|by|to)\s(?:{_NETWORK}|e-?mail))?(?:,?\s(?:and\s)?(?:{_NETWORK}|e-?mail|print"
        r"|copy\slink))*",
        rf"{_NETWORK}(?:[\s,|·]+(?:and\s)?(?:{_NETWORK}|e-?mail|print|copy\slink|share))+",
        rf"(?:this\s(?:article|story|post|page)\s(?:was|has\sbeen)\s)?(?:last\s|first\s|originally\s)?"
        rf"(?:updated|published|modified|amended)\s(?:on|at)\s{_MOMENT}",
        r"(?:skip|jump)\s(?:to|past)\s(?:(?:the|main|next|page|primary)\s)*(?:content|navigation|comments"
        r"|menu|newsletter(?:\spromotion)?|promotion|ad(?:vertisement)?|end|start|video|footer|search"
        r"|recipe|article)",
        r"view\simage(?:\sin\s\w+)?|open\sin\s(?:a\s)?(?:new\s)?(?:window|tab|app|gallery|browser|image\sviewer)",
        # Advertisement and sharing in the languages of the news.
        r"anzeige|werbung|publicidad|anuncio|publicit[ée]|pubblicità|advertentie|reklama|annons"
        r"|реклама|广告|廣告|광고|広告|スポンサーリンク|إعلان|إعلانات|reklam",
        r"teilen|compartir|partager|condividi|delen|поделиться|分享|공유하기|シェアする|مشاركة"
        r"|kommentare|comentarios|commentaires|комментарии|评论|댓글|コメント|التعليقات",
    )
)
# What an article can say, too, where it tells what somebody said or did.
_ASKS = "|".join(
    (
        r"(?:sorry,\s)?(?:your|this)\sbrowser\s(?:does\snot|doesn['’]t|cannot|is\snot)\b.{0,40}"
        r"\b(?:support|play|display|show|up\sto\sdate|javascript|enabled|recent)\w*\b.{0,80}",
        r"(?:please\s|you\s(?:need|have)\sto\s)?(?:enable|turn\son|allow)\s(?:javascript|cookies)"
        r"(?:\s(?:and|in|on)\s(?:your|javascript|cookies)\b.{0,100}|\sto\s(?:continue|view|watch|see|run|use"
        r"|read|play|proceed|access)\b.{0,100})?",
        r"this\s(?:content|video|embed|post)\s(?:is\s)?(?:currently\s|no\slonger\s|not\s)*(?:available|unavailable)"
        r"(?:\sin\syour\s\w+)?",
        r"(?:this\s(?:content|video|embed|post)\s(?:is\s(?:hosted|provided|blocked)|requires|needs|uses|may\suse"
        r"|cannot\sbe)|to\s(?:see|view|watch)\sthis)\b.{0,80}\b(?:javascript|cookies?|your\sconsent|browser)\b"
        r".{0,80}",
        r"(?:unlock|get)\s(?:this\sarticle|(?:un)?limited\s(?:digital\s)?access)\b.{0,120}",
        rf"(?:click|tap)\s(?:here|to)\s(?:to\s|for\s)?(?:{_READ_ON}|more)\b[^,;]{{0,60}}",
        # A door or a letter that names nothing but itself.
        r"(?:sign\sup|subscribe)\s(?:for|to)\s[^,;:]{0,60}\bnewsletters?",
        r"(?:become|create|start|get|try)\s(?:a|an|your)\s(?:free\s|digital\s|premium\s|paid\s)*"
        r"(?:subscri\w+|member(?:ship)?|account|trial)(?:\s(?:now|today|for\s.{1,30}))?",
    )
)
# How a line begins, what it speaks of, and a sign that its reader is meant.
_BEGINS_AND_SPEAKS = (
    (
        r"(?:sign\sup|subscribe|get|join|receive|register|enter\syour|want|never\smiss|start\syour"
        r"|stay\s(?:informed|up))\b|(?:our|the)\s(?:free\s)?(?:daily\s|weekly\s)?newsletter\b",
        r"\bnewsletters?\b|\binbox\b|\bbriefing\b|\be-?mail\s(?:alerts?|updates?|address|digest)\b"
        r"|\bpush\s(?:alerts?|notifications?)\b",
        r"\b(?:our|us)\b|\byour\s(?:e-?mail|inbox)\b|\bstraight\sto\syou\b|\bsign\sup\s(?:now|here|today)\b",
    ),
    (
        r"(?:subscribe|become\sa|start|sign\sin|sign\sup|log\sin|register|create|continue|support|join"
        r"|get|to\s(?:read|continue|keep|view|access|unlock)|you(?:['’]ve|\shave)\s(?:reached|read|used)"
        r"|want\sto\sread|(?:read\s)?the\sfull|unlock|cancel)\b",
        r"\bsubscri(?:bers?|ption|be)\b|\bunlimited\b|\bfree\s(?:trial|account|articles?)\b"
        r"|\b(?:log|sign)\sin\b|\bcontinue\sreading\b|\bmembers?(?:hip)?\sonly\b|\bpremium\b"
        r"|\bcancel\sany\s?time\b|\bregistered\s(?:users|readers)\b|\bpaid\smembers\b",
        r"\b(?:our|us)\b|\bcontinue\sreading\b|\bto\scontinue\b|\bfree\s(?:trial|account|articles?)\b"
        r"|\bcancel\sany\s?time\b|\b(?:log|sign)\sin\b|\bthis\s(?:article|story|content|post)\b|\bfull\s(?:story"
        r"|article|text)\b|\bnow\sfor\b|\bsubscribe\snow\b|\bfrom\s(?:just\s|only\s)?[£$€]?\d|\bfor\s(?:subscribers|members)\b",
    ),
    (
        r"(?:follow|like|find|join|connect\swith)\s(?:(?:us|me|@\w+)\b(?!,)|our\b"
        r"|(?:the\s)?(?-i:[A-Z][\w']+\s){1,4}on\b)",
        rf"\bon\s{_NETWORK}\b|@\w+|\bchannel\b",
    ),
    (
        r"download\s(?:our|the)\s(?:[\w']+\s){0,4}app\b(?!,)",
        r"\b(?:our|free|today|now|here|app\sstore|google\splay|ios|android)\b|\bapp$",
    ),
    (
        r"(?:media|press|news)\s(?:contacts?|inquiries|enquiries|office)\b|(?:for\smore|further)"
        r"\sinformation\b|contacts?(?:\sus)?\s?:",
        r"@[\w-]+\.|(?:\+|\(|(?<!\d\s)\b0|\b(?:tel|phone|call|fax)\b\D{0,10})\d[\d\s()/-]{6,}"
        r"|\b\d{3}[-.\s]\d{3}[-.\s]\d{4}\b",
    ),
    (
        r"(?:we|this\s(?:web\s?)?site)\s(?:and\sour\spartners\s)?uses?\b|by\s(?:continuing|clicking|using)\b",
        r"\bcookies?\b",
        r"\b(?:you|your|our|site|website|consent|accept|agree|privacy|policy|experience|technologies)\b",
    ),
)
_CONSENT = re.compile(
    r"(?:we|our)\b.{0,30}\bpartners\b.{0,80}\b(?:stor(?:e|ing)|access|process|us(?:e|ing)|collect)\b.{0,400}"
    r"\b(?:cookies|(?:your|a)\sdevice|personal\sdata|identifiers)\b",
    re.IGNORECASE,
)
LONGEST_CONSENT = 1500
_LABELLED = re.compile(
    r"(?:topics?|tags?|filed\sunder|categories|category|keywords|related\stopics|more\son"
    r"|schlagworte|etiquetas|mots-clés|теги|标签|태그|タグ)\s?[:：]\s?\S.{0,150}",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright(?=\s*(?:©|\(c\)|:|\d{4}|by\b|(?-i:(?:[A-Z][\w.,&'’-]*\s|and\s|of\s|the\s|&\s){1,6}\d))))"
    r".{0,40}\b(?:19|20)\d\d\b|(?:©|\(c\)|copyright\b|all\srights\b).{0,100}\brights\sreserved\b"
    r"|all\srights\sreserved\b",
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
        return len(line) <= LONGEST_CONSENT and _asks_consent(line)
    bare = line.strip(" .:!…»›→>*•|-–—")
    if _pattern(_WHOLE).fullmatch(bare):
        return True
    if _BUTTON.fullmatch(bare):
        return not line.endswith((".", "!", "?", "…"))
    if _LABELLED.fullmatch(line) and not line.endswith((".", "!", "?", "。")):
        return True
    return not tells(bare) and (
        _pattern(_ASKS).fullmatch(bare) is not None
        or _asks_consent(bare)
        or any(_begins_and_speaks(bare, *signs) for signs in _BEGINS_AND_SPEAKS)
    )


def preload() -> None:
    """Compile what long patterns a line is compared with."""
    for one in (_WHOLE, _ASKS, *(one for signs in _BEGINS_AND_SPEAKS for one in signs)):
        _pattern(one)


@cache
def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written, re.IGNORECASE)


def _begins_and_speaks(line: str, begins: str, *speaks: str) -> bool:
    return _pattern(begins).match(line) is not None and all(
        _pattern(sign).search(line) for sign in speaks
    )


def _asks_consent(line: str) -> bool:
    return _CONSENT.match(line) is not None and not tells(line)


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


def addresses(line: str) -> bool:
    """Whether a line speaks to its reader, or of those who made the page."""
    return _ADDRESSES.search(line) is not None


def is_report(line: str) -> bool:
    """Whether a line without a full stop reports what was said: no headline is so long-winded."""
    return line.count(" ") >= FEWEST_SPACES and _REPORTS.search(line) is not None
