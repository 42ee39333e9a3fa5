"""What the lines around an article say about it: title, authors, dates, publisher, link."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any

from retrieval.sources import dates

DEEPEST = 8  # lines of a header, with a second headline, in which its facts stand
LONGEST_LINE, LONGEST_TITLE = 200, 220  # characters
LONGEST_BYLINE, LONGEST_GIVEN, LONGEST_NAME, MOST_NAMES = 160, 300, 80, 8  # characters, names
LONGEST_BOX = 240  # characters


@dataclass(frozen=True, slots=True)
class Facts:
    """What metadata lines say; the kinds of date stay apart until all are known.

    `published` was called so; `dated` stands in the header unnamed; `stamped` is when a crawler or
    a person saved the page.
    """

    title: str | None = None
    author: str | None = None
    source: str | None = None
    url: str | None = None
    published: date | None = None
    dated: date | None = None
    updated: date | None = None
    stamped: date | None = None

    def or_else(self, later: Facts) -> Facts:
        """Return these facts, and those of a later line where these are silent."""
        pairs = zip(astuple(self), astuple(later), strict=True)
        return Facts(*(other if own is None else own for own, other in pairs))


# -- names

# News agencies and picture desks that sign articles and photographs.
AGENCY = (
    r"(?:The\s)?(?:AFP|AP|Associated\sPress|Agence\sFrance-Presse|Reuters|Yonhap(?:\sNews)?|Xinhua"
    r"|Bloomberg|EPA(?:-EFE)?|EFE|UPI|DPA|dpa|ANSA|TASS|Kyodo|KCNA|PA(?:\s(?:Wire|Media|Images))?"
    r"|PTI|ANI|AAP|Anadolu(?:\sAgency)?|Newsis|News1|Getty(?:\sImages)?|Shutterstock|Alamy"
    r"|NurPhoto|Zuma(?:\sPress)?|Agencies)"
)
# Words that stand small inside names.
_PARTICLE = r"(?:de|da|di|del|della|dos|du|van|von|zu|der|den|ter|bin|ibn|al|el|la|le|abu|y|e)"
_NAME_WORD = r"(?:(?:[dDlL]['’]|[aA]l-|O['’])?[^\W\d_a-z][\w'’-]*\.?)"
_NAME = re.compile(
    rf"{_NAME_WORD}(?:\s(?:{_PARTICLE}\s){{0,2}}{_NAME_WORD}){{1,4}}"
    r"|[\u3040-\u30ff\u4e00-\u9fff々]{2,7}|[가-힣]{2,5}"
)
_BY = re.compile(
    r"^(?:(?:(?:written|reported|story|words|text|article|posts|articles)\s+by|by|author)\s*:?\s+"
    # As papers of other languages sign: what follows must be a name for any of these to count.
    r"|(?:von|por|par|door|di|av|af|przez)\s+"
    r"|(?:autore?|autora|auteure?|autorin|texte?|texto|testo|автор|текст|كتب|كتبت|بقلم|作者|文|記者"
    r"|记者|글|기자|撰文)\s*[:：]\s*|(?:記者|记者|بقلم|كتب|كتبت)\s+)(?=\S)",
    re.IGNORECASE,
)
# What stands behind a name in Korean, Japanese and Chinese.
_REPORTER_AFTER = re.compile(r"^(\S{2,12})\s?(?:특파원|선임기자|기자|記者|记者|特派員|編集委員)$")
_ROLE = re.compile(
    r"(?:(?:(?-i:[A-Z])[\w&/'’-]*\s){0,4}?(?:writer|reporter|correspondent|editor|columnist|contributor"
    r"|journalist|intern|analyst|bureau(?:\schief)?|desk|staff|producer|photographer)s?\s?)+"
    r"(?:(?:in\schief|in|of|for|at)\b.{0,40})?",
    re.IGNORECASE,
)
_OUTLET = re.compile(
    rf"(?:{AGENCY}|(?:[\w.'’&-]+\s){{0,4}}(?:Times|Post|News|Herald|Tribune|Journal|Gazette|Courier"
    r"|Chronicle|Observer|Guardian|Telegraph|Press|Daily|Mail|Mirror|Globe|Star|Sun|Standard|Echo"
    r"|Examiner|Mercury|Review|Magazine|Weekly|Monitor|Record|Register|Bulletin|Agency|Service"
    r"|Radio|BBC|CNN|NPR)(?:\s(?:News|Online|Today|Weekly))?)"
)
_EMAIL = re.compile(r"[<(]?\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b[>)]?")
_NO_NAME = re.compile(
    r"(?:https?:)?//\S+|\bwww\.\S+|(?:\bon\s+(?:X|Twitter)\s*:?\s*)?(?<![\w.])@[\w.]{2,40}"
    r"|\s*[(\[][^()\[\]]{0,60}[)\]]|^(?:view\s)?all\s(?=(?:posts|articles)\s)",
    re.IGNORECASE,
)
# Where and for whom somebody writes.
_WHERE = re.compile(r"\s(?:in|at|from|for|of)\s(?:the\s)?[A-Z][\w .,'’-]{1,50}$")
_BETWEEN_FIELDS = re.compile(r"\s*[|•·;、،/\t]\s*|\s+[–—-]+\s+|\s*,\s(?:and\s)?")
_BETWEEN = re.compile(rf"{_BETWEEN_FIELDS.pattern}|,|\s(?:and|&|with)\s", re.IGNORECASE)
# Libraries write "Doe, Jane" and "de la Cruz, Juan".
_INVERTED = re.compile(
    rf"((?:{_PARTICLE}\s){{0,2}}[^\W\d_][\w'’-]+), ((?:[^\W\d_][\w'’-]*\.?\s?){{1,3}})"
)
_NOBODY = re.compile(
    r"(?:(?:site\s)?admin(?:istrator)?|editors?|editorial(?:\s(?:team|staff|board|desk))?|staff|root"
    r"|news(?:room|desk|\sdesk|\sstaff|\steam)?|web\s?(?:master|editor|desk)|(?:online\s)?desk|user"
    r"|unknown|anonymous|none|null|undefined|n/?a|guest|authors?|contributors?|redaktion|redaktor"
    r"|redacci[oó]n|la\sr[ée]daction|r[ée]daction|redazione|redactie|редакция|编辑|編輯|편집국|編集部"
    r"|(?:our\s)?(?:own\s)?(?:staff\s)?(?:reporters?|correspondents?|writers?)|\W*"
    # Times.
    r"|.*(?:\d|\b(?:ago|today|yesterday|published|updated|posted|minutes?|hours?|am|pm)\b).*"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"^the\s|\b(?:agency|insider|times|post|news|herald|press|desk|team|staff|office|council|company|inc|ltd|gmbh"
    r"|group|media|network|institute|university|commission|association|redaktion|redacción)\b\.?",
    re.IGNORECASE,
)
# What keeps its capitals: numbers behind names, degrees, initials, agencies.
_ACRONYM = re.compile(
    r"I{2,3}|I?V|MD|MP|MEP|MBE|OBE|CBE|MBA|AFP|AP|BBC|CNN|UPI|EFE|EPA|PA|NPR|ABC|CBS|NBC|USA|NATO"
    r"|NASA|(?!MRS?$|MS$|DR$|ST$|[JS]R$|NG$)[BCDFGHJKLMNPQRSTVWXZ]{2,3}"
)
_KOREAN_FAMILY = re.compile(
    r"(?:KIM|LEE|PARK|CHOI|JUNG|JEONG|KANG|CHO|JO|YOON|YUN|JANG|CHANG|LIM|HAN|OH|SEO|SHIN|KWON"
    r"|HWANG|AHN|SONG|RYU|YOO|YU|HONG|MOON|BAE|BAEK|NAM|NOH|HA|HEO|CHUNG|YANG|SON|KO|KOO|MIN|NA)"
)


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them: `A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def without_by(author: str) -> str:
    """Return an author as pages give it, without the word "By" and in ordinary casing."""
    return in_ordinary_case(_BY.sub("", author))


def parsed_byline(line: str) -> Facts | None:
    """Return the author and the publisher that a byline names; None where it is prose."""
    line = " ".join(_EMAIL.sub(" ", line).split()).strip(" |·•-–—")
    if not line or len(line) > LONGEST_BYLINE:
        return None
    if reporter := _REPORTER_AFTER.match(line):
        return Facts(author=reporter[1])
    rest = _BY.sub("", line)
    by = rest != line
    pieces = _BETWEEN.split(_WHERE.sub("", rest)) if by else _BETWEEN_FIELDS.split(rest)
    parts = list(filter(None, pieces))
    outlets = [part for part in parts if _OUTLET.fullmatch(part)]
    people = [part for part in parts if part not in outlets and not _ROLE.fullmatch(part)]
    # Without "By" a name counts only beside the outlet or the role it writes in.
    signs = len(parts) == 2 and people == parts[:1] and not (outlets and "," in line)
    if not (by or signs) or not (people or outlets):
        return None
    if people and not _NAME.fullmatch(people[0]):
        return None
    author = listed([in_ordinary_case(name) for name in people if _NAME.fullmatch(name)])
    return Facts(author=author or None, source=next(iter(outlets), None))


def names(given: list[str], publisher: str | None = None) -> list[str]:
    """Return the people, else the organisations, that some strings name, each once and in order.

    The publisher is no author of its own articles: a source line names it anyway.
    """
    publisher = publisher or ""
    # "Jane Doe. The Harbour Post" is signed with the publisher's name, too.
    people_only = (re.sub(rf"[\s.,|–-]+{re.escape(publisher)}$", "", name) for name in given)
    by_key: dict[str, str] = {}
    for name in (name for written in people_only for name in _names_in(written)):
        if name.casefold() != publisher.casefold():
            by_key.setdefault(name.casefold(), name)
    every = list(by_key.values())
    people = [name for name in every if not (_OUTLET.fullmatch(name) or _ORGANISATION.search(name))]
    # Beside a full name a single word is a degree, a place or a site.
    full = [name for name in people if " " in name]
    return (full or people or every)[:MOST_NAMES]


def _names_in(written: str) -> list[str]:
    if len(written) > LONGEST_GIVEN:
        return []
    bare = " ".join(_NO_NAME.sub(" ", _EMAIL.sub(" ", written.strip())).split())
    bare = _BY.sub("", bare).strip(" ,;:|-–—")
    if reporter := _REPORTER_AFTER.match(bare):
        return [reporter[1]]
    if _ROLE.fullmatch(bare):
        return []
    inverted = [_INVERTED.fullmatch(part) for part in re.split(r"\s*;\s*|\s(?:and|&)\s", bare)]
    if all(match and _is_inverted(match) for match in inverted):
        return [in_ordinary_case(f"{match[2].strip()} {match[1]}") for match in inverted if match]
    parts = _BETWEEN.split(_WHERE.sub("", bare))
    return [in_ordinary_case(part) for part in parts if _may_be_name(part)]


def _is_inverted(match: re.Match[str]) -> bool:
    return all(_may_be_name(part) and not _OUTLET.fullmatch(part) for part in match.groups())


def _may_be_name(part: str) -> bool:
    has_length = 1 < len(part) <= LONGEST_NAME
    return has_length and not _ROLE.fullmatch(part) and not _NOBODY.fullmatch(part)


def in_ordinary_case(name: str) -> str:
    """Return a name with shouted words in ordinary casing; acronyms and single words stay."""
    words = name.split()
    if len(words) < 2:
        return name.strip()
    shortest = 1 if _is_shouted(name) else 3  # letters: AJ Roe has initials
    # A Korean's given name is one name, though it is written with a hyphen: Kim Yoo-chul.
    is_korean = any(map(_KOREAN_FAMILY.fullmatch, map(str.upper, words)))
    return " ".join(
        _cased(word, 0 < place < len(words) - 1, is_korean)
        if _is_shouted(word) and len(word) >= shortest
        else word
        for place, word in enumerate(words)
    )


def _is_shouted(words: str) -> bool:
    return words == words.upper() != words.lower()


def _cased(word: str, is_inner: bool, is_korean: bool) -> str:
    if _ACRONYM.fullmatch(word):
        return word
    if is_inner and re.fullmatch(_PARTICLE, word.lower()) and len(word) > 1:
        return word.lower()
    word = word.capitalize() if is_korean else word.title()
    # The dot of the Turkish İ would stay behind as a character of its own.
    word = word.replace("i\u0307", "i")
    return re.sub(r"\bMc[a-z]", lambda match: match[0][:2] + match[0][2].upper(), word)


# -- lines of metadata

_SAVED = "crawled|retrieved|accessed|saved|fetched|downloaded|scraped|archived|captured"
_LABELS = {
    "published": r"(?:first\s)?(?:published|posted|issued|released|publication\sdate|publish\sdate"
    r"|publishdate|pub\s?date|date\spublished|date|input|입력|등록)",
    "updated": r"(?:last\s)?(?:updated|modified|edited|corrected|수정)(?:\sdate)?",
    "stamped": rf"(?:{_SAVED})(?:\s(?:date|from))?",
}
_LABEL = re.compile(
    rf"(?:^|[\s|(,])(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in _LABELS.items())})"
    r"(?:\s(?:on|at|in|online))?\s?:?$",
    re.IGNORECASE,
)
_KEYS = {
    "title": r"title|headline|subject",
    "author": r"authors?|by(?:line)?|writers?|written\sby|reporters?|from",
    "source": r"source|publisher|publication|outlet|newspaper|site(?:\sname)?|website",
    "url": r"url|link|web|web\saddress|source\surl|permalink|canonical(?:\surl)?|original",
    "ignored": r"section|category|topics?|tags?|keywords|lang(?:uage)?|copyright|id|to|cc",
}
_KEY_LINE = re.compile(
    "|".join(rf"(?P<{key}>{words})" for key, words in _KEYS.items()), re.IGNORECASE
)
_LINK = re.compile(r"https?://[^\s<>\"']{4,1990}")
# In capitals and to the second, as programs write it when they save a page.
_MACHINE_LABEL = re.compile(r"\bDATE\s?:?\s?$")
_RIGHTS = re.compile(
    r"(?:©|\(c\)\s|copyright\s(?:©|\(c\)|by\b|\d|(?-i:(?:[A-Z][\w.,&'’-]*\s){1,6}\d))).{0,100}?"
    r"(?:\d\d\b|\brights\sreserved\b)|all\srights\sreserved",
    re.IGNORECASE,
)
# What somebody said, did or was: boxes speak of the present and of their reader.
TELLS = re.compile(
    r"\b(?:sa(?:id|ys?)|told|wrote|asked|according\sto|found|was|were|had|he|she|his|her|they)\b",
    re.IGNORECASE,
)
_TRIM = " \t:|–—-•·,;()[]/"
_ASIDE = re.compile(r"(?:\d{1,3}[\s-]min(?:ute)?s?(?:\sread)?|(?:[A-Z][\w&’'-]*\s?){1,4})")


def facts_in(line: str, today: date) -> Facts | None:
    """Return what a metadata line says; None where the line is prose."""
    if _LINK.fullmatch(line):
        return Facts(url=line)
    if len(line) > LONGEST_LINE:
        return None
    dated = dates.written_in(line, today)
    if not dated:
        return _undated(line)
    ends_like_prose = line.endswith((".", "!", "?")) and dated[-1].end < len(line) - 1
    return None if ends_like_prose else _dated_line(line, dated)


def _undated(line: str) -> Facts | None:
    if facts := _keyed(line):
        return facts
    if _RIGHTS.match(line) and not TELLS.search(line):
        return Facts()
    if line.endswith((".", "!", "?")) and not line.endswith(("Jr.", "Sr.")):
        return None
    if byline := parsed_byline(line):
        return byline
    if re.fullmatch(AGENCY, line):
        return Facts(source=line)
    label, colon, rest = line.partition(":")
    named_only = colon and len(rest) <= 40 and _LABEL.match(label)
    is_contact = (len(line) <= 60 and _ROLE.fullmatch(line)) or _EMAIL.fullmatch(line)
    return Facts() if named_only or is_contact else None


def _keyed(line: str) -> Facts | None:
    """Return what an e-mail-like line such as `Author: Jane Doe` says."""
    key, _, value = line.partition(":")
    value = value.strip()
    match = _KEY_LINE.fullmatch(key.strip()) if value else None
    if match is None:
        return None
    if _LINK.fullmatch(value):
        return Facts(url=value)
    if match.lastgroup == "title":
        return Facts(title=value)
    # Values are names; a whole sentence after a colon is prose.
    if match.lastgroup == "url" or len(value) > 100 or (value[-1] == "." and value.count(" ") > 4):
        return None
    if match.lastgroup == "source":
        return Facts(source=value)
    if match.lastgroup == "author":
        byline = parsed_byline(f"By {value}") or Facts()
        return replace(byline, author=byline.author or listed(names([value])) or None)
    return Facts()


def _dated_line(line: str, line_dates: list[dates.Dated]) -> Facts | None:
    """Return what a line says that holds dates and, beside labels and names, nothing else."""
    facts = Facts()
    position = 0
    for dated in line_dates:
        before = line[position : dated.start]
        kind, before = _label_of(before, machine=line[dated.start : dated.end].count(":") > 1)
        facts = facts.or_else(_dated(kind, dated.value))
        named = _named(before)
        separated = kind != "dated" or before.rstrip()[-1:] in _TRIM
        if named is None or not (separated or named.author):
            return None
        facts = facts.or_else(named)
        position = dated.end
    named = _named(line[position:])
    return None if named is None else facts.or_else(named)


def _dated(kind: str, value: date) -> Facts:
    changes: dict[str, Any] = {kind: value}
    return Facts(**changes)


def _label_of(before: str, *, machine: bool) -> tuple[str, str]:
    """Return the kind of the date that stands behind some words, and these without its label."""
    if machine and (stamp := _MACHINE_LABEL.search(before)):
        return "stamped", before[: stamp.start()]
    label = _LABEL.search(before.rstrip(_TRIM))
    return (str(label.lastgroup), before[: label.start()]) if label else ("dated", before)


def _named(words: str) -> Facts | None:
    """Return what the words beside a date say: nothing where they are a section; None for prose."""
    words = words.strip(_TRIM)
    if facts := parsed_byline(words) or _keyed(words):
        return facts
    # "World News" may be a section.
    if _OUTLET.fullmatch(words) and (words.startswith("The ") or re.fullmatch(AGENCY, words)):
        return Facts(source=words)
    pieces = [piece.strip() for piece in re.split(r"[|•·]", words)]
    return Facts() if all(_ASIDE.fullmatch(piece) for piece in pieces if piece) else None


def title_and_facts(line: str, today: date) -> tuple[str, Facts]:
    """Return a title line as its title, and what was glued to it: a stamp, a date, a section."""
    dated = dates.written_in(line, today) if len(line) <= LONGEST_TITLE + 80 else []
    if not dated:
        return line, Facts()
    written, after = line[dated[-1].start : dated[-1].end], line[dated[-1].end :]
    if after.strip(_TRIM) and not re.fullmatch(r"\s*\|\s*[\w &/'’-]{2,40}", after):
        return line, Facts()
    kind, before = _label_of(line[: dated[-1].start], machine=written.count(":") > 1)
    # "The flood of 3 May 1987" keeps its date; a time or a section shows that a date is a stamp.
    if kind == "dated" and (len(before) <= 10 or not (after.strip() or ":" in written)):
        return line, Facts()
    return before.rstrip(_TRIM), _dated(kind, dated[-1].value)
