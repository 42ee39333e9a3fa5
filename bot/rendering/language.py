"""The language of replies: English as the code has it, others from a gettext catalogue each.

`languages/de.po` is that of German; `tests/test_language.py` shows that nothing is missing in it.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LANGUAGE = ContextVar("language", default="en")
"""The language of the person whose update is handled; each task and each thread has its own."""

CATALOGUES = {path.stem: path for path in (Path(__file__).parent / "languages").glob("*.po")}
LOCALES = {"en": "en_GB"}  # how days are written: 8 October 2018


def use_language(code: str | None) -> None:
    """Reply in the language of an IETF tag such as `de-AT` from here on, or else in English."""
    language = (code or "").partition("-")[0].lower()
    LANGUAGE.set(language if language in CATALOGUES else "en")


@cache
def _translations(language: str) -> NullTranslations:
    if language not in CATALOGUES:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with CATALOGUES[language].open("rb") as file:
        write_mo(compiled, read_po(file, language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(message: str, **values: object) -> str:
    """Return a message in the language of replies, with the values in the place of their names."""
    text = _translations(LANGUAGE.get()).gettext(message)
    return text.format(**values) if values else text


def _n(singular: str, plural: str, count: int, **values: object) -> str:
    """Return a message for a number of things: `{count} article`, `{count} articles`."""
    text = _translations(LANGUAGE.get()).ngettext(singular, plural, count)
    return text.format(count=count, **values)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a constant for the catalogues; `_` translates it where it is used."""
    return message


def month(first: date) -> str:
    """Return a month as people write it: October 2018."""
    from babel.dates import format_skeleton

    language = LANGUAGE.get()
    return format_skeleton("yMMMM", first, locale=LOCALES.get(language, language))


def day(published: date | None) -> str:
    """Return a date as people write it: 8 October 2018."""
    if published is None:
        return ""
    from babel.dates import format_date

    language = LANGUAGE.get()
    return format_date(published, "long", LOCALES.get(language, language))
