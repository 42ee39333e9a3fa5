"""Whether a page shows but the beginning of its article, and then a door for subscribers."""

from __future__ import annotations

import re

from retrieval.reading.pagelines import Line

ONLY_THE_BEGINNING = (
    "only its beginning was read, as the page says that the rest is for subscribers; if you are"
    " one, save the page in your browser and add the .html file."
)

BELOW = 8  # lines under the text of which one is the door
LONGEST_DOOR = 160  # characters

_DOOR = re.compile(
    r"(?:subscribe|register|(?:log|sign)\s?(?:in|up)|join|create\s(?:an?|your)\s(?:free\s)?account)"
    r"(?:\s(?:now|today|here|for\sfree))?\sto\s(?:continue|keep\sreading|read\s(?:on|more|the|this))"
    r"|continue\sreading\s(?:with|by|for)\b|(?:the\srest|remainder)\sof\sthis\s(?:article|story)"
    r"|to\s(?:continue\sreading|(?:read|see|unlock)\s(?:the\s(?:full|rest|whole|entire)|this)\b)"
    r"|(?:article|story|content|post)\sis\s(?:\w+\s){0,3}(?:for|to)\s(?:\w+\s){0,2}(?:subscribers|members)"
    r"|(?:for|to)\s(?:paying\s|paid\s)?subscribers\sonly|(?:subscriber|member)s?[\s-](?:only|exclusive)"
    r"|already\sa\s(?:subscriber|member)\b|you(?:['’]ve|\shave)\sreached\syour\s.{0,20}limit"
    r"|weiterlesen\smit|(?:artikel|inhalt)\s.{0,30}(?:nur\sfür|exklusiv).{0,20}abonnent"
    r"|jetzt\s(?:abonnieren|testen)\sund\sweiterlesen|bereits\sabonnent"
    r"|réservée?s?\s(?:à|aux)\s(?:nos\s)?abonn|il\svous\sreste\s.{0,30}à\slire|déjà\sabonn"
    r"|(?:exclusiv\w|solo)\s(?:para|de)\s(?:los\s)?suscriptores|ya\seres\ssuscriptor"
    r"|suscríbete\spara\s(?:seguir|continuar)|только\s(?:для|по)\sподпис",
    re.IGNORECASE,
)


def note(seen: list[Line], text: str, free: bool | None) -> str | None:
    """What to say of a page with this text if the rest of it is for subscribers; else None.

    `free` is what its markup says of all of it. A subscriber's page may say the same and shows no
    door; a free site's may have one at its head, or for something else.
    """
    paragraphs = set(text.split("\n\n"))
    places = [place for place, line in enumerate(seen) if line.text in paragraphs]
    if free or not places:
        return None
    below = seen[places[-1] + 1 :]
    shown = below if free is False else below[:BELOW]
    return ONLY_THE_BEGINNING if any(_is_door(line.text) for line in shown) else None


def _is_door(line: str) -> bool:
    return len(line) <= LONGEST_DOOR and _DOOR.search(line) is not None
