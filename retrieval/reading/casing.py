"""Names in capitals, or in none, are put in ordinary casing; each name by itself."""

from __future__ import annotations

import re

# Words that stand small inside names.
PARTICLE = r"(?:de|da|di|del|della|dos|du|van|von|zu|der|den|ter|bin|ibn|al|el|la|le|abu|y|e)"
# In words: what is longer is no person.
LONGEST = 5

# What keeps its capitals: numbers behind names, degrees and orders, agencies, and what else signs.
_ACRONYM = re.compile(
    r"I{2,3}|I?V|MD|MP|MEP|MBE|OBE|CBE|KBE|DBE|MBA|CPA|DDS"
    r"|AFP|AP|BBC|CNN|UPI|DPA|EFE|ANSA|TASS|KCNA|PTI|ANI|AAP|EPA|PA|NPR|ABC|CBS|NBC|PBS|CNBC|MSNBC"
    r"|ESPN|IANS|USA|NATO|NASA|NOAA|UNICEF|UNESCO|UNHCR|ASEAN|OPEC|OECD|IMF|FIFA|UEFA|WIRED|IEEE"
)
_AS_WRITTEN = {"phd": "PhD", "ph.d.": "Ph.D.", "msc": "MSc", "bsc": "BSc"}
_INSTITUTION = re.compile(
    r"\b(?:agency|times|post|news|herald|press|desk|team|staff|office|council|company|inc|ltd|gmbh"
    r"|group|media|network|institute|university|commission|association|redaktion|redacción|sports?"
    r"|business|entertainment|online|digital|weather|magazine|ministry|department|foundation"
    r"|editors?|editorial|reporters?|bureau)\b",
    re.IGNORECASE,
)
_KOREAN_FAMILY = re.compile(
    r"(?:KIM|LEE|PARK|CHOI|JUNG|JEONG|KANG|CHO|JO|YOON|YUN|JANG|CHANG|LIM|IM|HAN|OH|SEO|SUH|SHIN|KWON"
    r"|HWANG|AHN|AN|SONG|RYU|YOO|YU|HONG|MOON|BAE|BAEK|PAIK|NAM|NOH|ROH|HA|HEO|HUR|CHUNG|YANG|SON"
    r"|SOHN|KO|KOH|KOO|KU|MIN|NA|JIN|JI|UM|CHAE|WON|CHEON|CHUN|BYUN|YEO|SIM|JOO|WOO|PYO|SUNG|CHA"
    r"|BANG|KONG|GONG|YI|RHEE|BAN|TAK|TUNG|TSANG|WONG|LEUNG|CHEUNG|CHAN|NG|TSAI|LIN|CHEN|WANG|WU),?"
)
# Letters that no name is said with: initials, as in JD Vance.
_INITIALS = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{2,3}")
_BEFORE_AND_BEHIND_NAMES = re.compile(r"(?:MRS?|MS|DR|ST|[JS]R)\.?")
_BETWEEN = re.compile(r"(,\s+|\s+and\s+|\s*&\s*|\s*;\s*)", re.IGNORECASE)


def of_names(written: str, *, byline: bool = False) -> str:
    """One name or several with all shouted words in ordinary casing; what is none stays.

    A byline may be all in small letters by its design; elsewhere such a name is its owner's choice.
    """
    shouted = " " in written.strip() and _is_shouted(re.sub(r"\band\b", "", written))
    parts = _BETWEEN.split(written)
    parts[::2] = [_of_name(part, shouted=shouted, byline=byline) for part in parts[::2]]
    parts[1::2] = [part.lower() for part in parts[1::2]]
    return "".join(parts)


def _of_name(name: str, *, shouted: bool, byline: bool) -> str:
    words = name.split()
    if shouted or (len(words) > 1 and (_is_shouted(name) or (byline and name == name.lower()))):
        return " ".join(_cased(word.upper(), place, words) for place, word in enumerate(words))
    if not 1 < len(words) <= LONGEST or _INSTITUTION.search(name):
        return name
    # "KIM Yoo-chul" and "Ada FENN" show which name is that of the family.
    if not any(word[0].isupper() and not _is_shouted(word) for word in words):
        return name
    return " ".join(
        _cased(word, place, words) if _is_family_name(place, words) else _without_shout(word)
        for place, word in enumerate(words)
    )


def _is_shouted(words: str) -> bool:
    return words == words.upper() != words.lower()


def _is_family_name(place: int, words: list[str]) -> bool:
    """Whether a word in capitals is a name or part of it, not initials or the like."""
    word = words[place]
    letters = re.sub(r"[-'’]", "", word)
    if not (letters.isalpha() and _is_shouted(word)):
        return False
    # "KO Min-jung" and "Juan DE LA CRUZ", but AJ Roe.
    korean = _KOREAN_FAMILY.fullmatch(word) and any("-" in other for other in words)
    particle = 0 < place < len(words) - 1 and re.fullmatch(PARTICLE, word.lower())
    return len(letters) > 2 or bool(korean) or (len(letters) > 1 and bool(particle))


def _without_shout(word: str) -> str:
    """McDONALD as McDonald."""
    shout = re.fullmatch(r"(Ma?c)([A-Z]{3,})", word)
    return shout[1] + shout[2].title() if shout else word


def _cased(word: str, place: int, words: list[str]) -> str:
    if known := _AS_WRITTEN.get(word.lower()):
        return known
    if _ACRONYM.fullmatch(word) or _is_initials(word):
        return word
    inside = 0 < place < len(words) - 1
    if inside and re.fullmatch(PARTICLE, word.lower()) and len(word) > 1:
        return word.lower()
    # The dot of the Turkish İ would stay behind as a character of its own.
    word = word.title().replace("i\u0307", "i")
    word = re.sub(r"\bMc[a-z]", lambda it: it[0][:2] + it[0][2].upper(), word)
    # A Korean's given name is one name, though it is written with a hyphen.
    others = [other for at, other in enumerate(words) if at != place]
    if any(_KOREAN_FAMILY.fullmatch(other.upper()) for other in others):
        first, hyphen, second = word.partition("-")
        word = first + hyphen + second.lower()
    return re.sub(r"(?<=['’])S\b", "s", word)


def _is_initials(word: str) -> bool:
    return (
        _INITIALS.fullmatch(word) is not None
        and not _KOREAN_FAMILY.fullmatch(word)
        and not _BEFORE_AND_BEHIND_NAMES.fullmatch(word)
    )
