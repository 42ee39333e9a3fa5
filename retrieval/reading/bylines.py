"""Who wrote it: lines such as `By Jane Doe, Staff Writer` or `Jane Doe | Reuters`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.reading import casing

# News agencies and picture desks that sign articles and photographs.
AGENCY = (
    r"(?:The\s)?(?:AFP|AP|Associated\sPress|Agence\sFrance-Presse|Reuters|Yonhap(?:\sNews)?|Xinhua"
    r"|Bloomberg|EPA(?:-EFE)?|EFE|UPI|DPA|dpa|ANSA|TASS|Kyodo|KCNA|PA(?:\s(?:Wire|Media|Images))?"
    r"|PTI|ANI|AAP|Anadolu(?:\sAgency)?|Newsis|News1|Getty(?:\sImages)?|Shutterstock|Alamy"
    r"|NurPhoto|Zuma(?:\sPress)?|Agencies)"
)
_NAME_WORD = r"(?:(?:[dDlL]['’]|[aA]l-|O['’])?[^\W\d_][\w'’-]*\.?)"
_NAME = re.compile(rf"{_NAME_WORD}(?:\s(?:{casing.PARTICLE}\s){{0,2}}{_NAME_WORD}){{1,4}}")
_EASTERN_NAME = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff々]{2,7}|[가-힣]{2,5}")
_BY = re.compile(
    r"(?:(?:(?:written|reported|story|words|text|article)\s+by|by|author)\s*:?\s+"
    # As papers of other languages sign: what follows must be a name for any of these to count.
    r"|(?:von|por|par|door|di|av|af|przez)\s+"
    r"|(?:autore?|autora|auteure?|autorin|texte?|texto|testo|автор|текст|كتب|كتبت|بقلم|作者|文|記者"
    r"|记者|글|기자|撰文)\s*[:：]\s*|(?:記者|记者|بقلم|كتب|كتبت)\s+)(?=\S)",
    re.IGNORECASE,
)
# What stands behind a name in Korean, Japanese and Chinese.
_REPORTER_AFTER = re.compile(
    r"^(\S{2,12}(?:\s\S{1,8})??)\s?(?:특파원|선임기자|기자|記者|记者|特派員|編集委員)$"
)
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
_FOR = re.compile(r"^(.{3,60}?)\s(?:for|of)\s((?:the\s|The\s)?[A-Z].{2,50})$")
_IN = re.compile(r"^(.{3,60}?)\s(?:in|at|from)\s[A-Z][\w .,'’-]{1,40}$")
_EMAIL = re.compile(r"[<(]?\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b[>)]?")
_LINK = re.compile(r"(?:https?:)?//\S+|\bwww\.\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?:\bon\s+(?:X|Twitter)\s*:?\s*)?(?<![\w.])@[\w.]{2,40}")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_LABEL = re.compile(r"(?:view\s)?(?:all\s)?(?:posts|articles|stories)\s(?:by|from)\s", re.I)
_BETWEEN = re.compile(
    r"\s*[;、،|•·]\s*|\s*(?:,\s*(?:and\s|&\s)?|\sand\s|\s&\s|\swith\s)\s*", re.IGNORECASE
)
# Words that also stand inside names, as in Ortega y Gasset; whole names must stand around them.
_BETWEEN_WHOLE = re.compile(r"(?<=\w)\s+(?:y|e|i|und|et|en|og|och|и|та|و)\s+(?=\w)", re.IGNORECASE)
# Libraries write "Doe, Jane" and "de la Cruz, Juan"; in lists also "Doe, Jane Ann".
_LAST = rf"(?:{casing.PARTICLE}\s){{0,2}}[^\W\d_][\w'’-]+"
_INVERTED = re.compile(rf"({_LAST}), ([^\W\d_][\w'’-]+(?: [^\W\d_]\.){{0,2}})")
_INVERTED_LISTED = re.compile(rf"({_LAST}), ((?:[^\W\d_][\w'’-]*\.?\s?){{1,3}})")
_BETWEEN_INVERTED = re.compile(r"\s*;\s*(?:and\s|&\s)?|\s(?:and|&)\s", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:site\s)?admin(?:istrator)?|editors?|editorial(?:\s(?:team|staff|board|desk))?|staff|root"
    r"|news(?:room|desk|\sdesk|\sstaff|\steam)?|web\s?(?:master|editor|desk)|(?:online\s)?desk|user"
    r"|unknown|anonymous|none|null|undefined|n/?a|guest|authors?|contributors?|redaktion|redaktor"
    r"|redacci[oó]n|la\sr[ée]daction|r[ée]daction|redazione|redactie|редакция|编辑|編輯|편집국|編集部"
    r"|(?:by\s)?(?:our\s)?(?:own\s)?(?:staff\s)?(?:reporters?|correspondents?|writers?)|\W*",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"^the\s|\b(?:agency|insider|times|post|news|herald|press|desk|team|staff|office|council|company|inc|ltd|gmbh"
    r"|group|media|network|institute|university|commission|association|redaktion|redacción)\b\.?",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\d|\b(?:ago|today|yesterday|published|updated|posted|min(?:ute)?s?|hours?|am|pm)\b"
    r"|^(?:mon|tues|wednes|thurs|fri|satur|sun)day$"
    r"|^(?:january|february|march|april|may|june|july|august|september|october|november|december)$",
    re.IGNORECASE,
)
LONGEST_TELLING, MOST_NAMES = 300, 8  # characters, names
_SEPARATOR = re.compile(r"\s*[|•·;/]\s*|\s+[–—-]+\s+|\t")
_BETWEEN_NAMES = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|&|AND|And)\s+")


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote an article, and for whom, as far as one line tells."""

    author: str | None = None
    source: str | None = None


