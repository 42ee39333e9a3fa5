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
    r"(?:(?:senior|chief|staff|special|political|foreign|business|sports|science|city|national"
    r"|contributing|guest|deputy|associate|assistant|news|health|education|environment)\s)*"
    r"(?:(?:writer|reporter|correspondent|editor|columnist|contributor|journalist|intern|analyst"
    r"|bureau(?:\schief)?|desk|staff|in\schief)s?\s?)+(?:(?:in|of|for|at)\s.{2,40})?",
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


def without_email(line: str) -> str:
    """A line without the addresses in it."""
    return _EMAIL.sub(" ", line)


def only_names(line: str, names: list[str]) -> bool:
    """Whether a line holds one of some names and beside them next to nothing."""
    rest = line
    for name in names:
        rest = rest.replace(name, " ")
    few = len(rest.split()) <= 3 and len(rest.strip()) <= 20
    return rest != line and few and not line.endswith((".", "!", "?", "。"))


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
