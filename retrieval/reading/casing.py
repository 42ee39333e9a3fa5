"""Names in capitals, or in none, are put in ordinary casing; each name by itself."""

from __future__ import annotations

import re

# Words that stand small inside names.
PARTICLE = r"(?:de|da|di|del|della|dos|du|van|von|zu|der|den|ter|bin|ibn|al|el|la|le|abu|y|e)"

# What keeps its capitals: numbers behind names, degrees, initials, agencies.
_ACRONYM = re.compile(
    r"I{2,3}|I?V|MD|MP|MEP|MBE|OBE|CBE|KBE|DBE|MBA|AFP|AP|BBC|CNN|UPI|DPA|EFE|ANSA|TASS|KCNA|PTI"
    r"|ANI|AAP|EPA|PA|NPR|ABC|CBS|NBC|PBS|USA|NATO|NASA|(?!MRS?$|MS$|DR$|ST$|[JS]R$|NG$)[BCDFGHJKLMNPQRSTVWXZ]{2,3}"
)
_KOREAN_FAMILY = re.compile(
    r"(?:KIM|LEE|PARK|CHOI|JUNG|JEONG|KANG|CHO|JO|YOON|YUN|JANG|CHANG|LIM|HAN|OH|SEO|SHIN|KWON"
    r"|HWANG|AHN|SONG|RYU|YOO|YU|HONG|MOON|BAE|BAEK|NAM|NOH|HA|HEO|CHUNG|YANG|SON|KO|KOO|MIN|NA),?"
)
_BETWEEN = re.compile(r"(,\s+|\s+and\s+|\s*&\s*|\s*;\s*)", re.IGNORECASE)


def of_names(written: str, *, byline: bool = False) -> str:
    """Return names with shouted words in ordinary casing; what is no shouted name stays.

    A byline may be all in small letters by its design; elsewhere such a name is its owner's choice.
    """
    shouted = " " in written.strip() and _is_shouted(re.sub(r"\band\b", "", written))
    parts = _BETWEEN.split(written)
    parts[::2] = [_of_name(part, shouted=shouted, byline=byline) for part in parts[::2]]
    parts[1::2] = [part.lower() for part in parts[1::2]]
    return "".join(parts)


def _of_name(name: str, *, shouted: bool, byline: bool) -> str:
    words = name.split()
    whole = shouted or (len(words) > 1 and (_is_shouted(name) or (byline and name == name.lower())))
    # "KIM Yoo-chul" and "Ada FENN" show which name is that of the family; "NASA Goddard" is none.
    last = len(words) in (2, 3) and any(word[1:].islower() for word in words)
    return " ".join(
        _cased(word.upper(), place, words) if whole or (last and _is_family(word, words)) else word
        for place, word in enumerate(words)
    )


def _is_shouted(words: str) -> bool:
    return words == words.upper() != words.lower()


def _is_family(word: str, words: list[str]) -> bool:
    korean = _KOREAN_FAMILY.fullmatch(word) and any("-" in other for other in words)
    letters = word.replace("-", "").replace("'", "")
    long = len(letters) > 2 and letters.isalpha() and word == words[-1]
    return _is_shouted(word) and bool(korean or long) and not _ACRONYM.fullmatch(word)


def _cased(word: str, place: int, words: list[str]) -> str:
    if _ACRONYM.fullmatch(word):
        return word
    if 0 < place < len(words) - 1 and re.fullmatch(PARTICLE, word.lower()) and len(word) > 1:
        return word.lower()
    # The dot of the Turkish İ would stay behind as a character of its own.
    word = word.title().replace("i\u0307", "i")
    word = re.sub(r"\bMc[a-z]", lambda it: it[0][:2] + it[0][2].upper(), word)
    # A Korean's given name is one name, though it is written with a hyphen.
    if any(_KOREAN_FAMILY.fullmatch(other.upper()) for other in words):
        first, hyphen, second = word.partition("-")
        word = first + hyphen + second.lower()
    return re.sub(r"(?<=['’])S\b", "s", word)
