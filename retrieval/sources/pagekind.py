"""Whether a page is an article at all: if not, what it is, and what a person can do."""

from __future__ import annotations

import re

from retrieval.sources.pagelines import Line, is_prose, words_in
from retrieval.sources.pagemeta import PageMeta

# Words of prose and numbers of links, chosen on 181 pages of articles and 120 that are none.
FEW, SOME = 40, 120  # words; below this a page that looks like something else is something else
SHORTEST_RUN, LONGEST_RUN = 60, 150  # words of an article among links: too few, surely enough
SITE_RUN = 300  # words of an article on a page that calls itself a site or a product
FEW_LEADS, MANY_LEADS = 3, 35  # links of four words or more; an article without markup has 31
FEWEST_PROSE = 0.1  # of the words of what may be a list
FEW_HEADLINES = 4  # headings that lead elsewhere

NO_TEXT = (
    "no article text was found in this page, or it is too large to search; if your browser shows"
    " the text, copy it into a .txt file and add that."
)
BARRED = (
    "this page shows no article, but asks for a log-in, a subscription, consent or a check; open it"
    " in your browser, pass that, save the article there, and add the .html file."
)
ERROR = "this page says that there is no such article or that it may not be read; check the link."
MANY = (
    "this page lists many articles or the results of a search and is no article itself; open the"
    " article you mean and add its link."
)

# What the title of the window or a great heading says of a page with little prose.
_BARS = re.compile(
    r"just a moment|checking your browser|you are (?:a )?human|not a robot|security check|captcha"
    r"|\b(?:log ?in|sign[ -]?(?:in|up)|register|registration|rekister\w*|new account|passwor[dt]"
    r"|anmeld\w+|kundenkonto|einloggen|iniciar sesi[óo]n|connexion|accedi|inloggen)\b"
    r"|войти|вход|зарегистр|登录|로그인|회원가입|ログイン|パスワード|تسجيل الدخول",
    re.IGNORECASE,
)
_FAILS = re.compile(
    r"\b(?:40[0134]|410|429|451|50[0-4])\b|not found|access denied|forbidden|unavailable"
    r"|can ?(?:no|['’])t be found|no longer (?:exists|available)|does(?: not|n[’']t) exist"
    r"|went wrong|nicht gefunden|no encontrada|introuvable|не найден|找不到|見つかりません",
    re.IGNORECASE,
)
_SEARCHES = re.compile(
    r"search results?|results? for\b|^(?:advanced )?search\b|search &|suchergebnisse|^suche\b"
    r"|resultados de|résultats de|результаты поиска|搜索结果|검색 결과|検索結果|نتائج البحث",
    re.IGNORECASE,
)
_SAYS = ((_BARS, BARRED), (_FAILS, ERROR), (_SEARCHES, MANY))
_CONSENT = re.compile(
    r"\b(?:cookies?|consent|partners|personal data|privacy|reject|datenschutz|consentement)\b",
    re.IGNORECASE,
)
_NO_ARTICLE_TYPE = re.compile(r"\b(?:website|product|collectionpage|itemlist|profilepage)\b")


def prose_words(paragraphs: list[str]) -> int:
    """Return the words of the longer sentences among some paragraphs."""
    return sum(words_in(paragraph) for paragraph in paragraphs if is_prose(paragraph))


def longest_run(seen: list[Line]) -> int:
    """Return the words of the longest prose that no link or heading interrupts."""
    runs = [0]
    for line in seen:
        if line.is_prose:
            runs[-1] += words_in(line.text)
        elif line.is_link or line.level:
            runs.append(0)
    return max(runs)


def why_no_article(seen: list[Line], paragraphs: list[str], meta: PageMeta) -> str | None:
    """Return why a page with these lines, and paragraphs of an article, is none; else None.

    A page that calls itself an article is believed more than its looks.
    """
    words, run = prose_words(paragraphs), longest_run(seen)
    if max(words, run) < FEW and (meta.free is False or meta.asks_password):
        return BARRED
    if meta.is_article:
        return None if paragraphs else NO_TEXT
    links = [line for line in seen if line.is_link]
    leads = sum(words_in(line.text) >= 4 for line in links)
    headlines = sum(line.level > 0 for line in links)
    names = [meta.window, *(line.text for line in seen if line.level in (1, 2))][:3]
    says = [reason for pattern, reason in _SAYS if any(map(pattern.search, names))]
    if leads < FEW_LEADS and _asks_consent(seen, names):
        says.append(BARRED)
    if says and words < SOME:
        return says[0]
    if not paragraphs or words < FEWEST_PROSE * sum(map(words_in, paragraphs)):
        return NO_TEXT if leads < FEW_LEADS else MANY
    if meta.asks_password and BARRED in says and run < SITE_RUN:
        return BARRED
    if _NO_ARTICLE_TYPE.search(meta.kinds) and run < SITE_RUN:
        return MANY if leads >= FEW_LEADS or "website" not in meta.kinds else None
    is_headed = headlines >= FEW_HEADLINES or leads >= MANY_LEADS
    shortest = LONGEST_RUN if is_headed else SHORTEST_RUN
    return MANY if leads >= FEW_LEADS and run < shortest else None


def _asks_consent(seen: list[Line], names: list[str]) -> bool:
    """Whether most lines of a page speak of consent."""
    lines = [line.text for line in seen if line.text not in names and words_in(line.text) >= 3]
    return 0 < len(lines) <= 2 * sum(_CONSENT.search(text) is not None for text in lines)