def parsed(line: str) -> Byline | None:
    """The byline that a line is; None where it is prose."""
    line = _EMAIL.sub(" ", line)
    line = " ".join(line.split()).strip(" |·•-–—")
    if not line or len(line) > 160:
        return None
    if reporter := _REPORTER_AFTER.match(line):
        return Byline(reporter[1])
    by = _BY.match(line)
    fields = [field for field in _SEPARATOR.split(line[by.end() :] if by else line) if field]
    if not fields:
        return None
    if by:
        return _after_by(fields)
    name, comma, role = line.partition(", ")
    if comma and _is_name(name) and _ROLE.fullmatch(role):
        return Byline(casing.of_names(name))
    # Without "By" a name counts only beside the outlet or the role it writes in.
    if len(fields) == 2 and _NAME.fullmatch(fields[0]) and not _OUTLET.fullmatch(fields[0]):
        if _OUTLET.fullmatch(fields[1]):
            return Byline(casing.of_names(fields[0]), fields[1])
        if _ROLE.fullmatch(fields[1]):
            return Byline(casing.of_names(fields[0]))
    return None


def is_publisher(words: str) -> bool:
    """Whether words name an agency or a paper for sure; "World News" may be a section."""
    surely = words.startswith("The ") or re.fullmatch(AGENCY, words)
    return bool(surely and _OUTLET.fullmatch(words))


def is_role(line: str) -> bool:
    """Whether a line is only what somebody is, such as `Staff Writer`."""
    return len(line) <= 60 and _ROLE.fullmatch(line) is not None


def is_outlet(words: str) -> bool:
    """Whether words look like the name of an agency or a paper."""
    return _OUTLET.fullmatch(words) is not None


def is_email(line: str) -> bool:
    """Whether a line is only an address to write to."""
    return len(line) <= 100 and _EMAIL.fullmatch(line) is not None


def _after_by(fields: list[str]) -> Byline | None:
    names: list[str] = []
    source = None
    for position, field in enumerate(fields):
        for_outlet = _FOR.match(field)
        if for_outlet and not _ROLE.fullmatch(field):
            field, source = for_outlet[1], source or for_outlet[2]
        elif in_place := _IN.match(field):
            field = in_place[1]
        for part in filter(None, _BETWEEN_NAMES.split(field)):
            if _ROLE.fullmatch(part):
                continue
            if _OUTLET.fullmatch(part) or (position and not _NAME.fullmatch(part)):
                source = source or part
            elif _is_name(part):
                names.append(part)
            elif not names:
                return None
    if not names and not source:
        return None
    return Byline(casing.of_names(listed(names)) if names else None, source)


