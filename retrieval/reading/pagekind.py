"""Whether a page is an article at all: if not, what it is, and what a person can do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.reading.boxes import tells
from retrieval.reading.lines import ends_sentence
from retrieval.reading.pagelines import Line, is_prose, words_in
from retrieval.reading.pagemeta import PageMeta

# Words of prose and numbers of links, chosen on 181 pages of articles and 120 that are none.
FEW, SOME = 40, 120  # words; below this a page that looks like something else is something else
SHORTEST_RUN, LONGEST_RUN = 60, 150  # words of an article among links: too few, surely enough
SITE_RUN = 300  # words of an article on a page that calls itself a site or a product
FEW_LEADS, MANY_LEADS = 3, 60  # links of four words or more
FEWEST_ENDED = 0.1  # of the words of what may be a list
FEW_HEADLINES = 4  # headings that lead elsewhere


NO_TEXT = (
    "no article text was found in this page; if it shows its text only in a browser, copy the text"
    " into a .txt file and add that."
)
BOT_CHECK = (
    "the site asked for a check that only a browser passes; open the page in your browser, save it"
    " there, and add the .html file."
)
ERROR = "this page says that there is no such article or that it may not be read; check the link."
LOG_IN = (
    "this page asks to log in; log in with your browser, save the article there, and add the .html"
    " file."
)
PAID = (
    "only subscribers can read this article, and the page holds no text of it; if you are one, save"
    " the page in your browser and add the .html file."
)
CONSENT = (
    "this page only asks for consent to cookies; agree in your browser, save the article there, and"
    " add the .html file."
)
SEARCH = "these are the results of a search; open the article you mean and add its link."
MANY = (
    "this page lists many articles and is none itself; open the article you mean and add its link."
)

_BOT = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|not a robot|security check|captcha|enable javascript and cookies|unusual traffic",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:error )?(?:40[0134]|410|429|451|50[0-4])\b|not found|access denied|forbidden"
    r"|(?:page|article|content|url).{0,20}"
    r"(?:(?:could ?n[o’']t|cannot|can[’']t) be found|no longer (?:exists|available)"
    r"|does(?: not|n[’']t) exist|unavailable)|something went wrong|service unavailable"
    r"|nicht gefunden|no encontrada|introuvable|non trovata|не найдена|找不到|見つかりません",
    re.IGNORECASE,
)
_LOG_IN = re.compile(
    r"\b(?:log ?in|sign[ -]?(?:in|up)|register|registration|(?:create|new) .{0,12}account"
    r"|password"
    r"|anmeld\w+|passwort|kundenkonto|einloggen|iniciar sesi[óo]n|connexion|accedi|inloggen"
    r"|adgangskode)\b"
    r"|войти|вход|зарегистр|登录|로그인|회원가입|ログイン|パスワード|تسجيل الدخول",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"search results?|results? for\b|^(?:advanced )?search\b|search &|suchergebnisse|^suche\b"
    r"|resultados de (?:la )?búsqueda|résultats de (?:la )?recherche|результаты поиска"
    r"|搜索结果|검색 결과|検索結果|نتائج البحث",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:cookies?|consent|partners|personal data|privacy|reject|datenschutz|consentement)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:website|product|localbusiness|collectionpage|searchresultspage|itemlist|profilepage"
    r"|discussionforum)\b"
)


@dataclass(frozen=True, slots=True)
class Signs:
    """How the prose of a page stands to its links, in words; `leads` and `headlines` are links.

    `words` are those of the article's longer sentences, `written` all of its words, `ended` those
    of paragraphs that end as sentences do.
    `longest_run` is the longest prose that no link or heading interrupts, `scattered` what stands
    under a line that leads elsewhere.
    """

    words: int
    written: int
    ended: int
    longest_run: int
    scattered: int
    leads: int
    headlines: int


def signs_of(seen: list[Line], paragraphs: list[str]) -> Signs:
    """Count the prose and the links of a page with these lines, and paragraphs of an article."""
    run = longest = scattered = 0
    before = None
    for line in seen:
        if line.is_prose:
            size = words_in(line.text)
            run += size
            longest = max(longest, run)
            scattered += size if before is not None and before.is_link else 0
        elif line.is_link or line.level:
            run = 0
        before = line
    return Signs(
        words=sum(words_in(one) for one in paragraphs if is_prose(one)),
        written=sum(map(words_in, paragraphs)),
        ended=sum(words_in(one) for one in paragraphs if ends_sentence([one])),
        longest_run=longest,
        scattered=scattered,
        leads=sum(line.is_link and words_in(line.text) >= 4 for line in seen),
        headlines=sum(line.is_link and line.level > 0 for line in seen),
    )


def why_no_article(
    seen: list[Line], paragraphs: list[str], meta: PageMeta, asks_password: bool
) -> str | None:
    """Return why a page is no article; None where it is one.

    A page that calls itself an article is believed more than its looks.
    """
    signs = signs_of(seen, paragraphs)
    names = [meta.window, *(line.text for line in seen if line.level in (1, 2))][:3]
    if signs.words < SOME and (reason := _of_few_words(seen, names, signs, meta, asks_password)):
        return reason
    if not paragraphs or (not meta.is_article and signs.ended < FEWEST_ENDED * signs.written):
        return NO_TEXT if signs.leads < FEW_LEADS else MANY
    may_log_in = asks_password and not meta.is_article and signs.longest_run < SITE_RUN
    if may_log_in and any(map(_LOG_IN.search, names)):
        return LOG_IN
    if _lists_many(signs, meta):
        return SEARCH if any(map(_SEARCH.search, names)) else MANY
    return None


def _of_few_words(
    seen: list[Line], names: list[str], signs: Signs, meta: PageMeta, asks_password: bool
) -> str | None:
    """Why a page with little prose is no article."""
    few = max(signs.words, signs.longest_run) < FEW
    said = " ".join([*names, *(line.text for line in seen[:60])])[:4000]
    if any(map(_BOT.search, names)) or (few and _BOT.search(said)):
        return BOT_CHECK
    if few and meta.free is False:
        return PAID
    if _asks_consent(seen, names):
        return CONSENT
    logs_in = any(map(_LOG_IN.search, names))
    if meta.is_article:
        return LOG_IN if logs_in and asks_password and few else None
    if any(len(one) < 80 and _ERROR.search(one) for one in names):
        return ERROR
    if logs_in or (asks_password and few):
        return LOG_IN
    return SEARCH if any(map(_SEARCH.search, names)) else None


def _asks_consent(seen: list[Line], names: list[str]) -> bool:
    """Whether most lines of a page ask for consent, and none is news."""
    lines = [one.text for one in seen if one.text not in names and words_in(one.text) >= 3]
    if any(map(tells, lines)) or sum(one.is_link for one in seen) > FEW_LEADS:
        return False
    return 0 < len(lines) <= 2 * sum(_CONSENT.search(one) is not None for one in lines)


def _lists_many(signs: Signs, meta: PageMeta) -> bool:
    """Whether a page is made of links, with prose here and there."""
    if meta.is_article:
        return signs.words < SOME and signs.scattered > 2 * max(signs.words, FEW)
    if _OTHER.search(meta.kinds) and signs.longest_run < SITE_RUN:
        return signs.leads >= FEW_LEADS or "website" not in meta.kinds
    if signs.leads < FEW_LEADS:
        return False
    if signs.longest_run < SHORTEST_RUN:
        return True
    headed = signs.headlines >= FEW_HEADLINES or signs.leads >= MANY_LEADS
    return signs.longest_run < LONGEST_RUN and (headed or signs.scattered > 2 * signs.longest_run)
