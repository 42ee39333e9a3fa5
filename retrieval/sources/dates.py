"""Strings become dates here: one date given for certain, or all full dates written in a line."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_ENGLISH = "January February March April May June July August September October November December"
# A language a line, in the form that stands in dates.
_NAMES = (
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber mrz apr - jun jul aug sep okt nov dez",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago set oct nov dic",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
)
_IN_ENGLISH = {
    name: english
    for names in _NAMES
    for name, english in zip(names.split(), _ENGLISH.split(), strict=True)
    if name != "-"
}
FOREIGN = "|".join(sorted(map(re.escape, _IN_ENGLISH), key=len, reverse=True))
_FOREIGN = re.compile(rf"(?<!\w)(?:{FOREIGN})\b", re.IGNORECASE)
# "12 de marzo de 2024", "12. März", "1er mars"
_FILLERS = re.compile(
    r"(?<=\d)(?:\.|er\b|º|°)?\s+(?:de\s+|d’)?(?=[^\W\d])|(?<=[^\W\d])\.?\s+del?\s+(?=\d{4})",
    re.IGNORECASE,
)

LONGEST = 60

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    rf"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|{FOREIGN})\b\.?"
)
_DAY = r"[0-3]?\d(?:st|nd|rd|th|er|º|°|\.(?=\s))?(?!\d)"
_WEEKDAY = r"(?:\b(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s+)?"
_ZONE = (
    r"(?:\s?(?:z\b|(?:gmt|utc)?\s?[+-]\d{1,2}:?(?:\d{2})?\b|\(?\b(?-i:[A-Z]{2,4}T)\b\)?"
    r"|\(?\b(?:GMT|UTC)\b\)?))?"
)
# British papers write 17.02, which is a time only beside its zone or half of the day.
_CLOCK = r"(?:[0-2]?\d:[0-5]\d|[0-2]?\d\.[0-5]\d(?=\s?(?:[ap]\.?m\b|GMT|UTC|[A-Z]{2,3}T\b)))"
_TIME = rf"{_CLOCK}(?::[0-5]\d(?:\.\d{{1,9}})?)?(?:\s?[ap]\.?m\b\.?)?{_ZONE}"
_NUMERIC = (
    r"\b(?:\d{4}-[01]?\d-[0-3]?\d|\d{4}/[01]?\d/[0-3]?\d|\d{4}\.\s?[01]?\d\.\s?[0-3]?\d\.?)(?!\d)"
)
_DAY_FIRST = r"\b[0-3]?\d(?:/[0-3]?\d/|\.[0-3]?\d\.|-[0-3]?\d-)\d{4}\b"
_EASTERN = r"\b\d{4}\s?[년年]\s?[01]?\d\s?[월月]\s?[0-3]?\d\s?[일日]"
_FULL_DATE = (
    rf"(?:{_WEEKDAY}(?:\b{_MONTH}\s*{_DAY},?\s+\d{{4}}\b"
    rf"|\b{_DAY}\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:del?\s+)?\d{{4}}\b"
    rf"|{_NUMERIC}|{_DAY_FIRST})|{_EASTERN})"
)
_DATE = re.compile(
    rf"(?:(?P<before>\b{_TIME}),?\s+(?:on\s+)?)?(?P<day>{_FULL_DATE})"
    rf"(?:(?:t|,?\s+(?:(?:at|-|/|\||·)\s+)?)(?P<after>{_TIME}))?",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<=\d)\.(?=\d\d\b)")
_YEAR_FIRST = re.compile(
    r"(\d{4})\s?[-/.년年]\s?(\d{1,2})\s?[-/.월月]\s?(\d{1,2})(?:[.일日]|(?!\d))"
)
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]|$)")
# Since 2001, with fractions, or in thousandths as JavaScript counts them. dateutil would take
# 1709150200 for a day in September of 2017.
_SINCE_1970 = re.compile(r"(1\d{9})(?:\d{3}|\.\d{1,9})?")
_IN_URL = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)")

# The zones of RFC 2822, and those that English-language news names without an offset.
_HOURS_FROM_UTC = {
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3},
    **{"MSK": 3, "HKT": 8, "SGT": 8, "KST": 9, "JST": 9, "AEST": 10, "AEDT": 11},
}


@dataclass(frozen=True, slots=True)
class Dated:
    """A full date that stands in a line at `line[start:end]`."""

    start: int
    end: int
    value: date


@lru_cache(maxsize=10_000)  # a page or a feed repeats its dates
def parsed(text: str) -> date | None:
    """The date, or date and time, that a string is; None where it is none or could be two.

    `03/04/2018` could be two. A string that gives no year, month or day is none, unless it counts
    the seconds since 1970.
    """
    text = text.strip()
    if not 6 <= len(text) <= LONGEST or not re.search(r"\d{4}", text):
        return None
    if _ISO.match(text):
        for exact in (date.fromisoformat, datetime.fromisoformat):
            try:
                return exact(text)
            except ValueError:
                continue
    if seconds := _SINCE_1970.fullmatch(text):
        return datetime.fromtimestamp(int(seconds[1]), UTC)
    if _FOREIGN.search(text):
        text = _FOREIGN.sub(lambda match: _IN_ENGLISH[match[0].lower()], text)
        text = _FILLERS.sub(" ", text)
    return _leniently(_YEAR_FIRST.sub(r"\1-\2-\3", text, count=1))


def _leniently(text: str) -> date | None:
    # python-dateutil knows RFC 2822 and English forms, imports in 40 ms, and never takes today's
    # day for a missing one unseen: two readings with different defaults and different orders of
    # day and month must agree. dateparser would also guess at "tomorrow" and at half a date.
    from dateutil import parser

    text = re.sub(r"(?i)\b([ap])\.m\b\.?", r"\1m", text)
    # For dateutil GMT+9 lies nine hours west of Greenwich, as in POSIX; for newspapers east.
    text = re.sub(r"(?i)\b(?:GMT|UTC)\s?(?=[+-]\d)", "", text)
    day_first = re.match(r"\D*\d{4}-", text) is None
    defaults = ((datetime(2000, 1, 1), False), (datetime(1996, 12, 31, 13, 47), day_first))
    try:
        first, second = (
            parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=_offset)
            for default, dayfirst in defaults
        )
        first.utcoffset()  # raises ValueError for an offset of a day or more
    except (ValueError, OverflowError, TypeError):
        return None
    if first.date() != second.date():
        return None
    return first if first.time() == second.time() else first.date()


def _offset(zone: str | None, seconds: int | None) -> int | None:
    if seconds is not None:
        return seconds
    hours = _HOURS_FROM_UTC.get((zone or "").upper())
    return None if hours is None else hours * 3600


def written_in(line: str, today: date) -> list[Dated]:
    """Return the full dates in a line, in order; dates after the day of reading are left out."""
    return [dated for match in _DATE.finditer(line) if (dated := _dated(match, today))]


def _dated(match: re.Match[str], today: date) -> Dated | None:
    time = match["after"] or match["before"]
    day = match["day"].rstrip(".")
    value = parsed(f"{day} {re.sub(_DOTTED, ':', time.strip('()'), count=1)}") if time else None
    value = value or parsed(day)
    usable = value is not None and plausible(value, today)
    return Dated(match.start(), match.end(), value) if value and usable else None


def in_link(url: str, today: date) -> date | None:
    """The date in the path of a link such as `/2018/10/08/`."""
    match = _IN_URL.search(url)
    value = parsed("-".join(part.zfill(2) for part in match.groups())) if match else None
    return value if value is not None and plausible(value, today) else None


def plausible(value: date, today: date) -> bool:
    """No article was printed before newspapers were, or after it was read."""
    # One day of grace: it may be tomorrow already where the article was written.
    return value.year >= 1600 and day_of(value) <= today + timedelta(days=1)


def day_of(value: date) -> date:
    """The day alone, where a date may carry its time."""
    return value.date() if isinstance(value, datetime) else value
