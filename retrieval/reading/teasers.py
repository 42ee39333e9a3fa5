"""Whether a page lists articles instead of being one: its prose stands under lines that lead on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.reading.clutter import is_widget
from retrieval.reading.lines import ends_sentence
from retrieval.reading.pagelines import Line, words_in
from retrieval.reading.pagemeta import PageMeta

# In words of prose: below this a page that looks like something else is something else.
FEW, SOME = 40, 120
MOST_TEASERS = 4
_LISTING = re.compile(
    r"collectionpage|searchresultspage|itemlist|profilepage|discussionforum|\bblog\b|categorypage"
)
_ONWARD = re.compile(
    r"(?:read|see|learn|view|show)?\s?(?:more|full story|the full \w+)\b|continue reading|read on"
    r"|weiter(?:lesen)?|mehr|leer más|seguir leyendo|lire (?:la )?suite|continua|далее|подробнее"
    r"|читать|阅读全文|更多|더\s?보기|続きを読む|المزيد",
    re.IGNORECASE,
)


def lists_many(left: list[Line], meta: PageMeta) -> bool:
    """Whether most of what a page says stands under headlines that lead elsewhere."""
    counted = _counted(left, meta)
    if meta.is_article:
        return counted.leads > MOST_TEASERS and counted.free * 2 < FEW < counted.owned
    if counted.own >= FEW and counted.own * 4 > counted.owned:
        return False
    if counted.headed >= MOST_TEASERS and counted.before_first < FEW:
        return True
    if counted.leads <= MOST_TEASERS:
        return False
    if _LISTING.search(meta.kinds):
        return counted.owned * 2 > counted.free or counted.free < SOME
    if counted.longest_run > max(FEW, counted.owned / 4):
        return False
    return counted.owned > counted.free or counted.free * 2 < FEW


@dataclass(slots=True)
class _Counted:
    """How the prose of a page stands to its links; all but `leads` and `headed` in words.

    `owned` stands under lines that lead elsewhere, `free` does not; `headed` are headings that lead
    elsewhere and have prose below them; `own` stands below the title of the page itself, before
    the next that leads elsewhere; `longest_run` is that of three or more paragraphs in a row.
    """

    leads: int = 0
    headed: int = 0
    owned: int = 0
    free: int = 0
    before_first: int = 0
    own: int = 0
    longest_run: int = 0


def _counted(left: list[Line], meta: PageMeta) -> _Counted:
    counted = _Counted()
    below_title = False
    run: list[int] = []
    lead: Line | None = None
    last_free = 0
    for line in left:
        size = words_in(line.text)
        if line.level and not line.is_link:
            lead = None
        if line.level and line.is_link:
            below_title = False
        elif line.level and len(line.text) >= 8 and line.text in meta.window:
            below_title = line.text != meta.publisher
        onward = line.is_link and _ONWARD.match(line.text) is not None
        if is_widget(line.text) and not onward:
            continue
        if line.is_prose:
            counted.headed += lead is not None and lead.level > 0
            # One paragraph may stand below a headline that leads elsewhere; more is an article.
            last_free = 0 if lead else size
            counted.owned, counted.free = counted.owned + size - last_free, counted.free + last_free
            counted.own += last_free if below_title else 0
            counted.before_first += 0 if counted.leads else size
            run, lead = [*run, size], None
            if len(run) >= 3:
                counted.longest_run = max(counted.longest_run, sum(run))
            continue
        if line.is_link and (size >= 3 or onward):
            counted.leads += 1
            if size >= 9 and ends_sentence([line.text]):
                counted.owned += size
            elif onward:
                counted.owned, counted.free = counted.owned + last_free, counted.free - last_free
            else:
                lead = line
        last_free = 0
        run = [] if line.is_link or line.level else run
    return counted