def _is_name(words: str) -> bool:
    """Two to five words, none small but particles such as "van"; or some Chinese characters."""
    if _EASTERN_NAME.fullmatch(words):
        return True
    return (
        _NAME.fullmatch(words) is not None
        and not words.split(maxsplit=1)[0][0].islower()
        and all(
            not word[0].islower()
            or "-" in word
            or re.fullmatch(casing.PARTICLE, word)
            or word[1:2] in "'’"
            for word in words.split()
        )
    )


def without_by(author: str) -> str:
    """An author as pages give it, without the word "By" and in ordinary casing."""
    by = _BY.match(author)
    if not by:
        return casing.of_names(author).strip()
    return casing.of_names(author[by.end() :], byline=by[0].lower().strip(" :") == "by").strip()


def listed(names: list[str]) -> str:
    """Names as a sentence lists them: `A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def names(given: list[str], publisher: str | None = None) -> list[str]:
    """The people, else the organisations, that some strings name, each once and in order.

    The publisher is no author of its own articles: a source line names it anyway.
    """
    found: list[str] = []
    for written in given:
        found += [
            name
            for name in _names_in(written)
            if not _same(name, publisher) and not _WHEN.search(name)
        ]
    first: dict[str, str] = {}
    for name in found:
        first.setdefault(name.casefold(), name)
    found = list(first.values())
    people = [name for name in found if not _is_organisation(name)]
    return (people or found)[:MOST_NAMES]


def _names_in(written: str) -> list[str]:
    if len(written) > LONGEST_TELLING:
        return []
    bare = _HANDLE.sub(" ", _EMAIL.sub(" ", _LINK.sub(" ", _LABEL.sub("", written.strip()))))
    bare = " ".join(_BRACKETS.sub(" ", bare).split()).strip(" ,;:|-–—")
    if not bare or _NOBODY.fullmatch(bare):
        return []
    inverted = _inverted(bare) or _inverted(without_by(bare))
    return inverted or [name for whole in _whole_names(bare) for name in _signed(whole)]


def _inverted(bare: str) -> list[str]:
    """The names of those whose last names all stand first; none where one does not."""
    parts = _BETWEEN_INVERTED.split(bare)
    form = _INVERTED if len(parts) == 1 else _INVERTED_LISTED
    turned = []
    for part in parts:
        match = form.fullmatch(part)
        if not match or not all(map(_may_be_name, match.groups())):
            return []
        if any(map(is_outlet, match.groups())):
            return []
        turned.append(casing.of_names(f"{match[2].strip()} {match[1]}"))
    return turned


def _signed(bare: str) -> list[str]:
    """The names in what may be a byline, or a byline without its "By"."""
    if byline := parsed(bare) or parsed(f"By {bare}"):
        if byline.author:
            return re.split(r", | and ", byline.author)
        return [byline.source] if byline.source else []
    parts = _BETWEEN.split(without_by(bare))
    return [casing.of_names(part) for part in parts if _may_be_name(part)]


def _whole_names(part: str) -> list[str]:
    """The names around an "y" or "und", if a whole name stands on each side."""
    pieces = _BETWEEN_WHOLE.split(part)
    return pieces if all(" " in piece.strip() for piece in pieces) else [part]


def _may_be_name(part: str) -> bool:
    return (
        1 < len(part) <= 80
        and any(ch.isalpha() for ch in part)
        and not is_role(part)
        and not _NOBODY.fullmatch(part)
    )


def _is_organisation(name: str) -> bool:
    return is_outlet(name) or _ORGANISATION.search(name) is not None


def _same(name: str, publisher: str | None) -> bool:
    return publisher is not None and name.casefold() == publisher.casefold()
