"""The names of the months in the languages of the news, so that their dates can be read, too."""

from __future__ import annotations

import re

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
_AROUND_DAY = re.compile(r"(?<=\d)(?:\.|er\b|º|°)?\s+(?:de\s+|d’)?(?=[^\W\d])", re.IGNORECASE)
_BEFORE_YEAR = re.compile(r"(?<=[^\W\d])\.?\s+(?:del?\s+)(?=\d{4})", re.IGNORECASE)


def in_english(text: str) -> str:
    """A date with the name of its month in English; what names no foreign month stays as it is."""
    if (match := _FOREIGN.search(text)) is None:
        return text
    english = _IN_ENGLISH[match[0].lower()]
    if english.lower().startswith(match[0].lower()):
        return text if "." not in text else _AROUND_DAY.sub(" ", text)
    text = text[: match.start()] + english + text[match.end() :]
    return _BEFORE_YEAR.sub(" ", _AROUND_DAY.sub(" ", text))
