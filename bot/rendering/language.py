"""The language of replies: English as the code has it, others from a gettext catalogue each.

`languages/de.po` is that of German; `tests/test_language.py` shows that nothing is missing in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGE = ContextVar("language", default="en")
"""The language of the person whose update is handled; each task and each thread has its own."""

CATALOGUES = {path.stem: path for path in (Path(__file__).parent / "languages").glob("*.po")}
LOCALES = {"en": "en_GB"}  # how days are written: 8 October 2018

REASON = "reason"
"""The context of the catalogue's entries for sentences of the library, such as error messages."""


def use_language(code: str | None) -> None:
    """Reply in the language of an IETF tag such as `de-AT` from here on, or else in English."""
    language = (code or "").partition("-")[0].lower()
    LANGUAGE.set(language if language in CATALOGUES else "en")


@contextmanager
def in_language(code: str | None) -> Iterator[None]:
    before = LANGUAGE.get()
    use_language(code)
    try:
        yield
    finally:
        LANGUAGE.set(before)


@cache
def _catalogue(language: str) -> Catalog:
    with CATALOGUES[language].open("rb") as file:
        return read_po(file, language)


@cache
def _translations(language: str) -> NullTranslations:
    if language not in CATALOGUES:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(message: str, **values: object) -> str:
    """Return a message in the language of replies, with the values in the place of their names."""
    text = _translations(LANGUAGE.get()).gettext(message)
    return text.format(**values) if values else text


def _n(singular: str, plural: str, count: int, **values: object) -> str:
    """Return a message for a number of things: `{count} article`, `{count} articles`."""
    text = _translations(LANGUAGE.get()).ngettext(singular, plural, count)
    return text.format(count=number(count), **values)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a constant for the catalogues; `_` translates it where it is used."""
    return message


# -- sentences of the library


def reason(text: str) -> str:
    """Translate a sentence of the library: why something failed, what to know about an article.

    The library is in English, and its sentences may come from another process or from the database.
    So the catalogue has their templates, such as `the site has a fault of its own ({status})`.
    What fills a gap is translated, too, and so is what follows the name of a source and a colon.
    What has no entry stays English.
    """
    templates = _reasons(LANGUAGE.get())
    for pattern, translated in templates:
        if match := pattern.fullmatch(text):
            gaps = {name: reason(value) for name, value in match.groupdict().items()}
            return translated.format(**gaps)
    source, colon, rest = text.partition(": ")
    if templates and rest:
        return f"{source}{colon}{reason(rest)}"
    with suppress(ValueError):
        return day(datetime.strptime(text, "%d %B %Y"))
    return text


@cache
def _reasons(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Return patterns and translations, the templates with the most words of their own first."""
    if language not in CATALOGUES:
        return []
    entries = [
        (list(Formatter().parse(str(message.id))), str(message.string))
        for message in _catalogue(language)
        if message.context == REASON
    ]
    entries.sort(key=lambda entry: sum(len(literal) for literal, *_ in entry[0]), reverse=True)
    return [(_pattern(parts), translated) for parts, translated in entries]


def _pattern(parts: Sequence[tuple[str, str | None, str | None, str | None]]) -> re.Pattern[str]:
    """Return what matches the sentences of a template; a name that comes twice has one value."""
    pattern, names = "", set[str]()
    for literal, name, *_ in parts:
        pattern += re.escape(literal)
        if name:
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>.*?)"
            names.add(name)
    return re.compile(pattern, re.DOTALL)


# -- days, numbers and lists


def _locale() -> str:
    return LOCALES.get(LANGUAGE.get(), LANGUAGE.get())


def month(first: date) -> str:
    """Return a month as people write it: October 2018."""
    return format_skeleton("yMMMM", first, locale=_locale())


def day(published: date | None) -> str:
    """Return a date as people write it: 8 October 2018."""
    if published is None:
        return ""
    return format_date(published, "long", _locale())


def period(since: date, until: date) -> str:
    """Return two days and those between them as people write them: 1–31 March 2023."""
    if since == until:
        return day(since)
    if (since.year, since.month) == (until.year, until.month):
        return _("{first}–{last}", first=since.day, last=day(until))  # 1–31 March 2023
    has_same_year = since.year == until.year
    first = format_skeleton("MMMMd", since, locale=_locale()) if has_same_year else day(since)
    return _("{first} – {last}", first=first, last=day(until))  # 27 February – 5 March 2023


def number(value: int) -> str:
    """Return a number as people write it: 1,234."""
    return format_decimal(value, locale=_locale())


def any_of(names: Sequence[str]) -> str:
    """Return names of which each will do: A, B or C."""
    return format_list(names, style="or", locale=_locale())


def all_of(names: Sequence[str]) -> str:
    """Return names that belong together: A, B and C."""
    return format_list(names, locale=_locale())
