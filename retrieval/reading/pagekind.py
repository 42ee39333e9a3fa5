"""Whether a page is an article at all: if not, what it is, and what a person can do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from retrieval.reading.boxes import addresses, tells
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
FORWARD = "this page only leads on to another; open it in your browser and add the link it ends at."
SHELL = (
    "this page gets its text by a program that runs only in a browser; save the page in your"
    " browser, or copy the text into a .txt file, and add that."
)
WATCH = "this page shows a video and holds no article; add an article that tells of it instead."
LISTEN = (
    "this page plays a recording and holds no article; add an article that tells of it instead."
)
SEARCH = "these are the results of a search; open the article you mean and add its link."
MANY = (
    "this page lists many articles and is none itself; open the article you mean and add its link."
)

_BOT = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you a robot|not a robot|security check|captcha|enable javascript and cookies"
    r"|ddos protection"
    r"|unusual (?:traffic|activity)|human verification|bot (?:check|detection|verification)"
    r"|verifying your connection|one more step",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:error )?(?:40[0134]|410|429|451|50[0-4])\b|(?:page|article|site|file|content|url).{0,20}"
    r"(?:not found|(?:could ?n[o’']t|cannot|can[’']t) be found|no longer (?:exists|available)"
    r"|does(?: not|n[’']t) exist|unavailable|has (?:moved|been removed))|not found|access denied"
    r"|forbidden|attention required|something went wrong|an error (?:has )?occurred|\boops\b"
    r"|(?:can[’']?t|cannot|could ?n[o’']t) find (?:that|the|this) page|you have been blocked"
    r"|service unavailable|bad gateway|too many requests|seite nicht gefunden|nicht gefunden"
    r"|p[áa]gina n(?:o|ão) (?:encontrada|existe)|page (?:introuvable|non trouvée)"
    r"|pagina non trovata|pagina niet gevonden|страница не найдена|не найдена|页面不存在|找不到"
    r"|찾을 수 없|見つかりません|الصفحة غير موجودة",
    re.IGNORECASE,
)
_LOG_IN = re.compile(
    r"^(?:please )?(?:log ?in|sign ?in|sign ?up|register|create (?:an|your) account|anmelden|login"
    r"|einloggen|iniciar sesión|acceder|connexion|se connecter|accedi|inloggen|войти|вход|登录"
    r"|로그인|ログイン|تسجيل الدخول)\b",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"search results?|results? for\b|^search(?:\s|$|:)|suchergebnisse"
    r"|resultados de (?:la )?búsqueda|résultats de (?:la )?recherche|результаты поиска"
    r"|搜索结果|검색 결과|検索結果|نتائج البحث",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\bcookies?\b|\bconsent\b|\bpartners\b|\bpersonal data\b|\bprivacy\b|\bgdpr\b|\byour choices\b"
    r"|\blegitimate interest|\bdatenschutz|\beinwilligung|\bconsentement\b|\bprivacidad\b",
    re.IGNORECASE,
)
# What a wall is called. One line below it that asks is enough.
_CONSENT_NAME = re.compile(
    r"before you continue|(?:your|manage|about) (?:privacy|cookies?|consent|choices)"
    r"|privacy choices|cookie (?:consent|settings|preferences|notice|policy)"
    r"|we (?:value|care about) your privacy|consent|einwilligung|datenschutz|cookies?$"
    r"|bevor sie|avant de continuer|antes de continuar",
    re.IGNORECASE,
)
# In words: shorter lines of a wall are its buttons.
SHORTEST_ASKED = 3
_PAID = re.compile(
    r"\bsubscribers?\b|\bsubscribe\b|\bsubscription\b|\bfree trial\b|\bcontinue reading\b"
    r"|\bpremium\b|\babonn|\babonnement\b|\bsuscr[ií]|\bподпис|\bunlimited (?:access|articles)\b",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(r"(?:enable|turn on|requires?|need).{0,30}javascript", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Machinery:
    """What a page has besides words: fields for passwords, players, a place for a program.

    `leads_on` tells that a browser is sent on to another page.
    """

    asks_password: bool
    plays_video: bool
    plays_sound: bool
    is_shell: bool
    leads_on: bool


def machinery(tree: Any) -> Machinery:
    """What a parsed page has besides words."""
    frames = " ".join(tree.xpath("//iframe/@src"))
    unseen = " ".join("".join(element.itertext()) for element in tree.iter("noscript"))
    roots = tree.xpath(
        "//div[@id='root' or @id='app' or @id='__next' or @id='___gatsby' or @id='__nuxt']"
    )
    return Machinery(
        asks_password=bool(tree.xpath("//input[@type='password']")),
        plays_video=bool(tree.xpath("//video | //amp-video | //amp-youtube"))
        or re.search(r"youtube|vimeo|dailymotion|jwplayer|brightcove", frames) is not None,
        plays_sound=bool(tree.xpath("//audio")),
        leads_on=bool(tree.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh')='refresh']")),
        is_shell=bool(roots) or _SCRIPTS.search(unseen) is not None,
    )


def why_no_article(
    seen: list[Line], left: list[Line], paragraphs: list[str], meta: PageMeta, has: Machinery
) -> str | None:
    """Why a page is no article; None where it is one.

    `left` are the lines of the page without its boxes, `paragraphs` what was found in them. A page
    that calls itself an article, or has the prose of one, is believed more than its looks.
    """
    prose = [one for one in paragraphs if words_in(one) >= 9 and not is_widget(one)]
    words = sum(map(words_in, prose))
    named = [meta.window, *(line.text for line in seen if line.level in (1, 2))][:3]
    said = " ".join([*named, *(line.text for line in seen[:60])])[:4000]
    if words < SOME and (reason := _of_few_words(named, said, prose, meta, has)):
        return reason
    # The lines of a wall are no prose, and may all have been taken for a box.
    if words < SOME and _asks_consent(named, paragraphs or _unlinked(seen), words):
        return CONSENT
    # What leads elsewhere may all have been taken for boxes.
    leads = sum(line.is_link and words_in(line.text) >= 3 for line in seen)
    said_nothing = not any(ends_sentence([one]) for one in prose)
    only_leads = said_nothing and not meta.is_article and leads > MOST_TEASERS
    if only_leads or lists_many(left, meta) or (words < FEW and lists_many(seen, meta)):
        return SEARCH if any(_SEARCH.search(one) for one in named) else MANY
    return None if paragraphs else NO_TEXT


def _of_few_words(
    named: list[str], said: str, prose: list[str], meta: PageMeta, has: Machinery
) -> str | None:
    """Why a page with little prose is no article; `said` is what stands first in it."""
    words = sum(map(words_in, prose))
    if any(_BOT.search(one) for one in named) or (words < FEW and _BOT.search(said)):
        return BOT_CHECK
    if not meta.is_article and any(len(one) < 80 and _ERROR.search(one) for one in named):
        return ERROR
    if any(_LOG_IN.match(one) for one in named) or (has.asks_password and words < FEW):
        return LOG_IN
    if words < FEW and (meta.free is False or len(_PAID.findall(said)) >= 2):
        return PAID
    if "video" in meta.kinds or (has.plays_video and words < FEW):
        return None if meta.is_article and words >= FEW else WATCH
    if re.search(r"podcast|audioobject|music", meta.kinds) or (has.plays_sound and words < FEW):
        return None if meta.is_article and words >= FEW else LISTEN
    if has.leads_on and words < FEW:
        return FORWARD
    return SHELL if has.is_shell and not words else None


def _unlinked(seen: list[Line]) -> list[str]:
    """The lines of a page that lead nowhere; none where most of it leads on."""
    leads = sum(line.is_link and words_in(line.text) >= 3 for line in seen)
    return [] if leads > MOST_TEASERS else [line.text for line in seen if not line.is_link]


def _asks_consent(named: list[str], lines: list[str], words: int) -> bool:
    """Whether most lines ask for consent; `words` is how much prose there is."""
    counted = [one for one in lines if words_in(one) >= SHORTEST_ASKED and one not in named]
    # News in one line stands above a banner now and then.
    if any(map(tells, counted)):
        return False
    asking = sum(bool(_CONSENT.search(one)) for one in counted)
    if asking * 2 > len(counted) or (asking * 2 == len(counted) and all(map(addresses, counted))):
        return asking > 0
    return asking > 0 and words < FEW and any(map(_CONSENT_NAME.search, named))


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
